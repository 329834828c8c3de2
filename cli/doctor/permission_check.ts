import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Context } from "../context.ts";
import { type Check, fail, ok, warn } from "./finding.ts";
import { settingFor } from "./place.ts";

/** Files that hold what is nobody else's business. */
const SECRET = ["", "-wal", "-shm"];

/** The node may write where it has to, others may not look, and the port may be opened. */
export const permissionCheck: Check = (ctx) => {
  const { dbPath } = ctx;
  const folder = dirname(dbPath);
  if (!existsSync(folder)) return ok("permissions", `${folder} will be made`);
  if (!isWritable(folder)) {
    const fix = `use the user who owns it, or chown it: chown -R USER ${folder}`;
    return fail("permissions", `${folder} cannot be written`, fix);
  }
  for (const end of SECRET) {
    const path = dbPath + end;
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) continue;
    if (!opens(path)) {
      const fix = `use the user who owns it, or: chown USER ${path} && chmod 600 ${path}`;
      return fail("permissions", `${path} cannot be read and written`, fix);
    }
    if (Deno.build.os !== "windows" && (info.mode & 0o077) !== 0) {
      return warn("permissions", `others may read ${path}`, `chmod 600 ${path}`);
    }
  }
  const copies = `${folder}/backups`;
  const open = statSync(copies, { throwIfNoEntry: false });
  if (open && Deno.build.os !== "windows" && (open.mode & 0o077) !== 0) {
    return warn("permissions", `others may look into ${copies}`, `chmod 700 ${copies}`);
  }
  return lowPort(ctx);
};

function lowPort(ctx: Context) {
  const port = settingFor(ctx, "server.port");
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) {
      const fix = "sudo fazt service install grants it; or fazt config set server.port 8080";
      return warn("permissions", `this user may not open port ${port}`, fix);
    }
  }
  return ok("permissions", "the node may write its folder, and others may not read it");
}

function isWritable(folder: string): boolean {
  const probe = `${folder}/.fazt-doctor-${crypto.randomUUID()}`;
  try {
    Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(probe);
    return true;
  } catch {
    return false;
  }
}

/** Opened and closed through SQLite elsewhere; here for reading and writing, changing nothing. */
function opens(path: string): boolean {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
    return true;
  } catch {
    return false;
  }
}
