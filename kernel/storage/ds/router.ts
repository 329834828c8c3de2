import type { Connection } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { type Owner, quotaError } from "../usage.ts";
import { baseTable, type Collection, createTable, tablesOf } from "./catalog.ts";
import { quoted } from "./path.ts";
import { type Bounds, boundsOf } from "./shard_key.ts";
import { addShardCounts, restoringShards, shardOf, shardTable, takePlaces } from "./shards.ts";
import type { Tree } from "./tree.ts";

interface Booked {
  documents: number;
  bytes: number;
}

/** Leads the documents of one change to their tables, and books what becomes of shards. */
export class Router {
  readonly #tables = new Map<string, string>();
  readonly #booked = new Map<string, Booked>();
  readonly #base: string;

  constructor(
    private readonly db: Connection,
    private readonly collection: Collection,
    /** Unix ms, and the open shards an app may have. */
    private readonly options: { readonly at: number; readonly max: number },
  ) {
    this.#base = baseTable(collection);
  }

  /**
   * The table of a document; a shard there is none of yet is made.
   * @throws {FaztError} `QUOTA` naming `storage.ds.shards`.
   */
  tableFor(document: Tree, insertedAt: number): string {
    const { sharding } = this.collection;
    const bounds = sharding && boundsOf(sharding, document, insertedAt);
    if (!bounds) return this.#base;
    const key = `${bounds.from} ${bounds.prefix}`;
    let table = this.#tables.get(key);
    if (table === undefined) {
      const id = this.#find(bounds) ?? this.#make(bounds);
      table = shardTable(id);
      this.#tables.set(key, table);
    }
    return table;
  }

  /** Checks that the app may have one more shard. @throws {FaztError} `QUOTA`. */
  assertRoom(): void {
    const { n } = this.db.get<{ n: number }>(
      "SELECT count(*) AS n FROM ds_shards WHERE app_id = ? AND state = 'open'",
      this.collection.appId,
    )!;
    if (n >= this.options.max) throw quotaError("storage.ds.shards", n, this.options.max);
  }

  /** Places in the order of insertion; undefined where the one table counts them itself. */
  places(count: number): number | undefined {
    return this.collection.sharding && takePlaces(this.db, this.collection.id, count);
  }

  /**
   * Checks that no table has one of these ids.
   * @throws {FaztError} `CONFLICT`.
   */
  assertNew(owner: Owner, ids: readonly string[]): void {
    // One table checks it itself.
    if (!this.collection.sharding || ids.length === 0) return;
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id)) throw idTaken(id);
      seen.add(id);
    }
    const list = JSON.stringify(ids);
    const restoring = restoringShards(this.db, this.collection.id).map(shardTable);
    for (const table of [...tablesOf(this.db, this.collection), ...restoring]) {
      const known = this.db.get<{ id: string }>(
        `SELECT id FROM ${table} INDEXED BY ${table}_id ` +
          "WHERE user_id = ? AND id IN (SELECT value FROM json_each(?)) LIMIT 1",
        owner.userId,
        list,
      );
      if (known) throw idTaken(known.id);
    }
  }

  /** Moves a document into another table; it keeps its place in the order. */
  move(from: { readonly table: string; readonly seq: number; readonly size: number }, to: string) {
    this.db.run(`INSERT INTO ${to} SELECT * FROM ${from.table} WHERE seq = ?`, from.seq);
    this.db.run(`DELETE FROM ${from.table} WHERE seq = ?`, from.seq);
    this.book(from.table, { documents: -1, bytes: -from.size });
    this.book(to, { documents: 1, bytes: from.size });
  }

  /** Notes a change of a table. */
  book(table: string, { documents, bytes }: Readonly<Booked>): void {
    if (table === this.#base) return;
    const booked = this.#booked.get(table) ?? { documents: 0, bytes: 0 };
    booked.documents += documents;
    booked.bytes += bytes;
    this.#booked.set(table, booked);
  }

  /** Writes what was noted into the catalogue. */
  flush(): void {
    for (const [table, booked] of this.#booked) {
      addShardCounts(this.db, shardOf(table), { ...booked, at: this.options.at });
    }
    this.#booked.clear();
  }

  #find({ prefix, from }: Bounds): number | undefined {
    return this.db.get<{ id: number }>(
      "SELECT id FROM ds_shards WHERE collection_id = ? AND prefix = ? AND from_ms = ? " +
        "AND state = 'open' LIMIT 1",
      this.collection.id,
      prefix,
      from,
    )?.id;
  }

  #make({ prefix, from, to }: Bounds): number {
    const { id: collectionId, appId } = this.collection;
    this.assertRoom();
    const { id } = this.db.get<{ id: number }>(
      "INSERT INTO ds_shards (collection_id, app_id, prefix, from_ms, to_ms, changed_at) " +
        "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
      collectionId,
      appId,
      prefix,
      from,
      to,
      this.options.at,
    )!;
    createTable(this.db, shardTable(id), this.collection);
    return id;
  }
}

/** The error of a second document with one id. */
export function idTaken(id: string): FaztError {
  return new FaztError("CONFLICT", `Cannot insert: there is a document ${quoted(id)} already`, {
    hint: "update it, or leave id away to get a new one",
    details: { id },
  });
}
