import type { Connection } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { Pin } from "./place.ts";

interface PinRow extends Record<string, string | number> {
  readonly app_id: string;
  readonly cid: string;
  readonly user_id: string;
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly size: number;
  readonly file_count: number;
  readonly public: number;
  readonly created_at: number;
}

/** Pins that are listed at most. */
const MAX_LISTED = 1000;

/** Every pin, or those of one app (`""`: the owner's), newest first. */
export function allPins(reader: Connection, appId?: string): Pin[] {
  const order = `ORDER BY created_at DESC, cid LIMIT ${MAX_LISTED}`;
  const rows = appId === undefined
    ? reader.all<PinRow>(`SELECT * FROM pins ${order}`)
    : reader.all<PinRow>(`SELECT * FROM pins WHERE app_id = ? ${order}`, appId);
  return rows.map(pinView);
}

/** The pin that an app has of a cid. */
export function onePin(
  reader: Connection,
  { appId, cid }: { readonly appId: string; readonly cid: string },
): Pin | undefined {
  const row = reader.get<PinRow>("SELECT * FROM pins WHERE app_id = ? AND cid = ?", appId, cid);
  return row && pinView(row);
}

/**
 * A name people give to content.
 * @throws {FaztError} `INVALID`
 */
export function pinName(name: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (name !== "" && name.length <= 200 && !/[\u0000-\u001f\u007f-\u009f]/.test(name)) return name;
  throw new FaztError("INVALID", "Cannot pin: its name is not 1 to 200 plain characters", {
    hint: "say --name <name>",
  });
}

function pinView(row: PinRow): Pin {
  return {
    ...(row.app_id === "" ? {} : { appId: row.app_id }),
    cid: row.cid,
    name: row.name,
    kind: row.kind,
    size: row.size,
    files: row.file_count,
    public: row.public === 1,
    userId: row.user_id,
    createdAt: row.created_at,
  };
}
