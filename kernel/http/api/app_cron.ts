import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { appFor, recordChange } from "./guards.ts";
import { pathInt, queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const page = z.object({ limit: queryInt.optional(), before: queryInt.optional() });

describe({
  "GET /api/apps/{ref}/cron": {
    does: "Entries of app.json with when they run, jobs and dead letters",
    scope: "app:read",
    gives: "Entries, jobs and dead letters",
  },
  "GET /api/apps/{ref}/cron/history": {
    does: "Runs, newest first",
    scope: "app:read",
    query: page,
    gives: "Runs",
  },
  "POST /api/apps/{ref}/cron/{n}/run": {
    does: "Runs an entry now, counted from 0",
    scope: "app:deploy",
    gives: "The job",
    status: 202,
    errors: { 409: "It runs already" },
  },
});

/** `/api/apps/{ref}/cron`: the entries of an app, how they went, and one run at once. */
export function appCronRoutes(services: ApiServices): Hono<ApiEnv> {
  // Read at every call: the routes are also listed where there is no node.
  const scheduler = () => services.services.scheduler;
  const routes = new Hono<ApiEnv>();
  routes.get("/:ref/cron", (c) => {
    const { id } = appFor(c, services, "read");
    const entries = scheduler().list(id);
    return c.json({
      data: { entries, jobs: scheduler().jobs(id), dead: scheduler().deadLetters(id) },
    });
  });
  routes.get("/:ref/cron/history", (c) => {
    const { id } = appFor(c, services, "read");
    return c.json({ data: scheduler().history(id, readQuery(c, page)) });
  });
  routes.post("/:ref/cron/:n/run", async (c) => {
    const { id, name } = appFor(c, services, "deploy");
    const n = pathInt(c, "n");
    const job = await scheduler().runNow(id, n);
    recordChange(c, services, { action: "cron.run", target: name, details: { n, job: job.id } });
    return c.json({ data: job }, 202);
  });
  return routes;
}
