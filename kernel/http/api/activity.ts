import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { need } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const query = z.object({ limit: queryInt.optional(), before: queryInt.optional() });

describe({
  "GET /api/activity": {
    does: "Every change of the node, newest first",
    scope: "admin",
    query: query,
    gives: "Who, from where, what and how it went",
  },
});

/** `/api/activity`: every change of the node, newest first. */
export function activityRoutes({ activity }: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (c) => {
    need(c, "admin");
    return c.json({ data: activity.list(readQuery(c, query)) });
  });
  return routes;
}
