import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const keyInput = z.object({
  name: z.string().max(64),
  scopes: z.array(z.string().max(80)).max(20),
  expiresIn: z.string().max(20).optional(),
});

const renameInput = z.strictObject({ name: z.string().max(64) });
describe({
  "GET /api/keys": {
    does: "Keys without their secrets",
    scope: "admin",
    gives: "Keys",
  },
  "POST /api/keys": {
    does: "Makes a key",
    scope: "admin",
    body: keyInput,
    gives: "The key with its token, which is shown this once",
    status: 201,
  },
  "PATCH /api/keys/{id}": {
    does: "Gives a key another name",
    scope: "admin",
    body: renameInput,
    gives: "The key without its secret",
  },
  "DELETE /api/keys/{id}": {
    does: "Ends a key",
    scope: "admin",
    gives: "Its id",
  },
});

/** `/api/keys`: API keys without their secrets. */
export function keyRoutes(services: ApiServices): Hono<ApiEnv> {
  const { keys } = services;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/", (c) => c.json({ data: keys.list() }));
  routes.post("/", async (c) => {
    const key = await keys.create(await readJson(c, keyInput));
    const details = { name: key.name, scopes: key.scopes };
    recordChange(c, services, { action: "key.create", target: key.id, details });
    return c.json({ data: key }, 201);
  });
  routes.patch("/:id", async (c) => {
    const { name } = await readJson(c, renameInput);
    const key = await keys.rename(c.req.param("id"), name);
    recordChange(c, services, { action: "key.rename", target: key.id, details: { name } });
    return c.json({ data: key });
  });
  routes.delete("/:id", async (c) => {
    const id = c.req.param("id");
    await keys.revoke(id);
    recordChange(c, services, { action: "key.revoke", target: id });
    return c.json({ data: { id } });
  });
  return routes;
}
