import { operation } from "../../db/mod.ts";
import { touchBlob } from "../../fs/operations.ts";
import { addUsage, type Owner } from "../usage.ts";
import {
  findObject,
  headOf,
  nameBlob,
  OBJECT_COLUMNS,
  type ObjectRow,
  WHERE,
} from "./object_operations.ts";
import type { ListOptions, ObjectItem } from "./object.ts";
import { dropProvider, putProvider } from "./provider_operations.ts";

export { S3_MOVE } from "./moving.ts";

/** See {@link nameBlob}. */
export const putObject = operation("s3.put", nameBlob);

/** Deletes an object; tells whether there was one. */
export const deleteObject = operation(
  "s3.delete",
  (
    db,
    { owner, path, at }: { readonly owner: Owner; readonly path: string; readonly at: number },
  ) => {
    const before = findObject(db, owner, path);
    if (!before) return false;
    db.run(`DELETE FROM objects WHERE ${WHERE}`, owner.appId, owner.userId, path);
    touchBlob(db, before.cid, at);
    addUsage(db, owner, { pillar: "s3", entries: -1, bytes: -before.size });
    return true;
  },
  { essential: true },
);

/** Gives a second name to the content of an object; undefined where there is none. */
export const copyObject = operation("s3.copy", (db, p: {
  readonly owner: Owner;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly appGb: number;
}) => {
  const row = findObject(db, p.owner, p.from);
  if (!row) return undefined;
  const { type, metadata } = headOf(row);
  return nameBlob(db, {
    ...p,
    input: { path: p.to, type, metadata },
    cid: row.cid,
    size: row.size,
  });
});

/**
 * Long read: paths with a prefix in UTF-8 order, `limit` of them and of folders together. `after`
 * is what the page before ended with.
 */
export const listObjects = operation("s3.list", (
  db,
  p: {
    readonly owner: Owner;
    readonly prefix: string;
    readonly after: string | undefined;
  } & Pick<ListOptions, "limit" | "delimiter">,
) => {
  const items: ObjectItem[] = [];
  const folders: string[] = [];
  const rowsFrom = (position: Position) =>
    db.all<ObjectRow>(
      `SELECT ${OBJECT_COLUMNS} FROM objects WHERE app_id = ? AND user_id = ? AND path >= ? ` +
        `AND path ${position.inclusive ? ">=" : ">"} ? ORDER BY path LIMIT ${ROWS}`,
      p.owner.appId,
      p.owner.userId,
      p.prefix,
      position.path,
    );
  let position = behind(p.after ?? "", p.delimiter);
  let last = "";
  for (;;) {
    const rows = rowsFrom(position);
    for (const row of rows) {
      if (!row.path.startsWith(p.prefix)) return { items, folders };
      if (items.length + folders.length === p.limit) return { items, folders, last };
      const cut = p.delimiter === undefined ? -1 : row.path.indexOf(p.delimiter, p.prefix.length);
      last = cut < 0 ? row.path : row.path.slice(0, cut + 1);
      position = behind(last, p.delimiter);
      if (cut < 0) items.push(itemOf(row));
      else folders.push(last);
      // The rest of the folder is jumped over, however much it holds.
      if (cut >= 0) break;
    }
    if (!position.inclusive && rows.length < ROWS) return { items, folders };
    if (rows.length === 0) return { items, folders };
  }
});

/** Long read: names of everything an app has, behind the one given. */
export const listEverything = operation("s3.listEverything", (
  db,
  p: { readonly appId: string; readonly userId: string; readonly path: string },
) =>
  db.all<{ user_id: string; path: string }>(
    "SELECT user_id, path FROM objects WHERE app_id = ? AND (user_id, path) > (?, ?) " +
      `ORDER BY user_id, path LIMIT ${ROWS}`,
    p.appId,
    p.userId,
    p.path,
  ));

/** Rows read at once. */
const ROWS = 100;

interface Position {
  readonly path: string;
  /** Whether a row of this very path still belongs to what follows. */
  readonly inclusive: boolean;
}

/** What follows a path or, where the text ends in a delimiter, everything in that folder. */
function behind(text: string, delimiter: string | undefined): Position {
  if (delimiter === undefined || !text.endsWith(delimiter)) return { path: text, inclusive: false };
  // "0" is what follows "/" in UTF-8.
  return { path: `${text.slice(0, -1)}0`, inclusive: true };
}

function itemOf(row: ObjectRow): ObjectItem {
  const { metadata: _, ...item } = headOf(row);
  return item;
}

/** The writes of the object pillar. */
export const S3_WRITES = [putObject, deleteObject, copyObject, putProvider, dropProvider];
/** The long reads of the object pillar. */
export const S3_LONG_READS = [listObjects, listEverything];
