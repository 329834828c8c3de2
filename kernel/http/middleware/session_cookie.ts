import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { SessionToken } from "../../security/mod.ts";
import type { ApiEnv, ApiServices } from "../api/mod.ts";

/** The session cookie: host-only and secure on HTTPS; the plain name is for development. */
const COOKIE = { secure: "__Host-fazt", plain: "fazt" } as const;
/** Cookies of that name that are looked at. A browser has one, unless somebody slips it others. */
const MAX_COOKIES = 8;

/** The cookie's name on this connection. */
export function cookieName(url: string): string {
  return url.startsWith("https:") ? COOKIE.secure : COOKIE.plain;
}

/**
 * What the cookies of this name hold. On plain HTTP an app may set one of the same name for the
 * whole domain (RFC 6265 §8.6): it can hide nothing, since each is looked at.
 */
export function sessionTokens(c: Context<ApiEnv>): string[] {
  const name = cookieName(c.req.url);
  return (c.req.header("cookie") ?? "").split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .filter((token) => /^[a-z0-9]{1,200}$/.test(token))
    .slice(0, MAX_COOKIES);
}

/** Hands a browser its session's token. */
export function setSessionCookie(c: Context<ApiEnv>, session: SessionToken, now: number): void {
  setCookie(c, cookieName(c.req.url), session.token, {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    secure: c.req.url.startsWith("https:"),
    maxAge: Math.max(0, Math.floor((session.expiresAt - now) / 1000)),
  });
}

/** Takes it back. */
export function dropSessionCookie(c: Context<ApiEnv>): void {
  const secure = c.req.url.startsWith("https:");
  deleteCookie(c, cookieName(c.req.url), { path: "/", secure });
}

/** Replaces a session's token when it is old enough; comes after who asks is known. */
export function renewSession(services: ApiServices): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    const token = c.get("sessionToken");
    if (token === undefined) return;
    try {
      const renewed = await services.sessions.renew(token, c.get("principal"));
      if (renewed) setSessionCookie(c, renewed, services.clock());
    } catch (error) {
      // The token of before still works.
      services.onError(error);
    }
  };
}
