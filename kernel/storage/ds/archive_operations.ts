import { operation } from "../../db/mod.ts";
import { touchBlob } from "../../fs/operations.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { addUsage, assertRoom } from "../usage.ts";
import { createTable, findCollection, indexesOf } from "./catalog.ts";
import { book } from "./documents.ts";
import { compileRegex } from "./matcher.ts";
import { parseQuery } from "./query.ts";
import { Router } from "./router.ts";
import { optional } from "./read_operations.ts";
import { bookOut } from "./shard_removal.ts";
import { shardTable } from "./shards.ts";
import { compareBy, parseSort, sortValues } from "./sort.ts";
import type { Tree } from "./tree.ts";

/** Puts a blob into the place of a shard's documents, unless they changed; tells whether it did. */
export const dsArchive = operation(
  "ds.archive",
  (
    db,
    p: {
      readonly id: number;
      /** As it was when the blob was made. */
      readonly changes: number;
      readonly cid: string;
      readonly storedBytes: number;
      readonly at: number;
    },
  ): boolean => {
    const row = db.get<{ collection_id: number; app_id: string; documents: number; bytes: number }>(
      "SELECT collection_id, app_id, documents, bytes FROM ds_shards " +
        "WHERE id = ? AND state = 'open' AND changes = ?",
      p.id,
      p.changes,
    );
    if (!row || !touchBlob(db, p.cid, p.at)) return false;
    bookOut(db, row);
    const owner = { appId: row.app_id, userId: SYSTEM_USER };
    addUsage(db, owner, { pillar: "ds", entries: 0, bytes: p.storedBytes });
    db.run(
      "UPDATE ds_shards SET state = 'archived', cid = ?, stored_bytes = ?, changed_at = ? " +
        "WHERE id = ?",
      p.cid,
      p.storedBytes,
      p.at,
      p.id,
    );
    return true;
  },
  { essential: true },
);

/** A document as an archive holds it. */
export interface ArchivedRow {
  readonly seq: number;
  /** Unix ms. */
  readonly created: number;
  /** Unix ms. */
  readonly updated: number;
  /** The document's JSON. */
  readonly text: string;
}

/** Reads a page of a shard for its archive: at most `limit` documents and about `bytes` bytes. */
export const dsShardPage = operation(
  "ds.shardPage",
  (
    db,
    p: {
      readonly id: number;
      readonly after: number;
      readonly limit: number;
      readonly bytes: number;
    },
  ): ArchivedRow[] => {
    const rows: ArchivedRow[] = [];
    let bytes = 0;
    const found = db.iterate<ArchivedRow>(
      "SELECT seq, created_at AS created, updated_at AS updated, json(body) AS text " +
        `FROM ${shardTable(p.id)} WHERE seq > ? ORDER BY seq LIMIT ?`,
      p.after,
      p.limit,
    );
    for (const row of found) {
      rows.push(row);
      bytes += row.text.length;
      if (bytes > p.bytes) break;
    }
    return rows;
  },
);

/** An archive that is asked, part by part. */
interface Asked {
  /** Texts of the value codec. */
  readonly query: string;
  readonly sort?: string | undefined;
  readonly rows: readonly ArchivedRow[];
  /** So many of the first matches are wanted. */
  readonly wanted: number;
}

/** A match in an archive, with what it is sorted by. */
export interface ArchivedMatch extends ArchivedRow {
  readonly by: readonly Tree[];
}

/** The first of the matches among documents of an archive. */
export const dsMatch = operation("ds.match", (_, p: Asked): ArchivedMatch[] => {
  const query = parseQuery(p.query, compileRegex);
  const sort = parseSort(optional(p.sort));
  return p.rows.flatMap((row) => {
    const document = JSON.parse(row.text) as Tree;
    return query.matches(document) ? [{ ...row, by: sortValues(document, sort) }] : [];
  }).sort((a, b) => compareBy(sort, a.by, b.by) || a.seq - b.seq).slice(0, p.wanted);
});

interface Restoring {
  /** Of the shard. */
  readonly id: number;
  /** Unix ms. */
  readonly at: number;
}

interface Archived {
  readonly app_id: string;
  readonly name: string;
  readonly documents: number;
  readonly bytes: number;
  readonly stored_bytes: number;
}

const RESTORING = "SELECT s.*, c.name FROM ds_shards s JOIN ds_collections c " +
  "ON c.id = s.collection_id WHERE s.id = ? AND c.name IS NOT NULL AND ";
const ownerOf = ({ app_id }: Archived) => ({ appId: app_id, userId: SYSTEM_USER });

/**
 * Makes the table an archive is read into, which no query sees until it is whole; false while the
 * table there was is not removed yet, or there is no such archive.
 */
export const dsRestoreBegin = operation("ds.restoreBegin", (db, p: Restoring): boolean => {
  const row = db.get<Archived>(`${RESTORING} s.state = 'archived' AND s.present = 0`, p.id);
  if (!row) return false;
  createTable(db, shardTable(p.id), findCollection(db, ownerOf(row), row.name)!);
  db.run("UPDATE ds_shards SET state = 'restoring', present = 1 WHERE id = ?", p.id);
  return true;
});

/** Puts documents back. @throws {FaztError} `CONFLICT` for an id that another has by now. */
export const dsRestorePart = operation(
  "ds.restorePart",
  (db, p: Restoring & { readonly rows: readonly ArchivedRow[] }): void => {
    const row = restoring(db.get<Archived>(`${RESTORING} s.state = 'restoring'`, p.id));
    const owner = ownerOf(row);
    const collection = findCollection(db, owner, row.name)!;
    const ids = p.rows.map(({ text }) => (JSON.parse(text) as { id: string }).id);
    new Router(db, collection, { at: p.at, max: 0 }).assertNew(owner, ids);
    const size = (text: string) => new TextEncoder().encode(text).length;
    p.rows.forEach(({ seq, created, updated, text }, i) => {
      db.run(
        `INSERT INTO ${shardTable(p.id)} (seq, user_id, id, size, created_at, updated_at, body) ` +
          "VALUES (?, ?, ?, ?, ?, ?, jsonb(?))",
        seq,
        owner.userId,
        ids[i]!,
        size(text),
        created,
        updated,
        text,
      );
    });
  },
);

/** Opens a shard whose documents are back. */
export const dsRestoreEnd = operation(
  "ds.restoreEnd",
  (db, p: Restoring & { readonly maxMb: number; readonly maxShards: number }): number => {
    const row = restoring(db.get<Archived>(`${RESTORING} s.state = 'restoring'`, p.id));
    const owner = ownerOf(row);
    const collection = findCollection(db, owner, row.name)!;
    const table = shardTable(p.id);
    // Indexed anew meanwhile: one that is missing here would fail every search by it.
    const known = db.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?",
      table,
    ).map(({ name }) => name);
    if (indexesOf(db, collection).some(({ id }) => !known.includes(`${table}_${id}`))) {
      throw new FaztError("CONFLICT", "Cannot restore: the collection was indexed meanwhile", {
        hint: "restore the shard again",
      });
    }
    new Router(db, collection, { at: p.at, max: p.maxShards }).assertRoom();
    assertRoom(db, owner.appId, { grow: row.bytes - row.stored_bytes, maxMb: p.maxMb });
    addUsage(db, owner, { pillar: "ds", entries: 0, bytes: -row.stored_bytes });
    book(db, collection, { owner, documents: row.documents, bytes: row.bytes });
    db.run(
      "UPDATE ds_shards SET state = 'open', cid = NULL, stored_bytes = 0, changed_at = ? " +
        "WHERE id = ?",
      p.at,
      p.id,
    );
    return row.documents;
  },
);

/** Gives up a restore: what it made is removed later, the archive stays. */
export const dsRestoreStop = operation(
  "ds.restoreStop",
  (db, p: { readonly id?: number }): void => {
    db.run(
      "UPDATE ds_shards SET state = 'archived' WHERE state = 'restoring' AND (?1 IS NULL OR id = ?1)",
      p.id ?? null,
    );
  },
  { essential: true },
);

function restoring(row: Archived | undefined): Archived {
  if (row) return row;
  throw new FaztError("CONFLICT", "Cannot restore: the collection was dropped meanwhile");
}
