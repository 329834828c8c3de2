import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { isAllowed } from "../../security/mod.ts";
import { actorOf, appFor, need } from "./guards.ts";
import { present, readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const forkInput = z.strictObject({
  name: z.string().max(63),
  storage: z.boolean().optional(),
  revision: z.int().min(1).optional(),
});

describe({
  "POST /api/apps/{ref}/fork": {
    does: "Makes a new app of an app",
    scope: "deploy",
    body: forkInput,
    gives: "The fork",
    status: 201,
    errors: { 409: "The name is taken" },
  },
  "GET /api/apps/{ref}/lineage": {
    does: "Where an app comes from, and what comes from it",
    scope: "app:read",
    gives: "The tree, oldest first",
  },
});

/** `/api/apps/{ref}/fork` and `…/lineage`: new apps of old ones, and where each comes from. */
export function appLineageRoutes(services: ApiServices): Hono<ApiEnv> {
  const { apps } = services;
  const routes = new Hono<ApiEnv>();
  routes.post("/:ref/fork", async (c) => {
    // The fork is another app: a key for the source alone does not reach it.
    need(c, "deploy");
    const { id } = appFor(c, services, "deploy");
    const { name, ...options } = await readJson(c, forkInput);
    const done = await apps.fork(id, { name, ...present(options) }, actorOf(c));
    return c.json({ data: done }, 201);
  });
  routes.get("/:ref/lineage", (c) => {
    const principal = c.get("principal");
    const { nodes, ...line } = apps.lineage(appFor(c, services, "read").id);
    return c.json({
      data: {
        ...line,
        // A key for one app learns that there are others of its line, not their names.
        nodes: nodes.map(({ name, ...node }) => {
          const app = { id: node.id, name: name ?? "" };
          return name !== undefined && isAllowed(principal, { scope: "read", app })
            ? { ...node, name }
            : node;
        }),
      },
    });
  });
  return routes;
}
