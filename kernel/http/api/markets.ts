import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, need } from "./guards.ts";
import { present, readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const name = z.string().max(63);
const addInput = z.strictObject({
  source: z.string().max(2000),
  name: name.optional(),
  auth: z.string().max(64).optional(),
  key: z.string().max(200).optional(),
});
const appsQuery = z.object({ q: z.string().max(200).optional(), market: name.optional() });

describe({
  "GET /api/markets": {
    does: "Repositories that offer apps",
    scope: "read",
    gives: "Markets",
  },
  "POST /api/markets": {
    does: "Adds a repository that offers apps",
    scope: "admin",
    body: addInput,
    gives: "The market",
    status: 201,
    errors: {
      409: "The name is taken",
      502: "The repository did not answer as git asks",
      504: "It took too long",
    },
  },
  "GET /api/markets/apps": {
    does: "Apps that are offered",
    scope: "read",
    query: appsQuery,
    gives: "Apps",
  },
  "GET /api/markets/{name}/apps/{app}/logo": {
    does: "The logo of an app that is offered",
    scope: "read",
    gives: "Its bytes",
    type: "image/*",
  },
  "POST /api/markets/{name}/update": {
    does: "Reads again what a repository offers",
    scope: "admin",
    gives: "The market",
    errors: { 502: "The repository did not answer as git asks", 504: "It took too long" },
  },
  "DELETE /api/markets/{name}": {
    does: "Removes a repository",
    scope: "admin",
    gives: "Its name",
  },
});

/** `/api/markets`: repositories that offer apps. */
export function marketRoutes({ markets }: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (c) => {
    need(c, "read");
    return c.json({ data: markets.list() });
  });
  routes.post("/", async (c) => {
    need(c, "admin");
    const input = present(await readJson(c, addInput));
    return c.json({ data: await markets.add(input, actorOf(c)) }, 201);
  });
  routes.get("/apps", (c) => {
    need(c, "read");
    return c.json({ data: markets.search(readQuery(c, appsQuery)) });
  });
  routes.get("/:name/apps/:app/logo", (c) => {
    need(c, "read");
    const { bytes, type } = markets.logo(c.req.param("name"), c.req.param("app"));
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "content-type": type,
      // A stranger's SVG, opened as a page, could run scripts in the dashboard's origin.
      "content-disposition": "attachment",
      "cache-control": "private, max-age=300",
    });
  });
  routes.post("/:name/update", async (c) => {
    need(c, "admin");
    return c.json({ data: await markets.update(c.req.param("name"), actorOf(c)) });
  });
  routes.delete("/:name", async (c) => {
    need(c, "admin");
    return c.json({ data: await markets.remove(c.req.param("name"), actorOf(c)) });
  });
  return routes;
}
