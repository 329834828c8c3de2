import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, appFor } from "./guards.ts";
import { pathInt, present, queryInt, readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const revision = z.int().min(1).optional();
const promoteInput = z.strictObject({ revision });
const previewInput = z.strictObject({ revision, expires: z.string().max(20).optional() });
const diffQuery = z.object({
  from: queryInt.optional(),
  to: queryInt.optional(),
  text: z.enum(["0", "1"]).optional(),
});

describe({
  "POST /api/apps/{ref}/promote": {
    does: "Serves a newer revision: the newest, unless told",
    scope: "app:deploy",
    body: promoteInput,
    gives: "The app and the revision",
  },
  "POST /api/apps/{ref}/preview": {
    does: "Gives a revision an address of its own for a time",
    scope: "app:deploy",
    body: previewInput,
    gives: "Where it answers, and until when",
    status: 201,
  },
  "DELETE /api/apps/{ref}/preview/{n}": {
    does: "Ends the preview of a revision",
    scope: "app:deploy",
    gives: "Its number",
  },
  "GET /api/apps/{ref}/diff": {
    does: "What differs between two revisions",
    scope: "app:read",
    query: diffQuery,
    gives: "Files, permissions and fields of the manifest",
  },
});

/** `/api/apps/{ref}/…`: previews, promotion and differences of revisions. */
export function appRevisionRoutes(services: ApiServices): Hono<ApiEnv> {
  const { apps } = services;
  const routes = new Hono<ApiEnv>();
  routes.post("/:ref/promote", async (c) => {
    const { id } = appFor(c, services, "deploy");
    const { revision } = await readJson(c, promoteInput);
    return c.json({ data: await apps.promote(id, revision, actorOf(c)) });
  });
  routes.post("/:ref/preview", async (c) => {
    const { id } = appFor(c, services, "deploy");
    const options = present(await readJson(c, previewInput));
    return c.json({ data: await apps.previews.open(id, options, actorOf(c)) }, 201);
  });
  routes.delete("/:ref/preview/:n", async (c) => {
    const { id } = appFor(c, services, "deploy");
    const n = pathInt(c, "n");
    await apps.previews.end(id, n, actorOf(c));
    return c.json({ data: { revision: n } });
  });
  routes.get("/:ref/diff", async (c) => {
    const { id } = appFor(c, services, "read");
    const { from, to, text } = readQuery(c, diffQuery);
    return c.json({
      data: await apps.diff(id, present({ from, to, text: text === "1" })),
    });
  });
  return routes;
}
