import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { appFor } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { eventStream } from "./sse.ts";
import { describe } from "../openapi/mod.ts";

const logQuery = z.object({
  limit: queryInt.optional(),
  level: z.enum(["debug", "info", "warn", "error"]).optional(),
  before: queryInt.optional(),
});

describe({
  "GET /api/apps/{ref}/logs": {
    does: "What an app printed, newest last",
    scope: "app:read",
    query: logQuery,
    gives: "Lines",
  },
  "GET /api/apps/{ref}/logs/stream": {
    does: "Every new line of an app, as it comes",
    scope: "app:read",
    gives: "Server-sent events, a line each",
    type: "text/event-stream",
  },
});

/** `/api/apps/{ref}/logs` and its live stream. */
export function appLogRoutes(services: ApiServices): Hono<ApiEnv> {
  const { appLog } = services;
  const routes = new Hono<ApiEnv>();
  routes.get("/:ref/logs", async (c) => {
    const { id } = appFor(c, services, "read");
    const query = readQuery(c, logQuery);
    await appLog.flush();
    return c.json({ data: appLog.list(id, query) });
  });
  routes.get("/:ref/logs/stream", (c) => {
    const { id } = appFor(c, services, "read");
    return eventStream(c.env, (send) => appLog.subscribe(id, (line) => void send(line, line.id)));
  });
  return routes;
}
