import { type Context, Hono } from "hono";
import { labelOf } from "../../ownership/mod.ts";
import { z } from "../../lib/zod.ts";
import { need, recordChange } from "./guards.ts";
import { queryInt, readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const listQuery = z.object({ after: z.string().max(64).optional(), limit: queryInt.optional() });
const eraseInput = z.object({ now: z.boolean().default(false) });

describe({
  "GET /api/users": {
    does: "Persons whose rows apps keep",
    scope: "admin",
    query: listQuery,
    gives: "Persons",
  },
  "GET /api/users/{id}/export": {
    does: "What is kept of a person",
    scope: "admin",
    gives: "A zip",
    type: "application/zip",
  },
  "POST /api/users/{id}/erase": {
    does: "Erases a person, in 30 days or now",
    scope: "admin",
    body: eraseInput,
    gives: "When, and how many rows",
  },
  "POST /api/users/{id}/anonymise": {
    does: "Makes a person a stranger",
    scope: "admin",
    gives: "How many rows",
  },
  "POST /api/users/{id}/restore": {
    does: "Takes an erasure back",
    scope: "admin",
    gives: "The person",
  },
});

/** `/api/users`: the persons whose rows apps keep, and how they are forgotten. */
export function userRoutes(services: ApiServices): Hono<ApiEnv> {
  const people = () => services.ownership.people;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  // The log of what was done must not keep what was to be forgotten.
  const record = (c: Context<ApiEnv>, action: string, id: string, details?: unknown) =>
    recordChange(c, services, { action, target: labelOf(id), details });

  routes.get("/", async (c) => {
    const { after, limit } = readQuery(c, listQuery);
    const names = new Map(services.apps.list().map((app) => [app.id, app.name]));
    const persons = await people().list({ after, limit: limit || 100 });
    return c.json({
      data: persons.map((person) => ({
        ...person,
        apps: person.apps.map((share) => {
          const app = share.appId === null ? undefined : names.get(share.appId);
          return app === undefined ? share : { ...share, app };
        }),
      })),
    });
  });
  routes.get("/:id/export", async (c) => {
    const id = c.req.param("id");
    const body = await people().export(id);
    record(c, "user.export", id);
    return new Response(body, {
      headers: {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="${id}.zip"`,
      },
    });
  });
  routes.post("/:id/erase", async (c) => {
    const id = c.req.param("id");
    const { now } = await readJson(c, eraseInput);
    const done = await people().erase(id, { now });
    record(c, "user.erase", id, { now });
    return c.json({ data: { id, ...done } });
  });
  routes.post("/:id/anonymise", async (c) => {
    const id = c.req.param("id");
    const done = await people().anonymise(id);
    record(c, "user.anonymise", id);
    return c.json({ data: { id, ...done } });
  });
  routes.post("/:id/restore", async (c) => {
    const id = c.req.param("id");
    await people().restore(id);
    record(c, "user.restore", id);
    return c.json({ data: { id, state: "here" } });
  });
  return routes;
}
