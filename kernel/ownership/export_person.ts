import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { Database, SqlValue } from "../db/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { pageOfRows, type PersonTable } from "./read_operations.ts";

/** Rows read at once. */
const PAGE = 200;
/** What a zip without its 64-bit extension can hold, with room for its index. */
const MAX_BYTES = 0xf0000000;
const MAX_ENTRIES = 65_000;

/** What {@link exportPerson} is told. */
export interface ExportOptions {
  readonly db: Database;
  readonly vfs: Vfs;
  readonly tables: readonly PersonTable[];
  readonly userId: string;
  /** Unix ms. */
  readonly at: number;
}

/** Where the rows of a table stand in the zip. */
const pathOf = ({ appId, table }: PersonTable) => `${appId ?? "node"}/${table}.json`;

/** Writes a person's rows into a zip as it is read; only a page of them is in memory. */
export function exportPerson(options: ExportOptions): ReadableStream<Uint8Array> {
  const parts = pieces(options);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await parts.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function* pieces(
  { db, vfs, tables, userId, at }: ExportOptions,
): AsyncGenerator<Uint8Array, void> {
  const ready: Uint8Array[] = [];
  let [bytes, entries] = [0, 0];
  const zip = new Zip((error, data) => {
    if (error) throw error;
    bytes += data.length;
    ready.push(data);
  });
  const begin = (path: string, plain = false) => {
    if (++entries > MAX_ENTRIES || bytes > MAX_BYTES) {
      throw new FaztError("TOO_LARGE", "Cannot export this person: a zip cannot hold it all");
    }
    const entry = plain ? new ZipPassThrough(path) : new ZipDeflate(path, { level: 6 });
    entry.mtime = at;
    zip.add(entry);
    return entry;
  };
  const text = (value: string) => new TextEncoder().encode(value);
  const about = {
    format: "fazt-person-1",
    userId,
    exportedAt: new Date(at).toISOString(),
    files: tables.map(pathOf),
  };
  begin("about.json").push(text(JSON.stringify(about, null, 2)), true);
  const cids = new Set<string>();
  for (const table of tables) {
    const file = begin(pathOf(table));
    let after: readonly SqlValue[] | undefined;
    let first = true;
    do {
      const page = await db.background(pageOfRows, { ...table, userId, after, limit: PAGE });
      for (const cid of page.cids) cids.add(cid);
      for (const row of page.rows) {
        file.push(text(`${first ? "[" : ","}\n${row}`));
        first = false;
      }
      yield* ready.splice(0);
      after = page.next;
    } while (after);
    file.push(text(first ? "[]\n" : "\n]\n"), true);
  }
  for (const cid of cids) {
    if (vfs.size(cid) === undefined) continue;
    const file = begin(`blobs/${cid}`, true);
    for await (const part of vfs.stream(cid)) {
      file.push(part);
      yield* ready.splice(0);
    }
    file.push(new Uint8Array(), true);
  }
  zip.end();
  yield* ready.splice(0);
}
