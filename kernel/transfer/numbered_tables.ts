import type { Connection, Row } from "../db/mod.ts";

/**
 * A pillar that makes a table for each thing an app has in it, named `<pillar>_<number>`, with a
 * catalogue whose row holds the number. At import each table gets a new number.
 */
export interface NumberedTables {
  /** What the names begin with, such as `ds`. */
  readonly pillar: string;
  /** The catalogue, which has `app_id`. */
  readonly catalogue: string;
  /** Its column (an INTEGER PRIMARY KEY) that holds the number. */
  readonly number: string;
  /**
   * Makes the table and its indexes for a row of the catalogue that a stranger wrote; whole numbers
   * in it may be `bigint`. The table has `app_id`.
   * @throws {FaztError} for a row that means none; the whole import then fails.
   */
  readonly create: (db: Connection, row: Row, table: string) => void;
  /** Bytes of a row of such a table, where the pillar counts them as rows change. */
  readonly bytes?: (row: Row) => number;
}

/** Pillars with tables of their own: each adds itself here. */
export const NUMBERED_TABLES: readonly NumberedTables[] = [];

const NAME = /^([a-z][a-z0-9]*)_(\d{1,15})$/;

/** The pillar and number in a table's name, where it has the form of one. */
export function numberedName(
  table: string,
): { readonly pillar: string; readonly number: number } | undefined {
  const match = NAME.exec(table);
  return match ? { pillar: match[1]!, number: Number(match[2]) } : undefined;
}
