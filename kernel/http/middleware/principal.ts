import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { FaztError } from "../../lib/fazt_error.ts";
import { type Principal, unauthorized } from "../../security/mod.ts";
import type { ApiEnv, ApiServices } from "../api/mod.ts";

/** The session cookie: host-only and secure on HTTPS; the plain name is for development. */
const COOKIE = { secure: "__Host-fazt", plain: "fazt" } as const;

/** Whether a peer's address is this machine's (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
function isLoopback(address: string | undefined): boolean {
  return address !== undefined &&
    (/^127\./.test(address) || address === "::1" || /^::ffff:127\./i.test(address));
}

/** Finds out who asks; nobody gets past it without a credential that works. */
export function requirePrincipal(services: ApiServices): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const header = c.req.header("authorization");
    let principal: Principal | undefined;
    if (header !== undefined) {
      const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1] ?? "";
      principal = services.localToken.verify(token, isLoopback(c.env.address)) ??
        services.keys.verify(token);
    } else {
      const token = getCookie(c, cookieName(c.req.url));
      if (token !== undefined && token.length <= 200) principal = services.sessions.verify(token);
      if (principal !== undefined) refuseForeign(c.req.raw);
    }
    if (principal === undefined) throw unauthorized();
    c.set("principal", principal);
    await next();
  };
}

/** The cookie's name on this connection. */
export function cookieName(url: string): string {
  return url.startsWith("https:") ? COOKIE.secure : COOKIE.plain;
}

/**
 * A browser sends the cookie with whatever any page makes it send, and app subdomains are
 * same-site: a change must come from the dashboard's own origin.
 * @throws {FaztError} `FORBIDDEN`
 */
export function refuseForeign(request: Request): void {
  const site = request.headers.get("sec-fetch-site");
  if (request.method === "GET" || request.method === "HEAD") {
    if (site === null || site === "same-origin" || site === "none") return;
  } else if (
    request.headers.get("origin") === new URL(request.url).origin &&
    (site ?? "same-origin") === "same-origin"
  ) return;
  throw new FaztError("FORBIDDEN", "Cannot do this from another site");
}
