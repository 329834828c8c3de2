import { aliasAttempt, type AliasTarget, removeAlias, setAlias, swapAliases } from "./addresses.ts";
import type { AppContext } from "./app_context.ts";
import type { Actor, Alias } from "./shapes.ts";

/** Every host label and where it leads; each change is told to the activity log. */
export class AliasBook {
  constructor(private readonly context: AppContext) {}

  list(): Alias[] {
    return this.context.store.aliases();
  }

  /** Makes or retargets a host label. */
  set(label: string, target: AliasTarget, by: Actor): Promise<Alias> {
    const attempt = aliasAttempt(label, by, target);
    return this.context.change(
      "alias.set",
      attempt,
      () => setAlias(this.context, { label, target }),
    );
  }

  /** Exchanges what two labels lead to; no visitor sees only one of them changed. */
  swap(a: string, b: string, by: Actor): Promise<Alias[]> {
    const attempt = { by, target: a, details: { with: b } };
    return this.context.change("alias.swap", attempt, () => swapAliases(this.context, a, b));
  }

  /** Frees a host label; its app stays. */
  remove(label: string, by: Actor): Promise<void> {
    const attempt = aliasAttempt(label, by);
    return this.context.change("alias.remove", attempt, () => removeAlias(this.context, label));
  }
}
