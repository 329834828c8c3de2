import { resolve } from "node:path";
import { databasePath } from "./database_path.ts";
import type { Io } from "./io.ts";

/** Set by the portable build. */
declare const FAZT_BUNDLED: boolean | undefined;

/** Whether this is the source checkout and not an executable. */
export function isCheckout(): boolean {
  return !Deno.build.standalone && typeof FAZT_BUNDLED === "undefined";
}

/** How a person calls the command line that finds this database by itself. */
export function programFor(dbPath: string, io: Pick<Io, "env" | "cwd">): string {
  const checkout = isCheckout();
  const program = checkout ? "npx -y deno@2.9.6 task fazt" : "fazt";
  // The checkout's task looks into ./.fazt unless FAZT_DB says otherwise.
  const found = checkout && !io.env.FAZT_DB
    ? resolve(io.cwd, ".fazt", "data.db")
    : databasePath(undefined, io);
  return found === dbPath ? program : `FAZT_DB=${quote(dbPath)} ${program}`;
}

/** One word for a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
