import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { MIB } from "../lib/bytes.ts";
import type { Vfs } from "../fs/mod.ts";
import type { Clock } from "../lib/clock.ts";
import type { Secrets } from "../secrets/mod.ts";
import type { Syscall } from "../syscall/mod.ts";
import { type StorageLimit, StorageLimits } from "./limits.ts";
import { DsStore, dsSyscalls, type Note } from "./ds/mod.ts";
import { KvStore, kvSyscalls } from "./kv/mod.ts";
import { type AppUsage, usageByApp } from "./usage.ts";
import { RdStore, rdSyscalls } from "./rd/mod.ts";
import { ObjectStore, s3Syscalls } from "./s3/mod.ts";

/** What {@link Storage} works with. */
export interface StorageDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** What an app's manifest asks of a limit, where it asks for less. */
  readonly asked: (appId: string, limit: StorageLimit) => number | undefined;
  /** Writes into an app's log what its owner should know. */
  readonly note?: Note;
  /** What objects are made of. */
  readonly vfs: Vfs;
  readonly secrets: () => Secrets;
  /** Where an app's manifest wants its objects; undefined is this node. */
  readonly placeOf: (appId: string) => string | undefined;
  /** Where an app answers. */
  readonly urlOf: (appId: string) => string;
}

/** What apps keep: the pillars, and their upkeep. */
export class Storage {
  readonly kv: KvStore;
  readonly ds: DsStore;
  readonly rd: RdStore;
  readonly s3: ObjectStore;
  readonly #db: Database;
  readonly #limits: StorageLimits;

  constructor(deps: StorageDeps) {
    const { db, settings, clock, asked, note } = deps;
    const limits = new StorageLimits(settings, asked);
    this.#db = db;
    this.#limits = limits;
    this.kv = new KvStore(db, limits, clock);
    this.ds = new DsStore(db, limits, { clock, vfs: deps.vfs, ...(note ? { note } : {}) });
    this.rd = new RdStore(db, limits, clock);
    this.s3 = new ObjectStore({ ...deps, limits });
  }

  /** `fazt.storage`. */
  get syscalls(): Syscall[] {
    return [
      ...kvSyscalls(this.kv),
      ...dsSyscalls(this.ds),
      ...rdSyscalls(this.rd),
      ...s3Syscalls(this.s3),
    ];
  }

  /** What every app keeps, or one. */
  usage(appId?: string): AppUsage[] {
    const max = (id: string) => this.#limits.of(id, "storage.appMb") * MIB;
    return usageByApp(this.#db.reader, appId, max);
  }

  /** Removes what has expired; once a minute. */
  async expire(): Promise<void> {
    await this.kv.expire();
    await this.ds.sweep();
  }
}
