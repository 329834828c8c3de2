import { Hono } from "hono";
import { checkDatabase } from "../../db/mod.ts";
import { schemaLevel } from "../../db/mod.ts";
import { z } from "../../lib/zod.ts";
import { need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

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
        memory: memory(),
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
    const check = c.req.query("check") === "1"
      ? { check: await db.background(checkDatabase, {}) }
      : {};
    return c.json({ data: { ...database(), ...check } });
  });
  routes.get("/config", (c) => c.json({ data: settings.list() }));
  routes.put("/config", async (c) => {
    const { key, value } = await readJson(
      c,
      z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) }),
    );
    const info = await settings.set(key, value, services.clock());
    recordChange(c, services, { action: "config.set", target: key, details: { value } });
    return c.json({ data: info });
  });
  routes.delete("/config/:key", async (c) => {
    const key = c.req.param("key");
    const info = await settings.unset(key);
    recordChange(c, services, { action: "config.unset", target: key });
    return c.json({ data: info });
  });
  return routes;
}
