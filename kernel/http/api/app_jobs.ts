import { Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { appFor, recordChange } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const page = z.object({ limit: queryInt.optional() });

describe({
  "GET /api/apps/{ref}/jobs": {
    does: "Jobs that wait or run, and those that failed for good",
    scope: "app:read",
    query: page,
    gives: "Jobs and dead letters",
  },
  "POST /api/apps/{ref}/jobs/{id}/retry": {
    does: "Gives a dead letter all its attempts again",
    scope: "app:deploy",
    gives: "Its id",
    status: 202,
  },
  "DELETE /api/apps/{ref}/jobs/{id}": {
    does: "Removes a job that waits or is dead",
    scope: "app:deploy",
    gives: "Its id",
  },
});

/** `/api/apps/{ref}/jobs`: what waits, what runs, and what failed for good. */
export function appJobRoutes(services: ApiServices): Hono<ApiEnv> {
  const scheduler = () => services.services.scheduler;
  const routes = new Hono<ApiEnv>();
  routes.get("/:ref/jobs", (c) => {
    const { id } = appFor(c, services, "read");
    const query = readQuery(c, page);
    return c.json({
      data: { jobs: scheduler().jobs(id, query), dead: scheduler().deadLetters(id, query) },
    });
  });
  routes.post("/:ref/jobs/:id/retry", async (c) => {
    const app = appFor(c, services, "deploy");
    const id = c.req.param("id");
    if (!await scheduler().retryDead(app.id, id)) {
      throw new FaztError("NOT_FOUND", "Cannot retry this job: no dead letter has its id", {
        hint: "a job that waits or runs needs no retry",
      });
    }
    recordChange(c, services, { action: "job.retry", target: app.name, details: { job: id } });
    return c.json({ data: { id } }, 202);
  });
  routes.delete("/:ref/jobs/:id", async (c) => {
    const app = appFor(c, services, "deploy");
    const id = c.req.param("id");
    if (!await scheduler().cancel(app.id, id) && !await scheduler().removeDead(app.id, id)) {
      throw new FaztError("NOT_FOUND", "Cannot remove this job: none that waits has its id", {
        hint: "one that runs already cannot be taken back",
      });
    }
    recordChange(c, services, { action: "job.remove", target: app.name, details: { job: id } });
    return c.json({ data: { id } });
  });
  return routes;
}
