import { Hono } from "hono";
import { LINK_STATUSES, type LinkInfo } from "../../links/mod.ts";
import { z } from "../../lib/zod.ts";
import { describe } from "../openapi/mod.ts";
import { appIdOf, livingAppId, withAppNames } from "./app_ref.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { present, queryInt, readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

const url = z.string().min(1).max(2048);
const status = z.union(LINK_STATUSES.map((code) => z.literal(code)));
const title = z.string().max(200);
const listQuery = z.object({
  q: z.string().max(200).optional(),
  app: z.string().min(1).max(64).optional(),
  limit: queryInt.optional(),
  cursor: z.string().max(64).optional(),
});
const newLink = z.strictObject({
  slug: z.string().min(1).max(64).optional(),
  url,
  status: status.optional(),
  title: title.optional(),
  app: z.string().min(1).max(64).optional(),
});
const change = z.strictObject({
  url: url.optional(),
  status: status.optional(),
  title: title.nullable().optional(),
});
const shown = z.object({
  slug: z.string(),
  url: z.string(),
  status: z.int(),
  title: z.string().optional(),
  appId: z.string().optional(),
  app: z.string().optional(),
  clicks: z.int(),
  lastAt: z.int().optional(),
  createdAt: z.int(),
  updatedAt: z.int(),
  shortUrl: z.string(),
});

describe({
  "GET /api/redirects": {
    does: "Short links with how often each was followed",
    scope: "read",
    query: listQuery,
    gives: "Short links by name",
    data: z.array(shown),
  },
  "POST /api/redirects": {
    does: "Makes a short link; its name is made up when none is given",
    scope: "admin",
    body: newLink,
    gives: "The short link",
    data: shown,
    status: 201,
    errors: { 409: "There is a short link of that name" },
  },
  "GET /api/redirects/{slug}": {
    does: "One short link",
    scope: "read",
    gives: "The short link",
    data: shown,
  },
  "PATCH /api/redirects/{slug}": {
    does: "Changes where a short link leads, how, or its title",
    scope: "admin",
    body: change,
    gives: "The short link",
    data: shown,
  },
  "DELETE /api/redirects/{slug}": {
    does: "Removes a short link",
    scope: "admin",
    gives: "Its name",
    data: z.object({ slug: z.string() }),
  },
});

/** `/api/redirects`: short links at `/r/{slug}`. */
export function redirectRoutes(services: ApiServices): Hono<ApiEnv> {
  const { apps } = services;
  const routes = new Hono<ApiEnv>();
  const show = (link: LinkInfo) => {
    const [named] = withAppNames(services, [link]);
    const app = link.appId === undefined ? undefined : apps.background(link.appId);
    const base = app === undefined ? services.baseUrl() : apps.info(link.appId!).url;
    return { ...named!, shortUrl: `${base.replace(/\/$/, "")}/r/${link.slug}` };
  };
  routes.get("/", (c) => {
    need(c, "read");
    const { q, app, limit = 100, cursor } = readQuery(c, listQuery);
    const appId = appIdOf(services, app);
    const page = services.links.list({ text: q, appId, limit, cursor });
    const meta = present({ limit, cursor: page.cursor, total: page.total });
    return c.json({ data: page.items.map(show), meta });
  });
  routes.post("/", async (c) => {
    need(c, "admin");
    const { app, ...input } = await readJson(c, newLink);
    const { userId } = actorOf(c);
    const link = await services.links.add({ ...input, appId: livingAppId(services, app), userId });
    const details = { url: link.url };
    recordChange(c, services, { action: "redirect.add", target: link.slug, details });
    return c.json({ data: show(link) }, 201);
  });
  routes.get("/:slug", (c) => {
    need(c, "read");
    return c.json({ data: show(services.links.info(c.req.param("slug"))) });
  });
  routes.patch("/:slug", async (c) => {
    need(c, "admin");
    const link = await services.links.change(
      c.req.param("slug"),
      present(await readJson(c, change)),
    );
    const details = { url: link.url };
    recordChange(c, services, { action: "redirect.change", target: link.slug, details });
    return c.json({ data: show(link) });
  });
  routes.delete("/:slug", async (c) => {
    need(c, "admin");
    const slug = c.req.param("slug");
    await services.links.remove(slug);
    recordChange(c, services, { action: "redirect.remove", target: slug });
    return c.json({ data: { slug } });
  });
  return routes;
}
