import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { describe } from "../openapi/mod.ts";
import { actorOf, need } from "./guards.ts";
import { readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

const role = z.enum(["serve", "redirect"]);
const ref = z.string().min(1).max(64);
const listQuery = z.object({ app: ref.optional() });
const mapInput = z.strictObject({
  domain: z.string().max(1000),
  app: ref,
  role: role.optional(),
  primary: z.boolean().optional(),
});
const changeInput = z.strictObject({
  role: role.optional(),
  primary: z.literal(true).optional(),
});

describe({
  "GET /api/domains": {
    does: "Domains, the apps they lead to, and what the DNS says of them",
    scope: "read",
    query: listQuery,
    gives: "Domains",
  },
  "POST /api/domains": {
    does: "Maps a domain to an app; it is served once the DNS shows it",
    scope: "admin",
    body: mapInput,
    gives: "The domain",
    status: 201,
    errors: { 409: "It is mapped already" },
  },
  "GET /api/domains/{domain}": {
    does: "One domain and what to put into the DNS",
    scope: "read",
    gives: "The domain",
  },
  "PATCH /api/domains/{domain}": {
    does: "Lets a domain serve, redirect, or be the primary one",
    scope: "admin",
    body: changeInput,
    gives: "The domain",
  },
  "POST /api/domains/{domain}/verify": {
    does: "Looks at the DNS of a domain now",
    scope: "admin",
    gives: "The domain",
  },
  "DELETE /api/domains/{domain}": {
    does: "Takes a domain from its app",
    scope: "admin",
    gives: "The domain's name",
  },
});

/** `/api/domains`: names that people bring, and the apps they lead to. */
export function domainRoutes({ domains }: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, c.req.method === "GET" ? "read" : "admin");
    await next();
  });
  routes.get("/", async (c) => {
    const { app } = readQuery(c, listQuery);
    return c.json({ data: await domains.list(app) });
  });
  routes.post("/", async (c) => {
    const input = await readJson(c, mapInput);
    return c.json({ data: await domains.map(input, actorOf(c)) }, 201);
  });
  routes.get("/:domain", async (c) => {
    return c.json({ data: await domains.info(c.req.param("domain")) });
  });
  routes.patch("/:domain", async (c) => {
    const change = await readJson(c, changeInput);
    return c.json({ data: await domains.change(c.req.param("domain"), change, actorOf(c)) });
  });
  routes.post("/:domain/verify", async (c) => {
    return c.json({ data: await domains.verify(c.req.param("domain"), actorOf(c)) });
  });
  routes.delete("/:domain", async (c) => {
    const domain = await domains.unmap(c.req.param("domain"), actorOf(c));
    return c.json({ data: { domain } });
  });
  return routes;
}
