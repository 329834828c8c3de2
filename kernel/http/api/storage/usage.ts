import { Hono } from "hono";
import { z } from "../../../lib/zod.ts";
import { appIdOf, withAppNames } from "../app_ref.ts";
import { need } from "../guards.ts";
import { readQuery } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";
import { describe } from "../../openapi/mod.ts";

const usageQuery = z.object({ app: z.string().min(1).max(64).optional() });

describe({
  "GET /api/storage/usage": {
    does: "What each app keeps, and what it may",
    scope: "read",
    query: usageQuery,
    gives: "Apps, the most first",
  },
});

/** `/api/storage/usage`: what each app keeps in each pillar, and what it may. */
export function storageUsageRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/usage", (c) => {
    need(c, "read");
    const { app } = readQuery(c, usageQuery);
    const rows = services.storage.usage(appIdOf(services, app));
    return c.json({ data: withAppNames(services, rows) });
  });
  return routes;
}
