import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { describe } from "../openapi/mod.ts";
import { need } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

const query = z.object({
  app: z.string().max(200).optional(),
  why: z.enum(["sample", "slow", "error"]).optional(),
  status: queryInt.optional(),
  host: z.string().max(300).optional(),
  before: queryInt.optional(),
  limit: queryInt.optional(),
});

describe({
  "GET /api/access": {
    does: "Requests worth a line: a sample, and all that failed or were slow, newest first",
    scope: "read",
    query,
    gives: "When, which app, why it is kept, host, method, path, status, time and size",
  },
  "GET /api/access/edge": {
    does: "What was counted at the ports: connections, those sent away, failed handshakes",
    scope: "read",
    gives: "The ports, the engine that serves them, and every count since the start",
  },
});

/** `/api/access`: requests worth a line, newest first; `/api/access/edge`: the listener's counts. */
export function accessRoutes({ access, apps, edge, inFlight }: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (c) => {
    need(c, "read");
    const { app, ...rest } = readQuery(c, query);
    const appId = app === undefined ? undefined : app === "node" ? "" : apps.info(app).id;
    const names = new Map<string, string>();
    for (const { id, name } of apps.list()) names.set(id, name);
    const lines = access.list({ ...rest, appId }).map((line) => ({
      ...line,
      app: line.appId === undefined ? "node" : names.get(line.appId) ?? line.appId,
    }));
    return c.json({ data: lines });
  });
  routes.get("/edge", (c) => {
    need(c, "read");
    const listener = edge()!;
    return c.json({
      data: {
        engine: listener.engine,
        port: listener.port,
        ...listener.httpsPort === undefined ? {} : { httpsPort: listener.httpsPort },
        openRequests: inFlight.total,
        accessDropped: access.dropped,
        ...listener.counts,
      },
    });
  });
  return routes;
}
