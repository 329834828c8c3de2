import type { Connection, SqlValue } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { parsePath, type Path, positionOf, quoted } from "./path.ts";
import { kindOf, type Tree } from "./tree.ts";

/*
 * Keys of indexes. One SQL expression makes a document's key for a path, and `probeOf` makes the
 * same key of a value, in an order that agrees with `compare`:
 *
 *   NULL         null, or nothing there
 *   REAL         numbers
 *   TEXT         the first characters of texts
 *   b0 b1        booleans, as blobs
 *   d<17 digits> dates, as blobs
 *   x6f          all else: what only the document itself can answer
 *
 * An array at the path or on the way to it is such "all else", so whoever searches looks there too.
 */

/** The key of what only the document itself can answer. */
export const COMPLEX = new Uint8Array([0x6f]);
/** Characters of a text that are part of its key. */
const TEXT = 200;
/** Added to a date's milliseconds so that none is negative (ECMA-262: at least -8.64e15). */
const EPOCH = 8_640_000_000_000_000n;
/** Names that are part of how values are stored and not of what they are. */
const TAGS = ["$date", "$bytes", "$plain"];
const MAX_NAMES = 16;
const MAX_PATH = 256;

/**
 * Reads a path that is to be indexed.
 * @throws {FaztError} `INVALID` for what no index can be over.
 */
export function indexPath(text: string): Path {
  const path = parsePath(text);
  const why = text.length > MAX_PATH
    ? `it has more than ${MAX_PATH} characters`
    : path.length > MAX_NAMES
    ? `it has more than ${MAX_NAMES} names`
    : path.some((name) => positionOf(name) !== undefined)
    ? "a name in it is a number, which is a place in an array"
    : path.some((name) => TAGS.includes(name))
    ? `${TAGS.join(", ")} are no names of fields here`
    : /\p{Cc}/u.test(text) || !text.isWellFormed()
    ? "it is not valid text"
    : text === "id"
    ? "documents are found by id without"
    : undefined;
  if (why === undefined) return path;
  throw new FaztError("INVALID", `Cannot index ${quoted(text)}: ${why}`);
}

/**
 * A path as an SQL string holding a JSON path (sqlite.org/json1.html#path_arguments). The only
 * place where a name that an app chose becomes part of SQL.
 */
export function sqlPath(path: Path): string {
  // Inside of a JSON path names are quoted as JSON texts are.
  const names = path.map((name) => `.${JSON.stringify(name)}`).join("");
  return `'$${names.replaceAll("'", "''")}'`;
}

/** The SQL expression of a document's key; `body` is its column. */
export function keyExpression(path: Path): string {
  const at = sqlPath(path);
  const date = sqlPath([...path, "$date"]);
  const above = path.slice(0, -1).map((_, i) =>
    `WHEN json_type(body, ${sqlPath(path.slice(0, i + 1))}) = 'array' THEN x'6f' `
  );
  return `CASE ${above.join("")}WHEN json_type(body, ${at}) IN ('integer', 'real') ` +
    `THEN CAST(json_extract(body, ${at}) AS REAL) ` +
    `WHEN json_type(body, ${at}) = 'text' THEN substr(json_extract(body, ${at}), 1, ${TEXT}) ` +
    `WHEN json_type(body, ${at}) = 'false' THEN x'6230' ` +
    `WHEN json_type(body, ${at}) = 'true' THEN x'6231' ` +
    `WHEN json_type(body, ${at}) = 'array' THEN x'6f' ` +
    `WHEN json_type(body, ${at}) = 'object' THEN CASE WHEN json_extract(body, ${at}) = ` +
    `'{"$date":' || json_extract(body, ${date}) || '}' ` +
    `THEN CAST(printf('d%017d', json_extract(body, ${date}) + ${EPOCH}) AS BLOB) ` +
    `ELSE x'6f' END END`;
}

/** The key of a value, and where keys of its kind begin and end. */
export interface Probe {
  readonly key: SqlValue;
  readonly from: SqlValue;
  /** All keys of the kind are below. */
  readonly below: SqlValue;
}

const bytes = (text: string) => new TextEncoder().encode(text);

/**
 * Makes the key a document with this value has: `complex` where that is {@link COMPLEX}, `none`
 * where SQLite cannot hold it.
 */
export function probeOf(db: Connection, value: Tree): Probe | "complex" | "none" {
  switch (kindOf(value)) {
    case "null":
      return { key: null, from: null, below: null };
    case "number": {
      // Both sides go through SQLite's own reading of numbers.
      const { n } = db.get<{ n: number }>(
        "SELECT CAST(? ->> '$' AS REAL) AS n",
        JSON.stringify(value),
      )!;
      return { key: n, from: -Infinity, below: "" };
    }
    case "text": {
      const text = value as string;
      if (!text.isWellFormed() || text.includes("\0")) return "none";
      const key = [...text.slice(0, TEXT * 2)].slice(0, TEXT).join("");
      return { key, from: "", below: new Uint8Array() };
    }
    case "boolean":
      return { key: bytes(value ? "b1" : "b0"), from: bytes("b"), below: bytes("c") };
    case "date": {
      const ms = BigInt((value as { $date: number }).$date) + EPOCH;
      return {
        key: bytes(`d${String(ms).padStart(17, "0")}`),
        from: bytes("d"),
        below: bytes("e"),
      };
    }
    default:
      return "complex";
  }
}
