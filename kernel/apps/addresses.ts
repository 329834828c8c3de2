import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";
import type { AppContext } from "./app_context.ts";
import * as operations from "./app_operations.ts";
import { checkLabel } from "./names.ts";
import type { Actor, Alias } from "./shapes.ts";

/** Where a label is to lead. */
export type AliasTarget =
  | { readonly app: string }
  | { readonly redirect: string }
  | { readonly reserved: true };

/** Makes or retargets a host label. */
export async function setAlias(
  context: AppContext,
  { label, target }: { readonly label: string; readonly target: AliasTarget },
): Promise<Alias> {
  checkLabel(label);
  const { deps, store, live } = context;
  const before = store.alias(label)?.appId;
  const app = "app" in target ? context.active(target.app) : undefined;
  await deps.db.write(operations.setAlias, {
    label,
    type: app ? "proxy" : "redirect" in target ? "redirect" : "reserved",
    appId: app?.id ?? null,
    target: "redirect" in target ? checkRedirect(target.redirect) : null,
    at: deps.clock(),
  });
  context.labelChanged(label);
  for (const id of new Set([before, app?.id])) if (id) live.changed(id);
  return store.alias(label)!;
}

/** Frees a host label; its app stays. */
export async function removeAlias(context: AppContext, label: string): Promise<void> {
  const { deps, store, live } = context;
  const before = store.alias(label);
  if (!before || !await deps.db.write(operations.removeAlias, { label })) {
    const near = nearest(label, store.aliases().map((alias) => alias.label));
    const shown = JSON.stringify(label.slice(0, 80));
    throw new FaztError("NOT_FOUND", `There is no address ${shown}`, {
      hint: near ? `did you mean ${near}?` : "fazt alias list shows every address",
    });
  }
  context.labelChanged(label);
  if (before.appId) live.changed(before.appId);
}

/**
 * Checks where a redirecting label leads.
 * @throws {FaztError} `INVALID`
 */
function checkRedirect(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url.href;
  throw new FaztError("INVALID", `Cannot redirect to ${JSON.stringify(text.slice(0, 200))}`, {
    hint: "write a whole http or https URL, such as https://example.com/",
  });
}

/** What {@link AppContext.change} is told of a change of addresses. */
export function aliasAttempt(label: string, by: Actor, target?: AliasTarget) {
  return { by, target: label, ...(target === undefined ? {} : { details: { ...target } }) };
}
