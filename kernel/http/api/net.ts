import { Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { appIdOf, livingAppId, withAppNames } from "./app_ref.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { queryInt, readJson, readQuery } from "./input.ts";
import { netFetch } from "./net_fetch.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const ref = z.string().min(1).max(64);
const pattern = z.string().max(300);
const appQuery = z.object({ app: ref.optional() });
const ruleInput = z.object({
  pattern,
  app: ref.optional(),
  action: z.enum(["allow", "deny"]).default("allow"),
});
const ruleQuery = z.object({ pattern, app: ref.optional() });
const logQuery = z.object({
  app: ref.optional(),
  host: z.string().max(300).optional(),
  failed: z.literal("1").optional(),
  limit: queryInt.optional(),
  before: queryInt.optional(),
});

describe({
  "GET /api/net/rules": {
    does: "Which hosts apps may reach",
    scope: "admin",
    query: appQuery,
    gives: "Rules",
  },
  "POST /api/net/rules": {
    does: "Allows or refuses a host",
    scope: "admin",
    body: ruleInput,
    gives: "The rule",
    status: 201,
  },
  "DELETE /api/net/rules": {
    does: "Removes a rule",
    scope: "admin",
    query: ruleQuery,
    gives: "Its pattern",
  },
  "GET /api/net/logs": {
    does: "What apps sent and what was refused, newest first",
    scope: "admin",
    query: logQuery,
    gives: "Requests and sockets",
  },
  "GET /api/net/limits": {
    does: "Limits of what apps send, and what is in use",
    scope: "admin",
    gives: "Limits and use",
  },
  "DELETE /api/net/cache": {
    does: "Forgets kept answers",
    scope: "admin",
    query: appQuery,
    gives: "Of which app",
  },
});

/** `/api/net`: which hosts apps may reach, what they sent, and what that takes. */
export function netRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/rules", (c) => {
    const appId = appIdOf(services, readQuery(c, appQuery).app);
    return c.json({ data: withAppNames(services, services.services.egress.rules(appId)) });
  });
  routes.post("/rules", async (c) => {
    const { egress } = services.services;
    const { app, pattern, action } = await readJson(c, ruleInput);
    const input = { appId: livingAppId(services, app), pattern, userId: actorOf(c).userId };
    const rule = await (action === "deny" ? egress.deny(input) : egress.allow(input));
    const details = { appId: rule.appId };
    recordChange(c, services, { action: `net.${action}`, target: rule.pattern, details });
    return c.json({ data: withAppNames(services, [rule])[0] }, 201);
  });
  routes.delete("/rules", async (c) => {
    const { app, pattern } = readQuery(c, ruleQuery);
    const appId = appIdOf(services, app);
    if (!await services.services.egress.removeRule({ appId, pattern })) {
      throw new FaztError("NOT_FOUND", `There is no rule ${pattern} for ${app ?? "every app"}`, {
        hint: "fazt net allow list shows every rule and whose it is",
      });
    }
    recordChange(c, services, { action: "net.rule.remove", target: pattern, details: { appId } });
    return c.json({ data: { pattern, ...(appId === undefined ? {} : { appId }) } });
  });

  routes.get("/logs", async (c) => {
    const { egress } = services.services;
    const { app, failed, ...query } = readQuery(c, logQuery);
    const appId = appIdOf(services, app);
    await egress.flush();
    const lines = egress.logs({ ...query, appId, failed: failed !== undefined });
    return c.json({ data: withAppNames(services, lines) });
  });
  routes.get("/limits", (c) => {
    const { egress } = services.services;
    const { apps, ...usage } = egress.usage();
    const named = withAppNames(services, apps);
    return c.json({ data: { limits: egress.limits(), usage: { ...usage, apps: named } } });
  });
  routes.delete("/cache", (c) => {
    const appId = appIdOf(services, readQuery(c, appQuery).app);
    services.services.egress.clearCache(appId);
    recordChange(c, services, { action: "net.cache.clear", details: { appId } });
    return c.json({ data: appId === undefined ? {} : { appId } });
  });
  routes.post("/fetch", (c) => netFetch(c, services));
  return routes;
}
