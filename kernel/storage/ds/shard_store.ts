import type { Database } from "../../db/mod.ts";
import type { Vfs } from "../../fs/mod.ts";
import type { Clock } from "../../lib/clock.ts";
import { parseDuration } from "../../lib/duration.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import type { StorageLimits } from "../limits.ts";
import type { Owner } from "../usage.ts";
import { archiveOf, type FindArchived, findArchived, rowsOfArchive } from "./archive.ts";
import {
  dsArchive,
  dsRestoreBegin,
  dsRestoreEnd,
  dsRestorePart,
  dsRestoreStop,
} from "./archive_operations.ts";
import { assertName, findCollection } from "./catalog.ts";
import { dsSweep } from "./catalog_operations.ts";
import { quoted } from "./path.ts";
import { assertShardPath, type Bounds, type Period, PERIODS } from "./shard_key.ts";
import { dsRetire, dsShard, dsSort } from "./shard_operations.ts";

/** How an app says that a collection is split. */
export interface ShardOptions {
  readonly by: Period;
  readonly path?: string | undefined;
  readonly prefix?: string | undefined;
  /** A duration, or ms. */
  readonly keep?: string | number | undefined;
  /** A duration, or ms. */
  readonly archiveAfter?: string | number | undefined;
}

/** A shard as it is listed. */
export interface ShardInfo extends Bounds {
  readonly id: number;
  /** `restoring`: an archive whose documents are being put back. */
  readonly state: "open" | "archived" | "restoring";
  readonly documents: number;
  /** UTF-8 bytes of the documents' JSON. */
  readonly bytes: number;
  /** Bytes of the archive; 0 where there is none. */
  readonly storedBytes: number;
}

/** What {@link ShardStore} works with. */
export interface ShardDeps {
  readonly clock: Clock;
  /** Where archives are; without it nothing is archived. */
  readonly vfs?: Vfs;
}

/** Documents moved, or rows removed, in one write: about 20 ms. */
const STEP = 1000;
/** Rows one step of removing takes. */
const REMOVED = 20_000;
/** An archive may be read for so many times `storage.ds.queryMs`. */
const PATIENCE = 10;

/** The shards of collections: how they are declared, listed, archived and removed. */
export class ShardStore {
  readonly #restoring = new Set<number>();

  constructor(
    private readonly db: Database,
    private readonly limits: StorageLimits,
    private readonly deps: ShardDeps,
  ) {}

  /**
   * Splits a collection; asked again it changes how long shards stay.
   * @throws {FaztError} `INVALID`, `CONFLICT` where it is split in another way.
   */
  async declare(owner: Owner, name: string, options: ShardOptions): Promise<void> {
    assertName(name);
    if (owner.userId !== SYSTEM_USER) {
      throw new FaztError("INVALID", "Cannot split a collection of people: only the app's own", {
        hint: "use fazt.storage.ds instead of fazt.storage.user.ds",
      });
    }
    const { by: period, path, prefix } = options;
    if (!PERIODS.includes(period)) {
      throw new FaztError("INVALID", `Cannot split by ${quoted(String(period))}`, {
        hint: `by is one of ${PERIODS.join(", ")}`,
      });
    }
    for (const one of [path, prefix]) if (one !== undefined) assertShardPath(one);
    const [keepMs, archiveMs] = [ageOf("keep", options), ageOf("archiveAfter", options)];
    if (keepMs !== undefined && archiveMs !== undefined && archiveMs >= keepMs) {
      throw new FaztError("INVALID", "Cannot archive shards after they are deleted", {
        hint: "archiveAfter is shorter than keep",
      });
    }
    const known = findCollection(this.db.reader, owner, name)?.sharding;
    const same = known !== undefined && known.period === period && known.path === path &&
      known.prefix === prefix && known.keepMs === keepMs && known.archiveMs === archiveMs;
    // Apps ask for it whenever they start.
    if (same) return;
    await this.db.write(dsShard, {
      owner,
      name,
      sharding: {
        period,
        ...(path === undefined ? {} : { path }),
        ...(prefix === undefined ? {} : { prefix }),
        ...(keepMs === undefined ? {} : { keepMs }),
        ...(archiveMs === undefined ? {} : { archiveMs }),
      },
      at: this.deps.clock(),
      collections: this.limits.of(owner.appId, "storage.ds.collections"),
    });
  }

  /** The shards of a collection, the oldest first. */
  list(owner: Owner, name: string): ShardInfo[] {
    assertName(name);
    const collection = findCollection(this.db.reader, owner, name);
    if (!collection) return [];
    return this.db.reader.all<ShardInfo>(
      'SELECT id, prefix, from_ms AS "from", to_ms AS "to", state, documents, bytes, ' +
        "stored_bytes AS storedBytes FROM ds_shards " +
        "WHERE collection_id = ? AND state <> 'dropped' ORDER BY from_ms, prefix, id",
      collection.id,
    );
  }

  /** The matches among archived documents, as JSON. */
  async find(owner: Owner, name: string, asked: FindArchived): Promise<string[]> {
    const collection = findCollection(this.db.reader, owner, name);
    if (!collection?.sharding || !this.deps.vfs) return [];
    const ms = PATIENCE * this.limits.of(owner.appId, "storage.ds.queryMs");
    const { db, deps: { vfs } } = this;
    return await findArchived({ db, vfs, collection, sharding: collection.sharding }, {
      ...asked,
      ms,
    });
  }

  /**
   * Puts the documents of an archive back; resolves to how many.
   * @throws {FaztError} `NOT_FOUND`, `CONFLICT`, `QUOTA`; the archive then stays.
   */
  async restore(owner: Owner, name: string, id: number): Promise<number> {
    const shard = this.list(owner, name).find((one) => one.id === id);
    const cid = this.db.reader.get<{ cid: string | null }>(
      "SELECT cid FROM ds_shards WHERE id = ?",
      id,
    )?.cid;
    if (shard?.state !== "archived" || !cid || !this.deps.vfs) {
      throw new FaztError("NOT_FOUND", `Cannot restore: there is no archived shard ${id}`, {
        hint: "fazt storage ds shards APP COLLECTION shows which there are",
      });
    }
    this.#restoring.add(id);
    try {
      while (!await this.db.write(dsRestoreBegin, { id, at: this.deps.clock() })) {
        // The table there was goes first.
        if (!await this.db.write(dsSweep, { limit: REMOVED })) {
          throw new FaztError("CONFLICT", `Cannot restore: shard ${id} is no archive any more`);
        }
      }
      for await (const rows of rowsOfArchive(this.deps.vfs, cid)) {
        await this.db.write(dsRestorePart, { id, at: this.deps.clock(), rows });
      }
      return await this.db.write(dsRestoreEnd, {
        id,
        at: this.deps.clock(),
        maxMb: this.limits.of(owner.appId, "storage.appMb"),
        maxShards: this.limits.of(owner.appId, "storage.ds.shards"),
      });
    } catch (error) {
      await this.db.write(dsRestoreStop, { id });
      throw error;
    } finally {
      this.#restoring.delete(id);
    }
  }

  /** Sorts, deletes and archives what it is time for; once a minute. */
  async upkeep(): Promise<void> {
    const { reader } = this.db;
    const any = (sql: string, ...params: number[]) => reader.get(sql, ...params) !== undefined;
    if (!any("SELECT 1 FROM ds_shardings LIMIT 1")) return;
    const left = "SELECT 1 FROM ds_shards WHERE state = 'restoring' LIMIT 1";
    // The node stopped in the middle of it.
    if (this.#restoring.size === 0 && any(left)) await this.db.write(dsRestoreStop, {});
    const at = this.deps.clock();
    const over = "SELECT 1 FROM ds_shards s JOIN ds_shardings d " +
      "ON d.collection_id = s.collection_id WHERE s.state <> 'dropped' " +
      "AND s.to_ms <= ? - d.keep_ms LIMIT 1";
    // What makes room comes before what takes some.
    if (any(over, at)) await this.db.write(dsRetire, { at });
    while (any("SELECT 1 FROM ds_shardings WHERE moved_seq IS NOT NULL LIMIT 1")) {
      if (!await this.#sort()) break;
    }
    await this.#archive(at);
  }

  async #sort(): Promise<boolean> {
    const row = this.db.reader.get<{ app_id: string }>(
      "SELECT s.app_id FROM ds_shardings s JOIN ds_collections c ON c.id = s.collection_id " +
        "WHERE s.moved_seq IS NOT NULL AND c.name IS NOT NULL LIMIT 1",
    );
    if (!row) return false;
    const max = this.limits.of(row.app_id, "storage.ds.shards");
    return await this.db.write(dsSort, { at: this.deps.clock(), limit: STEP, max });
  }

  async #archive(at: number): Promise<void> {
    const { vfs } = this.deps;
    if (!vfs) return;
    const due = this.db.reader.all<{ id: number; changes: number }>(
      "SELECT s.id, s.changes FROM ds_shards s " +
        "JOIN ds_shardings d ON d.collection_id = s.collection_id WHERE s.state = 'open' " +
        "AND d.archive_ms IS NOT NULL AND s.to_ms <= ?1 - d.archive_ms " +
        "AND s.changed_at <= ?1 - d.archive_ms",
      at,
    );
    for (const { id, changes } of due) {
      const { cid, size } = await archiveOf({ db: this.db, vfs }, id);
      await this.db.write(dsArchive, {
        id,
        changes,
        cid,
        storedBytes: size,
        at: this.deps.clock(),
      });
    }
  }
}

/** An age of the options in ms, at least a minute. */
function ageOf(name: "keep" | "archiveAfter", options: ShardOptions): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const ms = typeof value === "number" ? value : parseDuration(value);
  if (Number.isSafeInteger(ms) && ms >= 60_000) return ms;
  throw new FaztError("INVALID", `Cannot split: ${name} is a duration of at least a minute`, {
    hint: 'write it as "30d" or "12h"',
  });
}
