import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { formatBytes, MIB } from "../../kernel/lib/bytes.ts";
import { schemaLevel } from "../../kernel/db/mod.ts";
import { readDatabase } from "../local_database.ts";
import { type Check, fail, ok, warn } from "./finding.ts";

/** Least free space that leaves room for a commit, its log and a snapshot, bytes. */
const LITTLE_SPACE = 256 * MIB;
const NO_SPACE = 16 * MIB;

/** The file opens, is whole, and only its owner may read it. */
export const databaseCheck: Check = ({ dbPath }) => {
  const info = statSync(dbPath, { throwIfNoEntry: false });
  if (info === undefined) {
    return warn("database", `there is none at ${dbPath}`, "fazt server init, or say --db FILE");
  }
  try {
    const found = readDatabase(dbPath, (db) => ({
      level: schemaLevel(db),
      check: db.all<{ quick_check: string }>("PRAGMA quick_check(5)").map((r) => r.quick_check),
    }));
    if (found === undefined) {
      return warn("database", `${dbPath} was never set up`, `fazt server init --db ${dbPath}`);
    }
    if (found.check[0] !== "ok") {
      const what = `${dbPath} is damaged: ${found.check[0]}`;
      return fail("database", what, "stop the node and put a copy or backup of the file in place");
    }
    if (Deno.build.os !== "windows" && (info.mode & 0o077) !== 0) {
      return warn("database", `others may read ${dbPath}, which holds keys`, `chmod 600 ${dbPath}`);
    }
    const about = `${dbPath} is whole: level ${found.level}, ${formatBytes(info.size)}`;
    return ok("database", about);
  } catch (error) {
    return fail(
      "database",
      (error as Error).message,
      "stop the node and restore a copy of the file",
    );
  }
};

/** There is room to write. */
export const diskCheck: Check = ({ dbPath }) => {
  let folder = dirname(dbPath);
  while (statSync(folder, { throwIfNoEntry: false }) === undefined && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const about = `${formatBytes(free)} free in ${folder}`;
  if (free < NO_SPACE) return fail("disk", about, "free space, or move the database");
  if (free < LITTLE_SPACE) {
    return warn("disk", about, "free space before the node has to refuse writes");
  }
  return ok("disk", about);
};
