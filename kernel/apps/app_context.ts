import { FaztError } from "../lib/fazt_error.ts";
import { type AppRow, AppStore } from "./app_store.ts";
import { type Attempt, audited } from "./audit.ts";
import type { AppsDeps } from "./deps.ts";
import { LiveApps } from "./live_apps.ts";

/** What the parts of {@link Apps} share. */
export class AppContext {
  readonly store: AppStore;
  readonly live: LiveApps;

  constructor(readonly deps: AppsDeps) {
    this.store = new AppStore(deps.db);
    this.live = new LiveApps(deps, this.store);
  }

  /**
   * The app of a ref; one whose data was kept counts as removed.
   * @throws {FaztError} `NOT_FOUND`
   */
  active(ref: string, as?: "id" | "alias"): AppRow {
    const row = this.store.find(ref, as);
    if (row.state === "active") return row;
    throw new FaztError("NOT_FOUND", `There is no app "${row.name}": it was removed`, {
      hint: `deploy the name ${row.name} again as an administrator: its data comes back`,
    });
  }

  /** Runs a change of the app `attempt.target`, and records it. */
  change<T>(action: string, attempt: Attempt, work: () => Promise<T>): Promise<T> {
    const known = this.#idOf(attempt.target);
    return audited(this.deps.record, {
      ...attempt,
      action,
      appId: (done) => known ?? (done as { readonly id?: string } | undefined)?.id,
    }, work);
  }

  /** Tells the host table what labels are now, of one moment and at one moment. */
  labelChanged(...labels: readonly string[]): void {
    const there = this.store.aliasesAt(labels);
    for (const label of labels) {
      const alias = there.find((one) => one.label === label);
      if (alias) this.deps.hosts.setAlias(alias);
      else this.deps.hosts.removeAlias(label);
    }
  }

  #idOf(ref: string): string | undefined {
    try {
      return this.store.find(ref).id;
    } catch {
      return undefined;
    }
  }
}
