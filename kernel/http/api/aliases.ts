import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, need } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const target = z.union([
  z.strictObject({ app: z.string().max(64) }),
  z.strictObject({ redirect: z.string().max(2048) }),
  z.strictObject({ reserved: z.literal(true) }),
  z.strictObject({ split: z.record(z.string().max(64), z.number()) }),
]);
const swapInput = z.strictObject({ a: z.string().max(64), b: z.string().max(64) });

describe({
  "GET /api/aliases": {
    does: "Host labels and where they lead",
    scope: "read",
    gives: "Aliases",
  },
  "POST /api/aliases/swap": {
    does: "Exchanges what two labels lead to, at once",
    scope: "admin",
    body: swapInput,
    gives: "Both, as they are now",
  },
  "PUT /api/aliases/{label}": {
    does: "Points a label at an app, a URL, several apps or nothing",
    scope: "admin",
    body: target,
    gives: "The alias",
    errors: { 409: "The label is another app's name" },
  },
  "DELETE /api/aliases/{label}": {
    does: "Frees a label",
    scope: "admin",
    gives: "The label",
  },
});

/** `/api/aliases`: host labels and where they lead. */
export function aliasRoutes({ apps }: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (c) => {
    need(c, "read");
    return c.json({ data: apps.addresses.list() });
  });
  routes.post("/swap", async (c) => {
    need(c, "admin");
    const { a, b } = await readJson(c, swapInput);
    return c.json({ data: await apps.addresses.swap(a, b, actorOf(c)) });
  });
  routes.put("/:label", async (c) => {
    need(c, "admin");
    const where = await readJson(c, target);
    return c.json({ data: await apps.addresses.set(c.req.param("label"), where, actorOf(c)) });
  });
  routes.delete("/:label", async (c) => {
    need(c, "admin");
    const label = c.req.param("label");
    await apps.addresses.remove(label, actorOf(c));
    return c.json({ data: { label } });
  });
  return routes;
}
