import type { RealmPermissions } from "../../kernel/proc/mod.ts";
import { realmKey } from "./permissions.ts";
import { RealmClient, type Spawned } from "./realm_client.ts";

interface Entry {
  readonly realm: RealmClient;
  /** Warm isolates, by heap size; each has not seen any app. */
  readonly spares: Map<number, Spawned[]>;
}

/** Every realm there is, and the warm spares in each. */
export class RealmPool {
  readonly #realms = new Map<string, Entry>();

  constructor(
    private readonly options: {
      /** Warm isolates to keep in each realm. */
      readonly spares: () => number;
      readonly adopt: (port: MessagePort) => void;
    },
  ) {}

  /**
   * A spare if there is one, else a new isolate; a replacement is started behind it. Whether it
   * can load at once is its `warm`.
   */
  take(permissions: RealmPermissions, heapMb: number): Spawned {
    const entry = this.#entry(permissions);
    const spare = entry.spares.get(heapMb)?.shift();
    const taken = spare ?? entry.realm.spawn(heapMb);
    this.#refill(entry, heapMb, taken);
    return taken;
  }

  /** The same for a heap size that nobody may ask for again: no spares are begun for it. */
  takeOnce(permissions: RealmPermissions, heapMb: number): Spawned {
    const entry = this.#entry(permissions);
    if (entry.spares.has(heapMb)) return this.take(permissions, heapMb);
    return entry.realm.spawn(heapMb);
  }

  /** Starts the spares of a realm ahead of the first app. */
  warm(permissions: RealmPermissions, heapMb: number): void {
    this.#refill(this.#entry(permissions), heapMb);
  }

  /** Ends every spare: the first thing to go when memory is short. */
  dropSpares(): void {
    for (const { spares } of this.#realms.values()) {
      for (const list of spares.values()) for (const spare of list.splice(0)) spare.link.kill();
    }
  }

  totals(): { realms: number; isolates: number; spares: number } {
    let isolates = 0;
    let spares = 0;
    for (const entry of this.#realms.values()) {
      isolates += entry.realm.size;
      for (const list of entry.spares.values()) spares += list.length;
    }
    return { realms: this.#realms.size, isolates, spares };
  }

  close(): void {
    for (const { realm } of this.#realms.values()) realm.close();
    this.#realms.clear();
  }

  #entry(permissions: RealmPermissions): Entry {
    const key = realmKey(permissions);
    let entry = this.#realms.get(key);
    if (entry === undefined) {
      const realm = new RealmClient(permissions, {
        adopt: this.options.adopt,
        onFailed: () => this.#realms.delete(key),
      });
      entry = { realm, spares: new Map() };
      this.#realms.set(key, entry);
    }
    return entry;
  }

  /** Brings the spares up to number, after the one just taken is ready: it goes first. */
  #refill(entry: Entry, heapMb: number, after?: Spawned): void {
    const list = entry.spares.get(heapMb) ?? [];
    entry.spares.set(heapMb, list);
    const add = () => {
      while (list.length < this.options.spares()) {
        const spare = entry.realm.spawn(heapMb);
        const remove = () => {
          const at = list.indexOf(spare);
          if (at >= 0) list.splice(at, 1);
        };
        spare.onGone = remove;
        list.push(spare);
      }
    };
    if (after === undefined) add();
    else after.ready.then(add, () => {});
  }
}
