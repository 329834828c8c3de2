import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "../../lib/zod.ts";
import { SESSION_MS, unauthorized } from "../../security/mod.ts";
import { cookieName, refuseForeign, requirePrincipal } from "../middleware/principal.ts";
import { need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const linkInput = z.object({ token: z.string().max(200) });

describe({
  "POST /api/session": {
    does: "Signs the owner in with the token of an owner link",
    scope: "none",
    body: linkInput,
    gives: "Who is signed in; sets the cookie",
    status: 201,
    errors: { 401: "The link does not work, or no longer" },
  },
  "GET /api/session": {
    does: "Who the caller is",
    scope: "any",
    gives: "Kind, name and scopes",
  },
  "DELETE /api/session": {
    does: "Signs out",
    scope: "any",
    gives: "That nobody is signed in",
  },
  "POST /api/owner-links": {
    does: "Makes a link that signs the owner in once, within 30 minutes",
    scope: "admin",
    gives: "The link",
    status: 201,
  },
});

/** Signing in with an owner link: the one route without a credential. */
export function signInRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post("/session", async (c) => {
    refuseForeign(c.req.raw);
    const { token } = await readJson(c, linkInput);
    const session = await services.sessions.useLink(token);
    if (session === undefined) throw unauthorized();
    const secure = c.req.url.startsWith("https:");
    setCookie(c, cookieName(c.req.url), session.token, {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      secure,
      maxAge: SESSION_MS / 1000,
    });
    services.activity.record({
      userId: "usr_owner",
      actor: "owner",
      address: c.env.address,
      action: "session.create",
      result: "ok",
    });
    return c.json({ data: { kind: "owner", expiresAt: session.expiresAt } }, 201);
  });
  return routes;
}

/** `/api/session` of who is signed in, and new owner links. */
export function sessionRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use("/session", requirePrincipal(services));
  routes.get("/session", (c) => {
    const { kind, name, scopes } = c.get("principal");
    return c.json({ data: { kind, name, scopes } });
  });
  routes.delete("/session", async (c) => {
    const name = cookieName(c.req.url);
    const token = getCookie(c, name);
    if (token !== undefined) await services.sessions.revoke(token);
    deleteCookie(c, name, { path: "/" });
    return c.json({ data: { signedOut: true } });
  });
  routes.use("/owner-links", requirePrincipal(services));
  routes.post("/owner-links", async (c) => {
    need(c, "admin");
    const { token, expiresAt } = await services.sessions.createLink();
    recordChange(c, services, { action: "owner-link.create" });
    return c.json({ data: { url: `${services.adminUrl()}/welcome#${token}`, expiresAt } }, 201);
  });
  return routes;
}
