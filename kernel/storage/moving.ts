import type { Connection, Row, SqlValue } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { SYSTEM_USER } from "../lib/ids.ts";
import { z } from "../lib/zod.ts";
import type { DsLimits } from "./ds/mod.ts";

/** A table of the file that an app is moved in. */
export interface GivenTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** In the order of the columns. */
  readonly rows: Iterable<readonly SqlValue[]>;
}

/** What bounds an app that arrives, from the settings (`limits.storage.*`). */
export interface MoveLimits extends DsLimits {
  readonly kvKeys: number;
  readonly rdTables: number;
  readonly rdRows: number;
  readonly s3Gb: number;
  readonly s3ObjectGb: number;
}

/** Rows of one table of a stranger's file. */
export interface TakenRows {
  /** The app they go to. */
  readonly appId: string;
  /** The table's name in the file. */
  readonly table: string;
  /** Whole numbers are `bigint`. */
  readonly rows: readonly Row[];
  /** 12 characters for each row, for what it makes. */
  readonly ids: readonly string[];
  /** Unix ms. */
  readonly at: number;
  readonly limits: MoveLimits;
  /** What tables of the file became here, by their names there. */
  readonly places: Readonly<Record<string, string>>;
}

/** What {@link PillarMove.take} made: `places` that later tables go to. */
export type Places = Readonly<Record<string, string>>;

/**
 * How a pillar moves what an app has in it. In the file stand its catalogues, and for each thing
 * of theirs a table `<pillar>_<number>` whose number means something inside the file only.
 */
export interface PillarMove {
  readonly pillar: string;
  /** Its tables with a fixed name, in the order in which they are taken. Nobody else moves them. */
  readonly tables: readonly string[];
  /** Everything of an app, on a connection whose whole numbers are `bigint`. */
  readonly give: (db: Connection, appId: string) => Iterable<GivenTable>;
  /**
   * Judges rows as a write of the app would be judged, and writes them with their counts. Part of
   * the caller's transaction.
   * @throws {FaztError} for the first row that cannot be; `QUOTA`, `TOO_LARGE`
   */
  readonly take: (db: Connection, rows: TakenRows) => Places;
}

/** The time of a row, Unix ms. */
export const time = z.int().min(0).max(8.64e15);
/** The number of a thing inside a file. */
export const number = z.int().min(1);
/** Whose a row is: somebody's, or everybody's. */
export const whose = z.string().regex(/^usr_[a-z0-9]{1,20}$/);
/** The sentinel of everybody alone. */
export const everybody = z.literal(SYSTEM_USER);

/**
 * A row that has exactly these columns.
 * @throws {FaztError} `INVALID` naming the column.
 */
export function shaped<S extends z.ZodType>(row: Row, shape: S, table: string): z.output<S> {
  const plain = Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    ]),
  );
  const read = shape.safeParse(plain);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new FaztError(
    "INVALID",
    `Cannot take a row of "${table}": ${[...path, message].join(": ")}`,
  );
}

/**
 * What a numbered table of the file became here.
 * @throws {FaztError} `INVALID` where no catalogue in the file knows it.
 */
export function placeOf({ places, table }: TakenRows, named = table): string {
  if (Object.hasOwn(places, named)) return places[named]!;
  throw new FaztError("INVALID", `Cannot take "${table}": no catalogue in the file knows it`);
}
