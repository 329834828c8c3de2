import { type Connection, operation, type Row } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { addUsage, assertRoom } from "../storage/operations.ts";
import { NUMBERED_TABLES, type NumberedTables } from "./numbered_tables.ts";

/** Rows of one table, judged before (`admit_rows.ts`). */
export interface ImportRows {
  readonly appId: string;
  /** A table of this node. */
  readonly table: string;
  readonly rows: readonly Row[];
  readonly bookings: readonly {
    readonly userId: string;
    readonly pillar: string;
    readonly entries: number;
    readonly bytes: number;
  }[];
  /** `limits.storage.appMb`. */
  readonly maxMb: number;
}

/** Writes rows of an app that is imported; answers the numbers of tables that were made for them. */
export const importRows = operation(
  "transfer.rows",
  (db, p: ImportRows): number[] => insertRows(db, p, NUMBERED_TABLES),
);

/** See {@link importRows}; tests bring pillars of their own. */
export function insertRows(
  db: Connection,
  p: ImportRows,
  pillars: readonly NumberedTables[],
): number[] {
  const catalogue = pillars.find((one) => one.catalogue === p.table);
  const own = catalogue?.number ?? ownNumber(db, p.table);
  const numbers: number[] = [];
  for (const { userId, pillar, entries, bytes } of p.bookings) {
    assertRoom(db, p.appId, { grow: bytes, maxMb: p.maxMb });
    addUsage(db, { appId: p.appId, userId }, { pillar, entries, bytes });
  }
  for (const row of p.rows) {
    const number = insert(db, { table: p.table, row, without: own });
    if (!catalogue) continue;
    catalogue.create(db, row, `${catalogue.pillar}_${number}`);
    numbers.push(number);
  }
  return numbers;
}

/** The writes of this folder. */
export const TRANSFER_WRITES = [importRows];

/** A key that SQLite counts up by itself: numbers of another node mean nothing here. */
function ownNumber(db: Connection, table: string): string | undefined {
  const keys = db.all<{ name: string; type: string }>(
    "SELECT name, type FROM pragma_table_info(?) WHERE pk > 0",
    table,
  );
  return keys.length === 1 && /^integer$/i.test(keys[0]!.type) ? keys[0]!.name : undefined;
}

function insert(
  db: Connection,
  { table, row, without }: {
    readonly table: string;
    readonly row: Row;
    readonly without: string | undefined;
  },
): number {
  const names = Object.keys(row).filter((name) => name !== without);
  const list = names.map((name) => `"${name}"`).join(", ");
  const marks = names.map(() => "?").join(", ");
  const values = names.map((name) => row[name]!);
  const sql = `INSERT INTO "${table}" (${list}) VALUES (${marks})`;
  try {
    if (without === undefined) return db.run(sql, ...values);
    return Number(db.get<{ id: number }>(`${sql} RETURNING "${without}" AS id`, ...values)!.id);
  } catch (error) {
    if (!/constraint/i.test((error as Error).message)) throw error;
    throw new FaztError(
      "BACKUP_DAMAGED",
      `Cannot import this file: a row of "${table}" breaks a rule of this node`,
      { hint: "export the app again with the fazt of its node", status: 422 },
    );
  }
}
