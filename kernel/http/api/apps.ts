import { Hono } from "hono";
import { describeGrant } from "../../apps/mod.ts";
import { z } from "../../lib/zod.ts";
import { isAllowed } from "../../security/mod.ts";
import { actorOf, appFor, need } from "./guards.ts";
import { queryInt, readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const createInput = z.object({ name: z.string().max(63), title: z.string().max(200).optional() });
const changeInput = z.object({
  name: z.string().max(63).optional(),
  title: z.string().max(200).nullable().optional(),
});
const rollbackInput = z.object({ revision: z.int().min(1).optional() });
const envInput = z.record(z.string().max(128), z.string().max(65_536).nullable());
const grantInput = z.object({
  approve: z.array(z.string().max(300)).max(100).optional(),
  revoke: z.array(z.string().max(300)).max(100).optional(),
});
const appsQuery = z.object({ removed: z.enum(["0", "1"]).optional() });
const removeQuery = z.object({
  keepData: z.enum(["0", "1"]).optional(),
  purge: z.enum(["0", "1"]).optional(),
});
const revisionQuery = z.object({ revision: queryInt.optional() });

describe({
  "GET /api/apps": {
    does: "Apps that the caller may see; `removed=1`: those that can be brought back",
    scope: "any",
    query: appsQuery,
    gives: "Apps",
  },
  "POST /api/apps": {
    does: "Makes an app without a revision",
    scope: "deploy",
    body: createInput,
    gives: "The app",
    status: 201,
    errors: { 409: "The name is taken" },
  },
  "GET /api/apps/{ref}": {
    does: "One app",
    scope: "app:read",
    gives: "The app",
  },
  "PATCH /api/apps/{ref}": {
    does: "Changes an app's name or title",
    scope: "deploy",
    body: changeInput,
    gives: "The app",
    errors: { 409: "The name is taken" },
  },
  "POST /api/apps/{ref}/restore": {
    does: "Brings a removed app back",
    scope: "admin",
    gives: "The app",
    errors: { 409: "The name is taken" },
  },
  "DELETE /api/apps/{ref}": {
    does: "Removes an app; `purge=1` for good",
    scope: "admin",
    query: removeQuery,
    gives: "What is gone and what is kept",
  },
  "GET /api/apps/{ref}/status": {
    does: "How an app's server code does, and its traffic",
    scope: "app:read",
    gives: "State and traffic",
  },
  "GET /api/apps/{ref}/revisions": {
    does: "Revisions, newest first",
    scope: "app:read",
    gives: "Revisions",
  },
  "POST /api/apps/{ref}/rollback": {
    does: "Serves an older revision: the one before, unless told",
    scope: "app:deploy",
    body: rollbackInput,
    gives: "The app and the revision",
  },
  "GET /api/apps/{ref}/files": {
    does: "Files of a revision",
    scope: "app:read",
    query: revisionQuery,
    gives: "Paths, cids, sizes and types",
  },
  "GET /api/apps/{ref}/files/{path}": {
    does: "One file",
    scope: "app:read",
    query: revisionQuery,
    gives: "Its bytes",
    type: "application/octet-stream",
  },
  "GET /api/apps/{ref}/env": {
    does: "The environment; secret values are not shown",
    scope: "app:deploy",
    gives: "Variables",
  },
  "PUT /api/apps/{ref}/env": {
    does: "Sets variables; null unsets one",
    scope: "app:deploy",
    body: envInput,
    gives: "Variables",
  },
  "GET /api/apps/{ref}/grants": {
    does: "Grants, in plain words and as Deno permissions",
    scope: "app:read",
    gives: "Requested, approved and pending grants",
  },
  "POST /api/apps/{ref}/grants": {
    does: "Approves and revokes grants",
    scope: "app:admin",
    body: grantInput,
    gives: "Requested, approved and pending grants",
  },
});

/** `/api/apps`: identity, revisions, files, environment and grants of apps. */
export function appRoutes(services: ApiServices): Hono<ApiEnv> {
  const { apps, runner } = services;
  const routes = new Hono<ApiEnv>();

  routes.get("/", async (c) => {
    const principal = c.get("principal");
    if (readQuery(c, appsQuery).removed === "1") {
      need(c, "admin");
      return c.json({ data: apps.removed() });
    }
    if (c.req.query("outdated") === "1") {
      need(c, "read");
      return c.json({ data: await services.sources.outdated() });
    }
    const visible = apps.list().filter((app) => isAllowed(principal, { scope: "read", app }));
    return c.json({ data: visible });
  });
  routes.post("/", async (c) => {
    need(c, "deploy");
    const { name, title } = await readJson(c, createInput);
    const app = await apps.create({ name, ...(title === undefined ? {} : { title }) }, actorOf(c));
    return c.json({ data: app }, 201);
  });
  routes.get("/:ref", (c) => {
    const app = appFor(c, services, "read");
    return c.json({ data: { ...app, domains: services.domains.ofApp(app.id) } });
  });
  routes.patch("/:ref", async (c) => {
    need(c, "deploy");
    const { id } = appFor(c, services, "deploy");
    const { name, title } = await readJson(c, changeInput);
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(title === undefined ? {} : { title }),
    };
    return c.json({ data: await apps.update(id, change, actorOf(c)) });
  });
  routes.post("/:ref/restore", async (c) => {
    need(c, "admin");
    return c.json({ data: await apps.restore(c.req.param("ref"), actorOf(c)) });
  });
  routes.delete("/:ref", async (c) => {
    need(c, "admin");
    const ref = c.req.param("ref");
    const query = readQuery(c, removeQuery);
    if (query.purge === "1") {
      const removed = apps.removed().find((app) => app.id === ref);
      const { id } = removed ?? appFor(c, services, "admin");
      return c.json({ data: await services.ownership.purgeApp(apps, id, actorOf(c)) });
    }
    const { id } = appFor(c, services, "admin");
    const keepData = query.keepData === "1";
    return c.json({ data: await apps.remove(id, { keepData }, actorOf(c)) });
  });

  routes.get("/:ref/status", (c) => {
    const { id } = appFor(c, services, "read");
    return c.json({ data: { ...runner.state(id), traffic: services.traffic.info(id) } });
  });
  routes.get(
    "/:ref/revisions",
    (c) => c.json({ data: apps.revisions(appFor(c, services, "read").id) }),
  );
  routes.post("/:ref/rollback", async (c) => {
    const { id } = appFor(c, services, "deploy");
    const { revision } = await readJson(c, rollbackInput);
    return c.json({ data: await apps.rollback(id, revision, actorOf(c)) });
  });

  routes.get("/:ref/files", (c) => {
    const { id } = appFor(c, services, "read");
    return c.json({ data: apps.files(id, readQuery(c, revisionQuery).revision) });
  });
  routes.get("/:ref/files/:path{.+}", (c) => {
    const { id } = appFor(c, services, "read");
    const { revision } = readQuery(c, revisionQuery);
    const file = apps.readFile(id, c.req.param("path"), revision);
    // An app's page must never run as the dashboard's own.
    return new Response(file.stream, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(file.size),
        "content-disposition": "attachment",
        "x-file-type": file.type,
      },
    });
  });

  routes.get("/:ref/env", (c) => c.json({ data: apps.env(appFor(c, services, "deploy").id) }));
  routes.put("/:ref/env", async (c) => {
    const { id } = appFor(c, services, "deploy");
    return c.json({ data: await apps.setEnv(id, await readJson(c, envInput), actorOf(c)) });
  });

  const grantsOf = (ref: string) => {
    const list = apps.grants(ref);
    const meanings = Object.fromEntries(list.requested.map((text) => [text, describeGrant(text)]));
    return { ...list, meanings, permissions: runner.permissions(list.approved) };
  };
  routes.get("/:ref/grants", (c) => c.json({ data: grantsOf(appFor(c, services, "read").id) }));
  routes.post("/:ref/grants", async (c) => {
    const { id } = appFor(c, services, "admin");
    const { approve, revoke } = await readJson(c, grantInput);
    await apps.changeGrants(id, {
      ...(approve === undefined ? {} : { approve }),
      ...(revoke === undefined ? {} : { revoke }),
    }, actorOf(c));
    return c.json({ data: grantsOf(id) });
  });
  return routes;
}
