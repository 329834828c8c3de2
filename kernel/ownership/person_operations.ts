import { type Connection, operation } from "../db/mod.ts";
import { SYSTEM_USER } from "../lib/ids.ts";
import { DYNAMIC_TABLES, type DynamicTables } from "../storage/operations.ts";
import { forgetPersonActivity } from "./forget_activity.ts";
import { deleteRows, eachWithin, type Key } from "./row_operations.ts";
import { ownedTables, quote, treatmentOf } from "./table_operations.ts";

/** Whom to forget, and how. */
export interface PersonParams {
  readonly userId: string;
  /** Whose their rows become; a stranger nobody else is. */
  readonly pseudonym: string;
  /** Whether their rows stay, as the pseudonym's. */
  readonly anonymise: boolean;
}

/** Where a search for a person's rows goes on: a table, and the row after which. */
export interface Place {
  readonly table: string;
  readonly after?: Key;
}

/** Rows of a person in one table. */
export interface Found {
  readonly table: string;
  readonly keys: readonly Key[];
  /** Undefined when there is no further table. */
  readonly next?: Place;
}

interface Pillars {
  readonly pillars?: readonly DynamicTables[];
}

/** Tables whose rows of a person {@link forgetRows} takes care of. */
const tablesOf = (db: Connection, pillars: readonly DynamicTables[]) =>
  ownedTables(db, pillars).filter(({ name, hasUser }) => hasUser && treatmentOf(name) !== "kept");

/**
 * Long read: the next rows of a person, so that the writer finds them by their keys: no table needs
 * an index for this.
 */
export const findRows = operation(
  "ownership.find",
  (
    db,
    p:
      & { readonly userId: string; readonly from?: Place | undefined; readonly limit: number }
      & Pillars,
  ): Found => {
    const tables = tablesOf(db, p.pillars ?? DYNAMIC_TABLES);
    // One that is gone by now is passed over.
    let at = p.from ? tables.findIndex(({ name }) => name >= p.from!.table) : 0;
    if (at < 0) at = tables.length;
    let after = tables[at]?.name === p.from?.table ? p.from?.after : undefined;
    for (; at < tables.length; at++, after = undefined) {
      const { name, key } = tables[at]!;
      const columns = key.map((column, i) => `${column} AS k${i}`).join(", ");
      const past = after ? ` AND (${key.join(", ")}) > (${key.map(() => "?").join(", ")})` : "";
      const keys = db.all(
        `SELECT ${columns} FROM ${quote(name)} WHERE user_id = ?${past} ` +
          `ORDER BY ${key.join(", ")} LIMIT ?`,
        p.userId,
        ...after ?? [],
        p.limit,
      ).map((row) => key.map((_, i) => row[`k${i}`]!));
      if (keys.length === 0) continue;
      const next = keys.length === p.limit
        ? { table: name, after: keys.at(-1)! }
        : tables[at + 1] && { table: tables[at + 1]!.name };
      return { table: name, keys, ...(next ? { next } : {}) };
    }
    return { table: "", keys: [] };
  },
);

/** Forgets rows of a person as their table wants it, for a short time; returns how many it did. */
export const forgetRows = operation(
  "ownership.forgetRows",
  (
    db,
    p: PersonParams & { readonly table: string; readonly keys: readonly Key[] } & Pillars,
  ): number => {
    const table = tablesOf(db, p.pillars ?? DYNAMIC_TABLES).find(({ name }) => name === p.table);
    if (!table) return p.keys.length;
    table.pillar?.prepare?.(db);
    const treatment = treatmentOf(table.name);
    const stays = treatment === "made" || treatment === "counts" ||
      treatment === "theirs" && p.anonymise;
    const to = treatment === "made" ? SYSTEM_USER : p.pseudonym;
    const where = `(${table.key.join(", ")}) = (${table.key.map(() => "?").join(", ")}) ` +
      "AND user_id = ?";
    return eachWithin(p.keys, (key) => {
      const values = [...key, p.userId];
      if (!stays) deleteRows(db, table, { where, values });
      else db.run(`UPDATE ${quote(table.name)} SET user_id = ? WHERE ${where}`, to, ...values);
    });
  },
  { essential: true },
);

/** What a person held goes from the totals of each app, or is the pseudonym's; false for nothing. */
export const settleUsage = operation(
  "ownership.settleUsage",
  (db, { userId, pseudonym, anonymise }: PersonParams): boolean => {
    if (anonymise) {
      return db.run(
        "UPDATE storage_usage SET user_id = ? WHERE user_id = ?",
        pseudonym,
        userId,
      ) > 0;
    }
    db.run(
      "UPDATE storage_totals SET entries = max(0, storage_totals.entries - u.entries), " +
        "bytes = max(0, storage_totals.bytes - u.bytes) FROM storage_usage u " +
        "WHERE u.user_id = ? AND u.app_id = storage_totals.app_id " +
        "AND u.pillar = storage_totals.pillar",
      userId,
    );
    return db.run("DELETE FROM storage_usage WHERE user_id = ?", userId) > 0;
  },
  { essential: true },
);

/** The last step: the log of the node forgets them, and so does the list of whom to forget. */
export const finishPerson = operation(
  "ownership.finishPerson",
  (db, p: { readonly userId: string; readonly hash: string; readonly at: number }) => {
    forgetPersonActivity(db, p.userId);
    db.run(
      "UPDATE erasures SET user_id = NULL, pseudonym = NULL, done_at = ? WHERE hash = ?",
      p.at,
      p.hash,
    );
  },
  { essential: true },
);
