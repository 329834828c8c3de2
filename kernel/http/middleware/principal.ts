import type { Context, MiddlewareHandler } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { type Principal, unauthorized } from "../../security/mod.ts";
import { rateHeaders } from "../../guard/mod.ts";
import type { ApiEnv, ApiServices } from "../api/mod.ts";
import { isLoopback } from "../client_address.ts";
import { sessionTokens } from "./session_cookie.ts";

/**
 * Counts a request with its asker: a key by itself, whoever has no credential by address. The owner
 * and this machine's command line have no limit of their own, and whoever has a credential gets in
 * where strangers have taken every place.
 */
export function limitRequests(services: ApiServices): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const principal = findPrincipal(services, c);
    if (principal !== undefined) c.set("principal", principal);
    const verdict = principal === undefined
      ? services.rates.address(c.env.counted)
      : principal.kind === "key"
      ? services.rates.key(principal.id)
      : {};
    c.set("rate", verdict);
    if (verdict.refused) throw verdict.refused;
    const full = services.inFlight.enter({
      counted: principal === undefined || principal.kind === "key" ? c.env.counted : undefined,
      completed: c.env.completed,
      known: principal !== undefined,
    });
    if (full) throw full;
    await next();
  };
}

/** Gives a request the id that the node's log calls it by, and tells it. */
export function markRequest(services: ApiServices): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const requestId = services.newRequestId();
    c.set("requestId", requestId);
    await next();
    c.res.headers.set("x-request-id", requestId);
  };
}

/** Puts what was counted on every answer, refusals too; comes before {@link limitRequests}. */
export const showRate: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  const verdict = c.get("rate");
  if (verdict === undefined) return;
  for (const [name, value] of rateHeaders(verdict)) c.res.headers.set(name, value);
};

/** Tells the owner, and nobody else, how long an answer took (W3C Server Timing). */
export const showTiming: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const began = performance.now();
  await next();
  const principal = c.get("principal");
  if (principal === undefined || !principal.scopes.includes("admin")) return;
  c.res.headers.set("server-timing", `total;dur=${(performance.now() - began).toFixed(2)}`);
};

/** Nobody gets past it without a credential that works. */
export function requirePrincipal(services: ApiServices): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const principal = c.get("principal") ?? findPrincipal(services, c);
    if (principal === undefined) throw unauthorized();
    c.set("principal", principal);
    let proven: boolean | undefined;
    c.set("isProven", () => proven ??= services.stepUp.isProven(principal));
    // Streams that have no end of their own end with what let them in.
    const { draining } = c.env;
    c.env = { ...c.env, draining: () => draining() || !isAlive(services, principal) };
    await next();
  };
}

function isAlive({ keys, sessions }: ApiServices, { kind, id, session }: Principal): boolean {
  if (kind === "key") return keys.isAlive(id);
  return session === undefined || sessions.isAlive(session.id);
}

function findPrincipal(services: ApiServices, c: Context<ApiEnv>): Principal | undefined {
  const header = c.req.header("authorization");
  if (header !== undefined) {
    const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1] ?? "";
    return services.localToken.verify(token, isLoopback(c.env.address)) ??
      services.keys.verify(token, c.env.address);
  }
  for (const token of sessionTokens(c)) {
    const principal = services.sessions.verify(token, c.env.address);
    if (principal === undefined) continue;
    refuseForeign(c.req.raw);
    c.set("sessionToken", token);
    return principal;
  }
  return undefined;
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
    request.headers.get("origin") === siteOf(request).origin &&
    (site ?? "same-origin") === "same-origin"
  ) return;
  throw new FaztError("FORBIDDEN", "Cannot do this from another site");
}

/** The dashboard's own origin, as the browser at the other end sees it. */
export function siteOf(request: Request): { readonly origin: string } {
  return { origin: new URL(request.url).origin };
}
