import { FaztError } from "../../lib/fazt_error.ts";
import type { Catalogue } from "./catalogue.ts";
import { physical } from "./ddl.ts";

const TOO_BIG = 18;
const NO_MEMORY = 7;
const DENIED = 23;
const CONSTRAINT = 19;
/** Errors of a statement, not of the file: ERROR, MISMATCH, RANGE and the three above. */
const OF_STATEMENT = [1, 20, 25];

/** An error as whoever wrote the statement may see it; `denied` is the hint for what is refused. */
export function sqlError(
  thrown: unknown,
  catalogue: Catalogue,
  { denied = "an app reaches its own tables, and functions that only compute" } = {},
): unknown {
  if (thrown instanceof FaztError) return thrown;
  const error = thrown as { errcode?: number; message?: string; code?: string } | null;
  const code = (error?.errcode ?? -1) & 0xff;
  const why = inNamesOf(catalogue, String(error?.message ?? thrown));
  if (code === TOO_BIG) {
    return new FaztError("TOO_LARGE", "Cannot run this statement: a row is over 1 MiB, or a text", {
      hint: "keep large things in fazt.storage.s3",
    });
  }
  if (code === NO_MEMORY) {
    return new FaztError("TOO_LARGE", "Cannot run this statement: it is too complex", {
      hint: "make it several, or give long lists as JSON and json_each(?)",
    });
  }
  if (code === DENIED) {
    return new FaztError("FORBIDDEN", `Cannot run this statement: ${why}`, {
      hint: denied,
    });
  }
  if (code === CONSTRAINT) return new FaztError("CONFLICT", `Cannot change these rows: ${why}`);
  if (OF_STATEMENT.includes(code) || error?.code === "ERR_INVALID_STATE") {
    const hint = /UPSERT/.test(why) ? { hint: "use INSERT OR REPLACE or INSERT OR IGNORE" } : {};
    return new FaztError("INVALID", `Cannot run this statement: ${why}`, hint);
  }
  return thrown;
}

/** A message of SQLite with the names the app knows. */
export function inNamesOf(catalogue: Catalogue, message: string): string {
  let text = message;
  for (const { id, name } of catalogue.tables) {
    const { table, view } = physical(id);
    text = text.replaceAll(`${table}.user_id, `, "").replaceAll(`${table}.c_`, `${name}.`)
      .replaceAll(`"${view}"`, name).replaceAll(view, name).replaceAll(table, name);
  }
  return text.replaceAll(/\bc_(\w+)/g, "$1");
}
