import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { CHILD, type Executable } from "../kernel/upgrade/mod.ts";
import { databasePath } from "./database_path.ts";
import type { Io } from "./io.ts";

/** Set by the portable build. */
declare const FAZT_BUNDLED: boolean | undefined;

/** Whether this is the source checkout and not an executable. */
export function isCheckout(): boolean {
  return !Deno.build.standalone && typeof FAZT_BUNDLED === "undefined";
}

/** The file that this process was started from; undefined for a checkout. */
export function ownExecutable(env: Io["env"]): Executable | undefined {
  if (isCheckout()) return undefined;
  const kind = Deno.build.standalone ? "compiled" : "portable";
  // A child that runs while its file is being put in place knows where that will be.
  const path = env[CHILD.executable] ??
    (kind === "compiled" ? Deno.execPath() : env.FAZT_EXECUTABLE);
  if (!path) return undefined;
  try {
    return { path: realpathSync(path), kind };
  } catch {
    return undefined;
  }
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
