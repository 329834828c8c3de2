import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import type { Syscall } from "../syscall/mod.ts";
import { type StorageLimit, StorageLimits } from "./limits.ts";
import { KvStore, kvSyscalls } from "./kv/mod.ts";

/** What {@link Storage} works with. */
export interface StorageDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** What an app's manifest asks of a limit, where it asks for less. */
  readonly asked: (appId: string, limit: StorageLimit) => number | undefined;
}

/** What apps keep: the pillars, and their upkeep. */
export class Storage {
  readonly kv: KvStore;

  constructor({ db, settings, clock, asked }: StorageDeps) {
    const limits = new StorageLimits(settings, asked);
    this.kv = new KvStore(db, limits, clock);
  }

  /** `fazt.storage`. */
  get syscalls(): Syscall[] {
    return [...kvSyscalls(this.kv)];
  }

  /** Removes what has expired; once a minute. */
  async expire(): Promise<void> {
    await this.kv.expire();
  }
}
