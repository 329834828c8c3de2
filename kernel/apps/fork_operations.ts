import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { type CopyCursor, STORAGE_COPIERS } from "../storage/operations.ts";
import { approveGrants, refuseTaken, requireApp } from "./app_operations.ts";

/** Rows and bytes that one write of a fork copies: no other write waits for it longer than ms. */
const STEP = { maxRows: 500, maxBytes: 4 * 1024 * 1024 };

/** What a fork is made of. */
export interface ForkParams {
  readonly from: string;
  /** The revision of `from` that becomes the fork's first. */
  readonly n: number;
  readonly id: string;
  readonly revisionId: string;
  readonly userId: string;
  readonly name: string;
  readonly message: string;
  readonly at: number;
}

/**
 * Begins a fork: an app in state `forking`, which nobody sees until it is whole. Its revision row
 * is there from the start, so that nothing sweeps the code's blobs.
 */
export const beginFork = operation("apps.fork", (db, p: ForkParams): void => {
  requireApp(db, p.from);
  refuseName(db, p.name);
  db.run(
    "INSERT INTO apps (id, user_id, name, title, state, parent_id, origin_id, created_at, " +
      "updated_at, removed_at) SELECT ?, ?, ?, title, 'forking', id, coalesce(origin_id, id), " +
      "?, ?, ? FROM apps WHERE id = ?",
    p.id,
    p.userId,
    p.name,
    p.at,
    p.at,
    p.at,
    p.from,
  );
  const copied = db.run(
    "INSERT INTO revisions (app_id, n, id, user_id, created_at, source, message, manifest, " +
      "file_count, size, module_cid, module_map_cid) SELECT ?, 1, ?, ?, ?, 'fork', ?, manifest, " +
      "file_count, size, module_cid, module_map_cid FROM revisions WHERE app_id = ? AND n = ?",
    p.id,
    p.revisionId,
    p.userId,
    p.at,
    p.message,
    p.from,
    p.n,
  );
  if (copied === 0) {
    throw new FaztError("NOT_FOUND", `Cannot fork: there is no revision ${p.n}`, {
      hint: "fazt app revisions APP lists them",
    });
  }
});

/** Copies some files of the revision; returns the path to go on after, null at the end. */
export const forkFiles = operation(
  "apps.forkFiles",
  (db, p: { from: string; n: number; id: string; after: string }): string | null => {
    const paths = db.all<{ path: string }>(
      "SELECT path FROM files WHERE app_id = ? AND revision = ? AND path > ? ORDER BY path LIMIT ?",
      p.from,
      p.n,
      p.after,
      STEP.maxRows,
    );
    const last = paths.at(-1)?.path;
    if (last === undefined) return null;
    db.run(
      "INSERT INTO files SELECT ?, 1, path, cid, size, type, brotli_cid, brotli_size, gzip_cid, " +
        "gzip_size FROM files WHERE app_id = ? AND revision = ? AND path > ? AND path <= ?",
      p.id,
      p.from,
      p.n,
      p.after,
      last,
    );
    return last;
  },
);

/** Where the copy of an app's data is: which copier, and its own cursor. */
export interface StoragePlace {
  readonly copier: number;
  readonly after: CopyCursor;
}

/** Copies some of the data; returns where to go on, null at the end, and the rows it wrote. */
export const forkStorage = operation(
  "apps.forkStorage",
  (db, p: { from: string; id: string; place: StoragePlace }): {
    place: StoragePlace | null;
    rows: number;
  } => {
    const copier = STORAGE_COPIERS[p.place.copier];
    if (copier === undefined) return { place: null, rows: 0 };
    const { after, rows } = copier.step(db, {
      from: p.from,
      to: p.id,
      after: p.place.after,
      ...STEP,
    });
    const place = after === null
      ? { copier: p.place.copier + 1, after: null }
      : { copier: p.place.copier, after };
    return { place, rows };
  },
);

/** The last step: from here on the fork is an app like any other. */
export const finishFork = operation("apps.forkDone", (db, p: {
  readonly from: string;
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  /** Variables that are copied. */
  readonly env: readonly string[];
  readonly approve: readonly string[];
  readonly at: number;
}): void => {
  refuseName(db, p.name);
  const whole = db.get<{ whole: number }>(
    "SELECT (SELECT count(*) FROM files WHERE app_id = a.id) = r.file_count AS whole " +
      "FROM apps a JOIN revisions r ON r.app_id = a.id WHERE a.id = ? AND a.state = 'forking'",
    p.id,
  );
  if (whole?.whole !== 1) {
    throw new FaztError("CONFLICT", "Cannot fork: the app was removed meanwhile", {
      hint: "fazt app list shows what there is",
      status: 409,
    });
  }
  for (const name of p.env) {
    db.run(
      "INSERT INTO app_env SELECT ?, name, value, ? FROM app_env WHERE app_id = ? AND name = ?",
      p.id,
      p.at,
      p.from,
      name,
    );
  }
  approveGrants(db, p.id, p.approve, p);
  db.run("INSERT INTO aliases VALUES (?, ?, 'proxy', NULL, ?)", p.name, p.id, p.at);
  db.run(
    "UPDATE apps SET state = 'active', removed_at = NULL, current_revision = 1 WHERE id = ?",
    p.id,
  );
});

/** Gives up a fork, or every one that a node left when it ended; returns how many there were. */
export const abandonForks = operation(
  "apps.forkAbandoned",
  (db, p: { id: string | null }): number =>
    db.run(
      // Older than anything that was removed: the next purge takes it first.
      "UPDATE apps SET state = 'removed', removed_at = 0 WHERE state = 'forking' AND " +
        "id = coalesce(?, id)",
      p.id,
    ),
  { essential: true },
);

/** A fork never takes over the data that a removed app left under its name. */
function refuseName(db: Connection, name: string): void {
  refuseTaken(db, name);
  if (!db.get("SELECT 1 AS x FROM apps WHERE state = 'kept' AND name = ?", name)) return;
  throw new FaztError("NAME_TAKEN", `Cannot use the name "${name}": it holds kept data`, {
    hint: "choose another name, or deploy this one to bring the data back",
    status: 409,
  });
}
