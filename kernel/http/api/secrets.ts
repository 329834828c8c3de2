import { Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { NODE_SECRETS } from "../../secrets/mod.ts";
import { appIdOf, livingAppId, withAppNames } from "./app_ref.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const ref = z.string().min(1).max(64);
const secretInput = z.object({
  name: z.string().max(64),
  // Its length is judged where secrets are kept: no message here may repeat any of it.
  value: z.string(),
  app: ref.optional(),
  hosts: z.array(z.string().max(300)).max(50).optional(),
});
const listQuery = z.object({ app: ref.optional() });
const removeQuery = z.object({ name: z.string().max(64), app: ref.optional() });

describe({
  "GET /api/secrets": {
    does: "Secrets without their values",
    scope: "admin",
    query: listQuery,
    gives: "Secrets",
  },
  "PUT /api/secrets": {
    does: "Sets a secret that requests of apps may carry",
    scope: "admin",
    body: secretInput,
    gives: "The secret without its value",
  },
  "DELETE /api/secrets": {
    does: "Removes a secret",
    scope: "admin",
    query: removeQuery,
    gives: "Its name",
  },
});

/** `/api/secrets`: what requests of apps may carry. No answer has a value in it. */
export function secretRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/", (c) => {
    const { secrets } = services.services;
    const appId = appIdOf(services, readQuery(c, listQuery).app);
    const ofApps = secrets.list(appId).filter((one) => one.appId !== NODE_SECRETS);
    return c.json({ data: withAppNames(services, ofApps) });
  });
  routes.put("/", async (c) => {
    const { secrets } = services.services;
    const { app, name, value, hosts } = await readJson(c, secretInput);
    const appId = livingAppId(services, app);
    const { userId } = actorOf(c);
    const secret = await secrets.set({ appId, name, value, hosts, userId });
    const details = { appId, hosts: secret.hosts };
    recordChange(c, services, { action: "secret.set", target: name, details });
    return c.json({ data: withAppNames(services, [secret])[0] });
  });
  routes.delete("/", async (c) => {
    const { app, name } = readQuery(c, removeQuery);
    const appId = appIdOf(services, app);
    if (!await services.services.secrets.remove({ appId, name })) {
      throw new FaztError("NOT_FOUND", `There is no secret ${name} of ${app ?? "every app"}`, {
        hint: "fazt secret list shows every name and whose it is",
      });
    }
    recordChange(c, services, { action: "secret.remove", target: name, details: { appId } });
    return c.json({ data: { name, ...(appId === undefined ? {} : { appId }) } });
  });
  return routes;
}
