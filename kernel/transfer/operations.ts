import { type Connection, operation, type Row } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import {
  addUsage,
  assertRoom,
  type PillarMove,
  type Places,
  quotaError,
  type TakenRows,
  usageOf,
} from "../storage/operations.ts";
import { NUMBERED_TABLES, pillarOf } from "./pillar_operations.ts";

/** Rows of one table; those of no pillar were judged before (`admit_rows.ts`). */
export interface ImportRows extends TakenRows {
  readonly bookings: readonly {
    readonly userId: string;
    readonly pillar: string;
    readonly entries: number;
    readonly bytes: number;
  }[];
}

/** Writes rows of an app that is imported; answers what tables of its file became here. */
export const importRows = operation(
  "transfer.rows",
  (db, p: ImportRows): Places => insertRows(db, p, NUMBERED_TABLES),
);

/** See {@link importRows}; tests bring pillars of their own. */
export function insertRows(
  db: Connection,
  p: ImportRows,
  pillars: readonly PillarMove[],
): Places {
  const pillar = pillarOf(p.table, pillars);
  try {
    if (pillar) return pillar.take(db, p);
    const own = ownNumber(db, p.table);
    for (const { userId, pillar, entries, bytes } of p.bookings) {
      const used = usageOf(db, p.appId, pillar).entries;
      const { kvKeys, appMb } = p.limits;
      if (pillar === "kv" && used + entries > kvKeys) {
        throw quotaError("storage.kv.keys", used, kvKeys);
      }
      assertRoom(db, p.appId, { grow: bytes, maxMb: appMb });
      addUsage(db, { appId: p.appId, userId }, { pillar, entries, bytes });
    }
    for (const row of p.rows) insert(db, { table: p.table, row, without: own });
    return {};
  } catch (error) {
    throw judged(error, p.table);
  }
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
): void {
  const names = Object.keys(row).filter((name) => name !== without);
  const list = names.map((name) => `"${name}"`).join(", ");
  const marks = names.map(() => "?").join(", ");
  db.run(
    `INSERT INTO "${table}" (${list}) VALUES (${marks})`,
    ...names.map((name) => row[name]!),
  );
}

/** What the owner of this node can raise; everything else is the file's fault. */
const OURS = ["QUOTA", "TOO_LARGE", "TOO_MANY"];

function judged(error: unknown, table: string): unknown {
  const ours = error instanceof FaztError
    ? OURS.includes(error.code)
    : !/constraint/i.test((error as Error).message);
  if (ours) return error;
  return new FaztError(
    "BACKUP_DAMAGED",
    error instanceof FaztError
      ? `Cannot import this file: ${error.message}`
      : `Cannot import this file: a row of "${table}" breaks a rule of this node`,
    { hint: "export the app again with the fazt of its node", status: 422 },
  );
}
