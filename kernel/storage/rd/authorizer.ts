import { type Authorizer, SQL_ACTION } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { Catalogue } from "./catalogue.ts";
import { DONE, physical, TICK } from "./ddl.ts";
import { ALLOWED_FUNCTIONS } from "./functions.ts";

/** What is decided about one statement while it is compiled. */
export interface Judgement {
  readonly authorize: Authorizer;
  /** Why it was refused, where there is more to say than that it was. */
  readonly failure: () => unknown;
}

/** Tables that make rows of a JSON text and belong to nobody. */
const JSON_TABLES = ["json_each", "json_tree"];
/** Calls of functions in one statement: each may go through a whole row. */
const MAX_CALLS = 64;
/** What SQLite asks at most while it compiles one statement. */
const MAX_QUESTIONS = 20_000;

/**
 * Judges one statement of an app: it may read and change the views of its tables, and call
 * functions that compute. Physical tables are reached by those views and triggers alone.
 */
export function judge(
  catalogue: Catalogue,
  { write, parts, check }: {
    readonly write: boolean;
    /** What the statement names itself. */
    readonly parts: ReadonlySet<string>;
    /** Throws once compiling has taken too long. */
    readonly check: () => void;
  },
): Judgement {
  const { SQLITE_OK: yes, SQLITE_DENY: no } = SQL_ACTION;
  let questions = 0;
  let calls = 0;
  let failure: unknown;

  /** Whether a view or trigger of the same table asks. */
  const inside = (table: string | null, accessor: string | null) => {
    const actor = accessor === null ? undefined : catalogue.actors.get(accessor);
    return actor !== undefined && actor === catalogue.byPhysical.get(table ?? "");
  };
  const isView = (name: string | null) => {
    const table = catalogue.byPhysical.get(name ?? "");
    return table !== undefined && physical(table.id).view === name;
  };
  const allowed: Authorizer = (action, first, second, database, accessor) => {
    switch (action) {
      case SQL_ACTION.SQLITE_SELECT:
      case SQL_ACTION.SQLITE_RECURSIVE:
        return yes;
      case SQL_ACTION.SQLITE_READ:
        if (JSON_TABLES.includes(first ?? "")) return yes;
        // Rows counted without a look into them; a table of that name is seen in the bytecode.
        if (second === "" && database === null && parts.has((first ?? "").toLowerCase())) {
          return yes;
        }
        return database === "main" && (isView(first) || inside(first, accessor)) ? yes : no;
      case SQL_ACTION.SQLITE_INSERT:
      case SQL_ACTION.SQLITE_UPDATE:
      case SQL_ACTION.SQLITE_DELETE:
        if (!write || database !== "main") return no;
        return accessor === null ? isView(first) ? yes : no : inside(first, accessor) ? yes : no;
      case SQL_ACTION.SQLITE_FUNCTION: {
        if (accessor !== null && catalogue.actors.has(accessor)) return yes;
        const name = (second ?? "").toLowerCase();
        // No statement of an app can spell it.
        if (name === DONE) return yes;
        if (name !== TICK && ++calls > MAX_CALLS) {
          failure = new FaztError(
            "TOO_LARGE",
            `Cannot run this statement: it calls functions in more than ${MAX_CALLS} places`,
          );
          return no;
        }
        return name === TICK || ALLOWED_FUNCTIONS.has(name) ? yes : no;
      }
    }
    return no;
  };
  return {
    failure: () => failure,
    authorize: (...question) => {
      try {
        check();
      } catch (error) {
        failure = error;
        return no;
      }
      return ++questions > MAX_QUESTIONS ? no : allowed(...question);
    },
  };
}
