import type { Connection, SqlValue } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { type PillarMove, shaped, type TakenRows, time, whose } from "../moving.ts";
import { quotaError } from "../usage.ts";
import { checkInput } from "./object.ts";
import { findObject, nameBlob } from "./object_operations.ts";

const GIB = 2 ** 30;
const objectRow = z.strictObject({
  user_id: whose,
  path: z.string(),
  cid: z.string(),
  size: z.int().min(0),
  type: z.string(),
  metadata: z.string().max(8192),
  created_at: time,
  updated_at: time,
});
const COLUMNS = Object.keys(objectRow.shape);
const metadata = z.record(z.string(), z.string());

/** Objects of this node move as names for blobs of the file; those in buckets stay there. */
export const S3_MOVE: PillarMove = {
  pillar: "s3",
  tables: ["objects"],
  give: (db, appId) => [{ name: "objects", columns: COLUMNS, rows: rowsOf(db, appId) }],
  take: (db, taken) => {
    takeObjects(db, taken);
    return {};
  },
};

function* rowsOf(db: Connection, appId: string): Generator<readonly SqlValue[]> {
  const rows = db.iterate(`SELECT ${COLUMNS.join(", ")} FROM objects WHERE app_id = ?`, appId);
  for (const row of rows) yield COLUMNS.map((column) => row[column]!);
}

function takeObjects(db: Connection, { appId, rows, at, limits }: TakenRows): void {
  for (const row of rows) {
    const { user_id: userId, ...object } = shaped(row, objectRow, "objects");
    const { cid, size, type, created_at, updated_at } = object;
    const owner = { appId, userId };
    const input = checkInput({ path: object.path, type, metadata: noted(object.metadata) });
    if (input.path !== object.path) {
      throw invalid("its path is not in the normal form", object.path);
    }
    if (findObject(db, owner, input.path)) throw invalid("it is there twice", input.path);
    const blob = db.get<{ size: number }>("SELECT size FROM blobs WHERE cid = ?", cid);
    if (blob?.size !== size) {
      throw invalid("its content is not there or of another size", input.path);
    }
    if (size > limits.s3ObjectGb * GIB) {
      throw quotaError("storage.s3.streamedGb", Math.ceil(size / GIB), limits.s3ObjectGb);
    }
    const times = [created_at, updated_at] as const;
    nameBlob(db, { owner, input, cid, size, at, appGb: limits.s3Gb, times });
  }
}

function noted(text: string): Readonly<Record<string, string>> {
  try {
    return metadata.parse(JSON.parse(text));
  } catch {
    throw new FaztError("INVALID", "Cannot take an object: what is noted about it is not text");
  }
}

function invalid(why: string, path: string): FaztError {
  return new FaztError("INVALID", `Cannot take the object "${path.slice(0, 200)}": ${why}`);
}
