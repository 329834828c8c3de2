import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
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
