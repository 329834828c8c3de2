import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { pathInt, queryInt, readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { eventStream } from "./sse.ts";
import { describe } from "../openapi/mod.ts";

const pattern = z.string().max(200).optional();
const search = z.object({
  type: pattern,
  since: queryInt.optional(),
  before: queryInt.optional(),
  limit: queryInt.optional(),
});
const streamQuery = z.object({ type: pattern });
const emission = z.strictObject({
  app: z.string().max(64),
  type: z.string().max(200),
  data: z.unknown().optional(),
  persist: z.boolean().optional(),
});
const owed = z.object({
  state: z.enum(["pending", "dead"]).optional(),
  app: z.string().max(64).optional(),
  before: queryInt.optional(),
  limit: queryInt.optional(),
});

describe({
  "GET /api/events": {
    does: "Kept events, newest first",
    scope: "read",
    query: search,
    gives: "Events, and where to go on",
  },
  "GET /api/events/stream": {
    does: "Every event, as it comes",
    scope: "read",
    query: streamQuery,
    gives: "Server-sent events",
    type: "text/event-stream",
  },
  "POST /api/events": {
    does: "Emits an event in an app's name",
    scope: "admin",
    body: emission,
    gives: "Its id",
    status: 201,
  },
  "GET /api/events/deliveries": {
    does: "Events that are owed, or were given up",
    scope: "read",
    query: owed,
    gives: "Deliveries, newest first",
  },
  "POST /api/events/deliveries/{id}/retry": {
    does: "Delivers again what was given up",
    scope: "deploy",
    gives: "Its id",
    status: 202,
  },
});

/** `/api/events`: what the apps and the kernel tell each other, and who is still owed it. */
export function eventRoutes(services: ApiServices): Hono<ApiEnv> {
  const { apps } = services;
  // Read at every call: the routes are also listed where there is no node.
  const events = () => services.services.events;
  const routes = new Hono<ApiEnv>();
  routes.get("/", async (c) => {
    need(c, "read");
    return c.json({ data: await events().query(readQuery(c, search)) });
  });
  routes.get("/stream", (c) => {
    need(c, "read");
    const { type = "*" } = readQuery(c, streamQuery);
    return eventStream(c.env, (send) =>
      events().watch(
        type,
        (event, dropped) => send(dropped > 0 ? { ...event, dropped } : event, event.id),
      ));
  });
  routes.post("/", async (c) => {
    need(c, "admin");
    const { app, ...event } = await readJson(c, emission);
    const { id: appId, name: appName } = apps.info(app);
    const { id } = await events().emitApp({
      appId,
      appName,
      grants: new Set(),
      requestId: services.newRequestId(),
      userId: actorOf(c).userId,
    }, event);
    const details = { type: event.type, event: id };
    recordChange(c, services, { action: "event.emit", target: appName, details });
    return c.json({ data: { id } }, 201);
  });
  routes.get("/deliveries", (c) => {
    need(c, "read");
    const { app, ...query } = readQuery(c, owed);
    const appId = app === undefined ? undefined : apps.info(app).id;
    return c.json({ data: events().deliveries({ ...query, appId }) });
  });
  routes.post("/deliveries/:id/retry", async (c) => {
    need(c, "deploy");
    const id = pathInt(c, "id");
    await events().retry(id);
    recordChange(c, services, { action: "delivery.retry", target: String(id) });
    return c.json({ data: { id } }, 202);
  });
  return routes;
}
