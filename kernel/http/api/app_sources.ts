import { type Context, Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { isCommit } from "../../lib/git_ref.ts";
import { z } from "../../lib/zod.ts";
import { authorize, isAllowed } from "../../security/mod.ts";
import { actorOf, appFor } from "./guards.ts";
import { present, readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const grant = z.string().max(1200);
const applied = {
  trust: z.string().max(200).optional(),
  apply: z.boolean().optional(),
  commit: z.string().refine(isCommit, "is the commit of the plan, 40 characters").optional(),
  approve: z.union([z.boolean(), z.array(grant).max(100)]).optional(),
};
const installInput = z.strictObject({
  source: z.string().max(2000),
  name: z.string().max(63).optional(),
  auth: z.string().max(64).optional(),
  ...applied,
});
const upgradeInput = z.strictObject({
  check: z.boolean().optional(),
  ref: z.string().max(255).optional(),
  base: z.int().min(1).optional(),
  ...applied,
});
const pullInput = z.strictObject({ revision: z.int().min(1).optional() });

describe({
  "POST /api/apps/install": {
    does: "Installs an app from a repository: a plan first, with `apply` what it says",
    scope: "app:deploy",
    body: installInput,
    gives: "The plan (200), or the app (201)",
    status: 201,
    errors: {
      200: "The plan: repeat with `apply` and its commit",
      409: "The name is taken",
      502: "The repository did not answer as git asks",
      504: "It took too long",
    },
  },
  "POST /api/apps/{ref}/upgrade": {
    does: "Brings an app to what its repository has; `check` only looks",
    scope: "app:deploy",
    body: upgradeInput,
    gives: "The plan (200), or what was deployed (201)",
    status: 201,
    errors: {
      200: "The plan, or what is new: repeat with `apply` and its commit",
      409: "It was changed here",
      502: "The repository did not answer as git asks",
      504: "It took too long",
    },
  },
  "POST /api/apps/{ref}/pull": {
    does: "The files of a revision, to work on",
    scope: "app:read",
    body: pullInput,
    gives: "Paths and cids",
  },
});

/** `/api/apps/install`, `…/{ref}/upgrade` and `…/{ref}/pull`: apps that come from repositories. */
export function appSourceRoutes(services: ApiServices): Hono<ApiEnv> {
  const { sources } = services;
  const routes = new Hono<ApiEnv>();
  routes.post("/install", async (c) => {
    const { apply, commit, ...input } = present(await readJson(c, installInput));
    allowInstall(c, input.name);
    if (!apply) return c.json({ data: { plan: await sources.planInstall(input, actorOf(c)) } });
    const done = await sources.install({ ...input, commit: pinned(commit) }, actorOf(c));
    return c.json({ data: done }, 201);
  });
  routes.post("/:ref/upgrade", async (c) => {
    const { id } = appFor(c, services, "deploy");
    const { check, apply, commit, ...input } = present(await readJson(c, upgradeInput));
    if (check) return c.json({ data: await sources.check(id) });
    if (!apply) return c.json({ data: { plan: await sources.planUpgrade(id, input, actorOf(c)) } });
    const done = await sources.upgrade(id, { ...input, commit: pinned(commit) }, actorOf(c));
    return c.json({ data: done }, 201);
  });
  routes.post("/:ref/pull", async (c) => {
    const { id } = appFor(c, services, "read");
    const { revision } = await readJson(c, pullInput);
    return c.json({ data: sources.pull(id, revision) });
  });
  return routes;
}

/** A key for one app installs under that name and no other. */
function allowInstall(c: Context<ApiEnv>, name: string | undefined): void {
  const principal = c.get("principal");
  if (isAllowed(principal, { scope: "deploy" }) || name === undefined) {
    return authorize(principal, { scope: "deploy" });
  }
  authorize(principal, { scope: "deploy", app: { id: "", name } });
}

function pinned(commit: string | undefined): string {
  if (commit !== undefined) return commit;
  throw new FaztError("INVALID", "Cannot do this: commit: is missing", {
    hint: "ask without apply first: the plan says which commit it is about",
  });
}
