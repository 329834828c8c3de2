import { Hono } from "hono";
import { SYSTEM_USER } from "../../../lib/ids.ts";
import { z } from "../../../lib/zod.ts";
import { appFor } from "../guards.ts";
import { readJson } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";
import { toJson } from "../sql.ts";
import { describe } from "../../openapi/mod.ts";

const queryInput = z.object({
  sql: z.string().min(1).max(100_000),
  params: z.array(z.union([z.null(), z.number(), z.string().max(1_048_576)])).max(100).optional(),
  user: z.string().regex(/^usr_[a-z0-9]{1,20}$/).optional(),
});

describe({
  "GET /api/storage/{ref}/rd": {
    does: "Tables of an app",
    scope: "app:read",
    gives: "Tables and what they take",
  },
  "POST /api/storage/{ref}/rd/query": {
    does: "Asks an app's tables",
    scope: "app:admin",
    body: queryInput,
    gives: "Columns and rows",
  },
});

/** `/api/storage/{app}/rd`: an app's tables, and questions to them. */
export function storageRdRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/:ref/rd", (c) => {
    const app = appFor(c, services, "read");
    const tables = services.storage.rd.tables(app.id).map(({ id, name, schema }) => ({
      name,
      table: `rd_${id}`,
      ...schema,
    }));
    return c.json({ data: { tables, usage: services.storage.rd.usage(app.id) } });
  });
  routes.post("/:ref/rd/query", async (c) => {
    const app = appFor(c, services, "admin");
    const { sql, params = [], user = SYSTEM_USER } = await readJson(c, queryInput);
    const started = performance.now();
    const found = await services.storage.rd.query({ appId: app.id, userId: user }, sql, params);
    const ms = Math.round((performance.now() - started) * 10) / 10;
    return c.json({ data: { ...found, rows: found.rows.map((row) => row.map(toJson)), ms } });
  });
  return routes;
}
