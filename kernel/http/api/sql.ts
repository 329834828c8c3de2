import { Hono } from "hono";
import type { SqlValue } from "../../db/mod.ts";
import { z } from "../../lib/zod.ts";
import { sqlRead, sqlWrite } from "../../sql/mod.ts";
import { need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const input = z.object({
  sql: z.string().min(1).max(100_000),
  write: z.boolean().optional(),
  limit: z.int().min(1).max(100_000).optional(),
});
/** How much of a statement the activity log keeps. */
const KEPT = 2000;

/** A value of SQL as JSON: bytes as `{"$bytes": base64}`, integers past 2^53 as text. */
export function toJson(value: SqlValue): unknown {
  if (value instanceof Uint8Array) return { $bytes: value.toBase64() };
  return typeof value === "bigint" ? String(value) : value;
}

describe({
  "POST /api/sql": {
    does: "Runs a statement on the node's database; it reads unless `write` is said",
    scope: "admin",
    body: input,
    gives: "Columns and rows, or how many changed",
  },
});

/** `POST /api/sql`: the owner's own statements; they read, unless `write` is said. */
export function sqlRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post("/", async (c) => {
    need(c, "admin");
    const { sql, write = false, limit = 1000 } = await readJson(c, input);
    const started = performance.now();
    const took = () => Math.round((performance.now() - started) * 10) / 10;
    const ms = services.settings.get("limits.sql.ms");
    if (write) {
      const { changes } = await services.db.write(sqlWrite, { sql, ms, limit });
      recordChange(c, services, {
        action: "sql.write",
        target: sql.slice(0, KEPT),
        details: { changes },
      });
      return c.json({ data: { changes, ms: took() } });
    }
    const found = await services.db.query(sqlRead, { sql, limit, ms });
    const rows = found.rows.map((row) => row.map(toJson));
    return c.json({ data: { ...found, rows, ms: took() } });
  });
  return routes;
}
