import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const change = {
  token: z.string().max(500).optional(),
  default: z.boolean().optional(),
};
const addInput = z.strictObject({
  name: z.string().max(63),
  url: z.string().max(1000),
  ...change,
});
const changeInput = z.strictObject({ url: z.string().max(1000).optional(), ...change });

describe({
  "GET /api/peers": { does: "Other nodes this one knows", scope: "admin", gives: "Peers" },
  "POST /api/peers": {
    does: "Adds a peer",
    scope: "admin",
    body: addInput,
    gives: "The peer without its key",
    status: 201,
    errors: { 409: "There is one of this name" },
  },
  "PATCH /api/peers/{name}": {
    does: "Changes a peer; a new address without a key loses the old key",
    scope: "admin",
    body: changeInput,
    gives: "The peer without its key",
  },
  "DELETE /api/peers/{name}": {
    does: "Forgets a peer and its key",
    scope: "admin",
    gives: "Its name",
  },
});

/** `/api/peers`: other nodes the owner speaks to. No answer has a key in it. */
export function peerRoutes(services: ApiServices): Hono<ApiEnv> {
  const { peers } = services;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/", (c) => c.json({ data: peers.list() }));
  routes.post("/", async (c) => {
    const peer = await peers.add(await readJson(c, addInput));
    const details = { url: peer.url };
    recordChange(c, services, { action: "peer.add", target: peer.name, details });
    return c.json({ data: peer }, 201);
  });
  routes.patch("/:name", async (c) => {
    const input = await readJson(c, changeInput);
    const peer = await peers.change(c.req.param("name"), input);
    const details = { changed: Object.keys(input) };
    recordChange(c, services, { action: "peer.change", target: peer.name, details });
    return c.json({ data: peer });
  });
  routes.delete("/:name", async (c) => {
    const name = c.req.param("name");
    await peers.remove(name);
    recordChange(c, services, { action: "peer.remove", target: name });
    return c.json({ data: { name } });
  });
  return routes;
}
