import { operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { addUsage, type Owner } from "../usage.ts";
import { baseTable, findCollection, makeCollection } from "./catalog.ts";
import { quoted } from "./path.ts";
import { Router } from "./router.ts";
import type { Sharding } from "./shard_key.ts";
import { bookOut } from "./shard_removal.ts";
import type { TreeObject } from "./tree.ts";

/** Splits a collection, or changes how long its shards stay. */
export const dsShard = operation(
  "ds.shard",
  (
    db,
    p: {
      readonly owner: Owner;
      readonly name: string;
      readonly sharding: Sharding;
      readonly at: number;
      readonly collections: number;
    },
  ): void => {
    const { period, path, prefix, keepMs = null, archiveMs = null } = p.sharding;
    const collection = makeCollection(db, p.owner, {
      name: p.name,
      at: p.at,
      max: p.collections,
    });
    const before = collection.sharding;
    if (before) {
      const same = before.period === period && before.path === path && before.prefix === prefix;
      if (!same) {
        throw new FaztError(
          "CONFLICT",
          `Cannot split ${quoted(p.name)} in another way: it is split by ${before.period}` +
            (before.path === undefined ? "" : ` of ${quoted(before.path)}`) +
            (before.prefix === undefined ? "" : ` and ${quoted(before.prefix)}`),
          { hint: "only keep and archiveAfter can change; use another collection" },
        );
      }
      db.run(
        "UPDATE ds_shardings SET keep_ms = ?, archive_ms = ? WHERE collection_id = ?",
        keepMs,
        archiveMs,
        collection.id,
      );
      return;
    }
    const { last } = db.get<{ last: number }>(
      `SELECT coalesce(max(seq), 0) AS last FROM ${baseTable(collection)}`,
    )!;
    db.run(
      "INSERT INTO ds_shardings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      collection.id,
      collection.appId,
      period,
      path ?? null,
      prefix ?? null,
      keepMs,
      archiveMs,
      last + 1,
      last > 0 ? 0 : null,
      p.at,
    );
  },
);

/**
 * Sorts documents from before a collection was split into its shards, a few; false when all are.
 */
export const dsSort = operation(
  "ds.sort",
  (db, p: { readonly at: number; readonly limit: number; readonly max: number }): boolean => {
    const row = db.get<{ app_id: string; name: string; moved_seq: number }>(
      "SELECT s.app_id, c.name, s.moved_seq FROM ds_shardings s JOIN ds_collections c " +
        "ON c.id = s.collection_id WHERE s.moved_seq IS NOT NULL AND c.name IS NOT NULL LIMIT 1",
    );
    if (!row) return false;
    const owner = { appId: row.app_id, userId: SYSTEM_USER };
    const collection = findCollection(db, owner, row.name)!;
    const base = baseTable(collection);
    const rows = db.all<{ seq: number; size: number; created_at: number; text: string }>(
      `SELECT seq, size, created_at, json(body) AS text FROM ${base} WHERE seq > ? ` +
        "ORDER BY seq LIMIT ?",
      row.moved_seq,
      p.limit,
    );
    const router = new Router(db, collection, p);
    let done: number | null = null;
    for (const { seq, size, created_at, text } of rows) {
      let to = base;
      try {
        to = router.tableFor(JSON.parse(text) as TreeObject, created_at);
      } catch (error) {
        // Where there may be no more shards they stay, and are found where they are.
        if (!(error instanceof FaztError && error.code === "QUOTA")) throw error;
      }
      if (to !== base) router.move({ table: base, seq, size }, to);
      done = seq;
    }
    router.flush();
    db.run(
      "UPDATE ds_shardings SET moved_seq = ? WHERE collection_id = ?",
      rows.length < p.limit ? null : done,
      collection.id,
    );
    return true;
  },
);

/** Takes shards whose time is over out of their collections; their tables are removed later. */
export const dsRetire = operation("ds.retire", (db, p: { readonly at: number }): number => {
  const rows = db.all<{
    id: number;
    state: string;
    collection_id: number;
    app_id: string;
    documents: number;
    bytes: number;
    stored_bytes: number;
    present: number;
  }>(
    "SELECT s.* FROM ds_shards s JOIN ds_shardings d ON d.collection_id = s.collection_id " +
      "WHERE s.state <> 'dropped' AND d.keep_ms IS NOT NULL AND s.to_ms <= ? - d.keep_ms",
    p.at,
  );
  for (const row of rows) {
    const owner = { appId: row.app_id, userId: SYSTEM_USER };
    if (row.state === "open") bookOut(db, row);
    else addUsage(db, owner, { pillar: "ds", entries: 0, bytes: -row.stored_bytes });
    if (row.present === 0) db.run("DELETE FROM ds_shards WHERE id = ?", row.id);
    else db.run("UPDATE ds_shards SET state = 'dropped', cid = NULL WHERE id = ?", row.id);
  }
  return rows.length;
}, { essential: true });
