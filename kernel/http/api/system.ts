import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { type Context, Hono } from "hono";
import { type Definition, DEFINITIONS, type SettingKey } from "../../config/mod.ts";
import { checkDatabase } from "../../db/mod.ts";
import { schemaLevel } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { need, recordChange } from "./guards.ts";
import { readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const dbQuery = z.object({ check: z.enum(["0", "1"]).optional() });
const configInput = z.object({
  key: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
});

describe({
  "GET /api/system/health": {
    does: "How the node is",
    scope: "read",
    gives: "Version, mode, memory, database, cache",
  },
  "GET /api/system/limits": {
    does: "Every limit with its value and where that comes from",
    scope: "read",
    gives: "Settings",
  },
  "GET /api/system/cache": {
    does: "What of files is held in memory",
    scope: "read",
    gives: "Bytes, entries and limit",
  },
  "GET /api/system/db": {
    does: "The database file; `check=1` looks for damage",
    scope: "read",
    query: dbQuery,
    gives: "Path, bytes and level",
  },
  "GET /api/system/config": {
    does: "Every setting with its value and where that comes from",
    scope: "read",
    gives: "Settings",
  },
  "PUT /api/system/config": {
    does: "Sets a setting",
    scope: "admin",
    body: configInput,
    gives: "The setting as it is now",
  },
  "DELETE /api/system/config/{key}": {
    does: "Gives a setting its default back",
    scope: "admin",
    gives: "The setting as it is now",
  },
});

/**
 * Some settings decide what programs the machine runs: an API key, which may be stolen, does not
 * change them. @throws {FaztError} `FORBIDDEN`.
 */
function needMachine(c: Context<ApiEnv>, key: string): void {
  const definition: Definition | undefined = DEFINITIONS[key as SettingKey];
  if (!definition?.local || c.get("principal").kind === "local") return;
  throw new FaztError("FORBIDDEN", `Cannot change ${key} from afar`, {
    hint: `on the node's own machine: fazt config set ${key} VALUE`,
  });
}

/** `/api/system/*`: how the node is and how it is set. */
export function systemRoutes(services: ApiServices): Hono<ApiEnv> {
  const { db, settings, vfs, runner } = services;
  const database = () => ({
    path: db.path,
    bytes: Deno.statSync(db.path).size,
    level: schemaLevel(db.reader),
  });
  const memory = () => {
    const { rss, heapUsed, external } = Deno.memoryUsage();
    return { rss, heapUsed, external };
  };
  const machine = () => {
    const { total, available } = Deno.systemMemoryInfo();
    const disk = statfsSync(dirname(db.path));
    const used = (disk.blocks - disk.bfree) * disk.bsize;
    return {
      load: Deno.loadavg(),
      cores: navigator.hardwareConcurrency,
      memory: { total, available },
      disk: { used, total: used + disk.bavail * disk.bsize },
    };
  };
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, c.req.method === "GET" ? "read" : "admin");
    await next();
  });
  routes.get("/health", (c) =>
    c.json({
      data: {
        version: services.version,
        mode: services.mode().mode,
        modeReason: services.mode().reason,
        modeSince: services.mode().since,
        startedAt: services.startedAt,
        uptimeMs: services.clock() - services.startedAt,
        url: services.baseUrl(),
        domain: settings.get("server.domain"),
        apps: db.reader.get<{ n: number }>(
          "SELECT count(*) AS n FROM apps WHERE removed_at IS NULL",
        )!.n,
        runner: runner.totals(),
        memory: { ...memory(), limit: settings.get("limits.global.memoryMb") * MIB },
        machine: machine(),
        database: database(),
        cache: vfs.stats(),
        attention: [...services.certificates.attention(), ...services.domains.attention()],
      },
    }));
  routes.get(
    "/limits",
    (c) => c.json({ data: settings.list().filter(({ key }) => key.startsWith("limits.")) }),
  );
  routes.get("/cache", (c) => c.json({ data: vfs.stats() }));
  routes.get("/db", async (c) => {
    const check = readQuery(c, dbQuery).check === "1"
      ? { check: await db.background(checkDatabase, {}) }
      : {};
    return c.json({ data: { ...database(), ...check } });
  });
  routes.get("/config", (c) => c.json({ data: settings.list() }));
  routes.put("/config", async (c) => {
    const { key, value } = await readJson(c, configInput);
    needMachine(c, key);
    const info = await settings.set(key, value, services.clock());
    recordChange(c, services, { action: "config.set", target: key, details: { value } });
    return c.json({ data: info });
  });
  routes.delete("/config/:key", async (c) => {
    const key = c.req.param("key");
    needMachine(c, key);
    const info = await settings.unset(key);
    recordChange(c, services, { action: "config.unset", target: key });
    return c.json({ data: info });
  });
  return routes;
}
