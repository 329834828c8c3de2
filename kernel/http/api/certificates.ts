import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { REVOCATION_REASONS, type RevocationReason } from "../../net/certificates/mod.ts";
import { describe } from "../openapi/mod.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

const issueInput = z.strictObject({
  name: z.string().min(1).max(300),
  dryRun: z.boolean().optional(),
});
const reasons = Object.keys(REVOCATION_REASONS) as [RevocationReason, ...RevocationReason[]];
const revokeInput = z.strictObject({ reason: z.enum(reasons).default("unspecified") });
const secret = z.string().min(1).max(8192).nullable().optional();
const secretsInput = z.strictObject({
  eabKey: secret,
  tsigKey: secret,
  cloudflareToken: secret,
});

describe({
  "GET /api/certificates": {
    does: "Certificates, names that wait for one, and what needs the owner",
    scope: "read",
    gives: "The overview",
  },
  "POST /api/certificates": {
    does: "Gets a certificate now, or with `dryRun` only tries",
    scope: "admin",
    body: issueInput,
    gives: "The certificate; with `dryRun` a 200 that says how the trial went",
    status: 201,
    errors: { 502: "The authority refused or cannot be reached" },
  },
  "PUT /api/certificates/secrets": {
    does: "Keeps or forgets what authorities and DNS services want to see",
    scope: "admin",
    body: secretsInput,
    gives: "Which are kept",
  },
  "GET /api/certificates/authority": {
    does: "The root of the certificates the node signs itself",
    scope: "read",
    gives: "Name, PEM, fingerprint and the domains it may sign for",
  },
  "GET /api/certificates/{name}": {
    does: "One certificate with its chain",
    scope: "read",
    gives: "The certificate",
  },
  "POST /api/certificates/{name}/renew": {
    does: "Renews a certificate now",
    scope: "admin",
    gives: "The certificate",
    status: 201,
    errors: { 502: "The authority refused or cannot be reached" },
  },
  "POST /api/certificates/{name}/revoke": {
    does: "Revokes a certificate and gets another one",
    scope: "admin",
    body: revokeInput,
    gives: "When, and the new certificate",
    errors: { 502: "The authority refused or cannot be reached" },
  },
});

/** `/api/certificates`: what the node proves its names with. */
export function certificateRoutes(services: ApiServices): Hono<ApiEnv> {
  const { certificates } = services;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, c.req.method === "GET" ? "read" : "admin");
    await next();
  });
  routes.get("/", (c) => c.json({ data: certificates.overview() }));
  routes.post("/", async (c) => {
    const { name, dryRun } = await readJson(c, issueInput);
    const action = dryRun ? "certificate.try" : "certificate.issue";
    recordChange(c, services, { action, target: name.slice(0, 200) });
    return dryRun
      ? c.json({ data: await certificates.trial(name) })
      : c.json({ data: await certificates.issue(name) }, 201);
  });
  routes.put("/secrets", async (c) => {
    const changes = await readJson(c, secretsInput);
    const kept = await certificates.setSecrets(changes, actorOf(c).userId);
    const details = { changed: Object.keys(changes) };
    recordChange(c, services, { action: "certificate.secret", details });
    return c.json({ data: kept });
  });
  routes.get("/authority", async (c) => c.json({ data: await certificates.authority() }));
  routes.get("/:name", (c) => c.json({ data: certificates.info(c.req.param("name")) }));
  routes.post("/:name/renew", async (c) => {
    const name = c.req.param("name");
    recordChange(c, services, { action: "certificate.renew", target: name.slice(0, 200) });
    return c.json({ data: await certificates.renew(name) }, 201);
  });
  routes.post("/:name/revoke", async (c) => {
    const name = c.req.param("name");
    const { reason } = await readJson(c, revokeInput);
    recordChange(c, services, {
      action: "certificate.revoke",
      target: name.slice(0, 200),
      details: { reason },
    });
    return c.json({ data: await certificates.revoke(name, reason) });
  });
  return routes;
}
