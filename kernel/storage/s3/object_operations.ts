import type { Connection } from "../../db/mod.ts";
import { touchBlob } from "../../fs/operations.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { addUsage, type Owner, quotaError, usageOf } from "../usage.ts";
import type { ObjectHead, ObjectInput } from "./object.ts";

const GIB = 2 ** 30;

/** A row of table `objects`, without its owner. */
export interface ObjectRow {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  readonly type: string;
  /** JSON. */
  readonly metadata: string;
  readonly updated_at: number;
}

/** The columns of an {@link ObjectRow}. */
export const OBJECT_COLUMNS = "path, cid, size, type, metadata, updated_at";
/** Finds one row of it: app, person, path. */
export const WHERE = "app_id = ? AND user_id = ? AND path = ?";

/** A row as apps know it. */
export const headOf = (row: ObjectRow): ObjectHead => ({
  path: row.path,
  type: row.type,
  size: row.size,
  etag: row.cid,
  metadata: JSON.parse(row.metadata),
  updatedAt: row.updated_at,
});

/** The row of an object, or undefined. */
export function findObject(db: Connection, owner: Owner, path: string): ObjectRow | undefined {
  return db.get<ObjectRow>(
    `SELECT ${OBJECT_COLUMNS} FROM objects WHERE ${WHERE}`,
    owner.appId,
    owner.userId,
    path,
  );
}

interface Put {
  readonly owner: Owner;
  readonly input: ObjectInput;
  readonly cid: string;
  readonly size: number;
  readonly at: number;
  readonly appGb: number;
  /** When it was made and changed last, where that is not `at`. */
  readonly times?: readonly [created: number, updated: number];
}

/** Names a blob, which has to be there, over whatever had the name. */
export function nameBlob(db: Connection, options: Put): ObjectHead {
  const { owner, input, cid, size, at, appGb, times: [created, updated] = [at, at] } = options;
  // As young as new: whatever swept it came before, and whatever sweeps comes an hour later.
  if (!touchBlob(db, cid, at)) {
    throw new FaztError("CONFLICT", `Cannot store "${input.path}": its content is gone`, {
      hint: "send it again",
    });
  }
  const before = findObject(db, owner, input.path);
  const grow = size - (before?.size ?? 0);
  const used = usageOf(db, owner.appId, "s3").bytes;
  if (grow > 0 && used + grow > appGb * GIB) {
    throw quotaError("storage.s3.appGb", Math.ceil(used / GIB), appGb);
  }
  const metadata = JSON.stringify(input.metadata);
  db.run(
    "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "cid = excluded.cid, size = excluded.size, type = excluded.type, " +
      "metadata = excluded.metadata, updated_at = excluded.updated_at",
    owner.appId,
    owner.userId,
    input.path,
    cid,
    size,
    input.type,
    metadata,
    created,
    updated,
  );
  // Somebody may be reading what it held until now.
  if (before && before.cid !== cid) touchBlob(db, before.cid, at);
  addUsage(db, owner, { pillar: "s3", entries: before ? 0 : 1, bytes: grow });
  return { ...input, etag: cid, size, updatedAt: updated };
}
