import type { Database } from "../../db/mod.ts";
import type { Vfs } from "../../fs/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import {
  type ArchivedMatch,
  type ArchivedRow,
  dsMatch,
  dsShardPage,
} from "./archive_operations.ts";
import type { Collection } from "./catalog.ts";
import { MAX_ANSWER } from "./limits.ts";
import { parseFields } from "./project.ts";
import { parseQuery } from "./query.ts";
import { optional } from "./read_operations.ts";
import { shardFilter, type Sharding } from "./shard_key.ts";
import { compareBy, parseSort } from "./sort.ts";
import type { TreeObject } from "./tree.ts";

/*
 * An archive is gzip (RFC 1952) of lines {"seq":…,"created":…,"updated":…,"document":{…}}, in the
 * order of insertion.
 */

const LINE = /^\{"seq":(\d+),"created":(-?\d+),"updated":(-?\d+),"document":(.*)\}$/;
/** Documents and characters of one part. */
const PART = { limit: 500, bytes: MIB };

/** Writes a shard into the content store; resolves to its cid and bytes there. */
export async function archiveOf(
  { db, vfs }: { readonly db: Database; readonly vfs: Vfs },
  id: number,
): Promise<{ cid: string; size: number }> {
  let after = -1;
  const lines = new ReadableStream<string>({
    async pull(controller) {
      const rows = await db.background(dsShardPage, { id, after, ...PART });
      if (rows.length === 0) return controller.close();
      after = rows.at(-1)!.seq;
      controller.enqueue(
        rows.map((row) =>
          `{"seq":${row.seq},"created":${row.created},"updated":${row.updated},` +
          `"document":${row.text}}\n`
        ).join(""),
      );
    },
  }, { highWaterMark: 0 });
  const packed = lines.pipeThrough(new TextEncoderStream()).pipeThrough(
    new CompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>,
  );
  return await vfs.store(packed, { meter: () => {} });
}

/** The documents of an archive, part by part. */
export async function* rowsOfArchive(vfs: Vfs, cid: string): AsyncGenerator<ArchivedRow[]> {
  const texts = vfs.stream(cid).pipeThrough(
    new DecompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>,
  ).pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
  let rest = "";
  let [rows, held]: [ArchivedRow[], number] = [[], 0];
  for await (const text of texts) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const match = LINE.exec(line);
      if (!match) throw new Error(`a line of the archive ${cid} is damaged`);
      const [seq, created, updated] = match.slice(1, 4).map(Number);
      rows.push({ seq: seq!, created: created!, updated: updated!, text: match[4]! });
      held += line.length;
      if (rows.length < PART.limit && held < PART.bytes) continue;
      yield rows;
      [rows, held] = [[], 0];
    }
  }
  if (rows.length > 0) yield rows;
}

/** What is asked of archived documents; texts of the value codec. */
export interface FindArchived {
  readonly query: string;
  readonly sort?: string | undefined;
  readonly fields?: string | undefined;
  readonly limit: number;
  readonly skip: number;
}

/**
 * The matches among archived documents, as JSON.
 * @param asked.ms it may take so long
 * @throws {FaztError} `QUERY_TIMEOUT`, `TOO_LARGE`.
 */
export async function findArchived(
  { db, vfs, collection, sharding }: {
    readonly db: Database;
    readonly vfs: Vfs;
    readonly collection: Collection;
    readonly sharding: Sharding;
  },
  { query, sort, fields, limit, skip, ms }: FindArchived & { readonly ms: number },
): Promise<string[]> {
  const began = performance.now();
  const { constraints } = parseQuery(query, () => () => false);
  const by = parseSort(optional(sort));
  const projection = parseFields(optional(fields));
  const shards = db.reader.all<{ cid: string; prefix: string; from: number; to: number }>(
    'SELECT cid, prefix, from_ms AS "from", to_ms AS "to" FROM ds_shards ' +
      "WHERE collection_id = ? AND state IN ('archived', 'restoring') ORDER BY from_ms",
    collection.id,
  ).filter(shardFilter(sharding, constraints));
  const wanted = skip + limit;
  let [best, looked]: [ArchivedMatch[], number] = [[], 0];
  for (const { cid } of shards) {
    for await (const rows of rowsOfArchive(vfs, cid)) {
      if (performance.now() - began > ms) throw tooSlow(looked, ms);
      const found = await db.query(dsMatch, { query, sort, rows, wanted }, {
        app: collection.appId,
      });
      best = [...best, ...found].sort((a, b) => compareBy(by, a.by, b.by) || a.seq - b.seq)
        .slice(0, wanted);
      // What an answer may not have is not held either.
      if (best.reduce((sum, { text }) => sum + text.length, 0) > 4 * MAX_ANSWER) throw tooLarge();
      looked += rows.length;
    }
  }
  const texts = best.slice(skip).map(({ text }) =>
    projection ? JSON.stringify(projection(JSON.parse(text) as TreeObject)) : text
  );
  if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_ANSWER) throw tooLarge();
  return texts;
}

function tooSlow(looked: number, ms: number): FaztError {
  return new FaztError(
    "QUERY_TIMEOUT",
    `Cannot finish the query: ${looked} archived documents were looked at in ${ms} ms`,
    {
      hint: "narrow it to a time, or bring a shard back: fazt storage ds restore-shard",
      status: 422,
      details: { limit: "storage.ds.queryMs", used: ms, max: ms },
    },
  );
}

function tooLarge(): FaztError {
  return new FaztError("TOO_LARGE", "Cannot answer the query: what it finds is too large", {
    hint: "ask for fewer documents with limit and skip, or narrow the query",
  });
}
