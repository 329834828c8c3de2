import { type PillarMove, STORAGE_MOVES } from "../storage/operations.ts";

/**
 * Pillars that move in their own way, because what an app has in them is more than rows with an
 * `app_id`: tables `<pillar>_<number>`, indexes, counts. At import each table gets a new number.
 */
export const NUMBERED_TABLES: readonly PillarMove[] = STORAGE_MOVES;

const NAME = /^([a-z][a-z0-9]*)_(\d{1,15})$/;

/** The pillar and number in a table's name, where it has the form of one. */
export function numberedName(
  table: string,
): { readonly pillar: string; readonly number: number } | undefined {
  const match = NAME.exec(table);
  return match ? { pillar: match[1]!, number: Number(match[2]) } : undefined;
}

/** The pillar that a table of a file belongs to; undefined for one whose rows move as they are. */
export function pillarOf(
  table: string,
  pillars: readonly PillarMove[] = NUMBERED_TABLES,
): PillarMove | undefined {
  const numbered = numberedName(table);
  return pillars.find(({ pillar, tables }) =>
    tables.includes(table) || numbered?.pillar === pillar
  );
}
