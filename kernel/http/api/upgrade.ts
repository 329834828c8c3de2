import { type Context, Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const upgradeInput = z.strictObject({
  url: z.string().min(1).max(2000).optional(),
  check: z.boolean().optional(),
  rollback: z.boolean().optional(),
  key: z.string().min(1).max(1000).optional(),
  allowUnsigned: z.boolean().optional(),
});

describe({
  "GET /api/upgrade": {
    does: "Which executable the node runs, and how the last upgrade went",
    scope: "admin",
    gives: "Version and last upgrade",
  },
  "POST /api/upgrade": {
    does: "Puts another executable in the place of the node's; `check` only looks",
    scope: "admin",
    body: upgradeInput,
    gives: "What was begun",
    status: 202,
    errors: { 409: "One is under way", 502: "What was fetched is none", 504: "It took too long" },
    unsafe: "it replaces the node",
  },
});

/** `/api/upgrade`: which executable the node runs, and putting another one in its place. */
export function upgradeRoutes(services: ApiServices): Hono<ApiEnv> {
  const { upgrades } = services;
  const asker = (c: Context<ApiEnv>) => ({
    actor: actorOf(c),
    onMachine: c.get("principal").kind === "local",
  });
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/", async (c) => c.json({ data: await upgrades.status() }));
  routes.post("/", async (c) => {
    const { check, ...request } = await readJson(c, upgradeInput);
    if (check) return c.json({ data: await upgrades.check(request, asker(c)) });
    const begun = await upgrades.start(request, asker(c));
    const { rollback = false, allowUnsigned = false } = request;
    recordChange(c, services, {
      action: "upgrade.start",
      target: begun.to,
      details: { id: begun.id, from: begun.from, rollback, allowUnsigned },
    });
    return c.json({ data: begun }, 202);
  });
  return routes;
}
