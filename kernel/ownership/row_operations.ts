import type { Connection, SqlValue } from "../db/mod.ts";
import { BLOB_REFERENCES } from "../fs/operations.ts";
import { type OwnedTable, quote } from "./table_operations.ts";

/** Rows looked at together: those of one commit may be large. */
const CHUNK = 50;
/** Time after which a step leaves the rest to the next one, ms: other writes wait for it. */
const STEP_MS = 10;

/** The values of a table's key that name one row. */
export type Key = readonly SqlValue[];

/** Calls `some` until nothing is left, `limit` rows are done or time is up; returns how many. */
export function within(limit: number, some: (limit: number) => number): number {
  const until = performance.now() + STEP_MS;
  for (let done = 0;;) {
    const asked = Math.min(CHUNK, limit - done);
    const n = some(asked);
    done += n;
    if (n < asked || done >= limit || performance.now() >= until) return done;
  }
}

/** Calls `one` with key after key until time is up; returns how many it was called with. */
export function eachWithin(keys: readonly Key[], one: (key: Key) => void): number {
  const until = performance.now() + STEP_MS;
  let done = 0;
  for (const key of keys) {
    one(key);
    if (++done % 10 === 0 && performance.now() >= until) break;
  }
  return done;
}

/** Deletes what `where` says, remembering the blobs that lose a name; returns how many went. */
export function deleteRows(
  db: Connection,
  table: OwnedTable,
  { where, values }: { readonly where: string; readonly values: readonly SqlValue[] },
): number {
  const name = quote(table.name);
  for (const [of, column] of BLOB_REFERENCES) {
    if (of !== table.name) continue;
    db.run(
      `INSERT OR IGNORE INTO unnamed_blobs SELECT ${column} FROM ${name} WHERE ${where} ` +
        `AND ${column} IS NOT NULL`,
      ...values,
    );
  }
  return db.run(`DELETE FROM ${name} WHERE ${where}`, ...values);
}
