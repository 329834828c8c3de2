import { isAbsolute, join, resolve } from "node:path";
import type { Io } from "./io.ts";
import { usageError } from "./usage_error.ts";

/**
 * The local database's file: `--db`, else `FAZT_DB`, else `~/.fazt/data.db`.
 * @throws {FaztError} `USAGE` when none is said and there is no home directory.
 */
export function databasePath(flag: string | undefined, io: Pick<Io, "env" | "cwd">): string {
  const said = flag ?? (io.env.FAZT_DB || undefined);
  if (said === "") throw usageError("Cannot use an empty --db", "write --db FILE");
  if (said !== undefined) return isAbsolute(said) ? said : resolve(io.cwd, said);
  const home = io.env.HOME || io.env.USERPROFILE;
  if (!home) {
    throw usageError(
      "Cannot find the database: there is no home directory",
      "add --db FILE or set FAZT_DB",
    );
  }
  return join(home, ".fazt", "data.db");
}
