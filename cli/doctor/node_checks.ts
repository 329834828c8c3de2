import { FaztError } from "../../kernel/lib/fazt_error.ts";
import type { Health } from "../api_types.ts";
import { Client } from "../client.ts";
import { readDatabase } from "../local_database.ts";
import { localTarget } from "../target.ts";
import { VERSION } from "../version.ts";
import { type Check, fail, ok, warn } from "./finding.ts";

const FALLBACK_PORT = 8080;

/** The local node answers, and is of this version. */
export const nodeCheck: Check = async ({ dbPath, signal }) => {
  try {
    const health = await new Client(() => localTarget(dbPath), signal)
      .call<Health>("GET", "/api/system/health", { timeoutMs: 5000 });
    if (health.version === VERSION) return ok("node", `${health.url} answers, ${health.mode}`);
    const about = `the node is ${health.version}, this command line ${VERSION}`;
    return warn("node", about, "start the node again with the newer executable");
  } catch (error) {
    if (!(error instanceof FaztError) || error.code === "INTERRUPTED") throw error;
    const { message, hint = "fazt server start" } = error;
    return error.code === "UNREACHABLE" ? warn("node", message, hint) : fail("node", message, hint);
  }
};

/** The port is free, or the node's own. */
export const portCheck: Check = (ctx) => {
  const port = portOf(ctx.dbPath, ctx.io.env.FAZT_SERVER_PORT);
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return ok("port", `${port} is free`);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      if (ownsPort(ctx.dbPath, port)) return ok("port", `${port} is the node's`);
      const fix = "stop that program, or fazt config set server.port N";
      return warn("port", `${port} is used by another program`, fix);
    }
    const fix = "choose one above 1023: fazt config set server.port N";
    return fail("port", `${port} cannot be opened: ${(error as Error).message}`, fix);
  }
};

function ownsPort(dbPath: string, port: number): boolean {
  try {
    return Number(new URL(localTarget(dbPath).url).port || 80) === port;
  } catch {
    return false;
  }
}

function portOf(dbPath: string, variable: string | undefined): number {
  if (variable && /^\d{1,5}$/.test(variable)) return Number(variable);
  try {
    const row = readDatabase(
      dbPath,
      (db) => db.get<{ value: string }>("SELECT value FROM settings WHERE key = 'server.port'"),
    );
    return row ? Number(JSON.parse(row.value)) : FALLBACK_PORT;
  } catch {
    // The database's own check speaks of a file that cannot be read.
    return FALLBACK_PORT;
  }
}
