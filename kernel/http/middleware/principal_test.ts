import { Hono } from "hono";
import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../../apps/testing.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { Keys, LocalToken, type Principal, Sessions } from "../../security/mod.ts";
import type { ApiEnv, ApiServices } from "../api/mod.ts";
import { refuseForeign, requirePrincipal } from "./principal.ts";
import { cookieName } from "./session_cookie.ts";

const ORIGIN = "http://admin.localhost:8080";

interface Door {
  readonly services: Pick<ApiServices, "keys" | "sessions" | "localToken">;
  /** Who the door takes a request for, or the status it is sent away with. */
  readonly ask: (
    headers: Record<string, string>,
    more?: { readonly address?: string; readonly method?: string; readonly origin?: string },
  ) => Promise<string>;
}

/** A route behind the door, and what opens it. */
function doorOf(t: AppsFixture): Door {
  const services = {
    keys: new Keys(t.db, () => t.now),
    sessions: new Sessions(t.db, () => t.now),
    localToken: new LocalToken(),
  };
  const app = new Hono<ApiEnv>();
  app.onError((error, c) => c.body(null, error instanceof FaztError ? error.status as 401 : 500));
  // The door asks for nothing else of the services.
  app.use(requirePrincipal(services as unknown as ApiServices));
  app.all("/api", (c) => c.json(c.get("principal")));
  return {
    services,
    ask: async (headers, { address = "203.0.113.9", method = "GET", origin = ORIGIN } = {}) => {
      const answer = await app.request(`${origin}/api`, { method, headers }, { address });
      if (answer.status !== 200) return String(answer.status);
      const { kind, name } = await answer.json() as Principal;
      return `${kind} ${name}`;
    },
  };
}

async function signIn({ sessions }: Door["services"]): Promise<string> {
  return (await sessions.useLink((await sessions.createLink()).token))!.token;
}

Deno.test(
  "nobody gets in without a credential, or with one that is wrong",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const { token } = await services.keys.create({ name: "ci", scopes: ["read"] });
    const session = await signIn(services);
    const wrong: Record<string, string>[] = [
      {},
      { authorization: "" },
      { authorization: token },
      { authorization: `Basic ${btoa(`x:${token}`)}` },
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: `Bearer ${token}x` },
      { authorization: `Bearer ${token} x` },
      { authorization: `Bearer  ${token}` },
      { authorization: `Bearer ${token}, Bearer ${token}` },
      { authorization: `Bearer ${session}` },
      { authorization: `Bearer ${"x".repeat(10_000)}` },
      { cookie: `fazt=${token}` },
      { cookie: `fazt=${session}x` },
      { cookie: "fazt=" },
      { cookie: `fazt=${"x".repeat(10_000)}` },
      { cookie: `other=${session}` },
      { cookie: `FAZT=${session}` },
    ];
    for (const headers of wrong) assert.equal(await ask(headers), "401", JSON.stringify(headers));
    assert.equal(await ask({ authorization: `Bearer ${token}` }), "key ci");
    assert.equal(await ask({ authorization: `bearer ${token}` }), "key ci");
    assert.equal(await ask({ cookie: `a=b; fazt=${session}` }), "owner owner");
  }),
);

Deno.test(
  "a wrong key is not made good by a cookie",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const cookie = `fazt=${await signIn(services)}`;
    assert.equal(await ask({ cookie }), "owner owner");
    assert.equal(await ask({ cookie, authorization: "Bearer fazt_wrong" }), "401");
  }),
);

Deno.test(
  "a key and a session stop working the moment they end",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const key = await services.keys.create({ name: "ci", scopes: ["read"], expiresIn: "1h" });
    const session = await signIn(services);
    await services.sessions.revoke(services.sessions.verify(session)!.session!.id);
    assert.equal(await ask({ cookie: `fazt=${session}` }), "401");
    t.now += 3_600_000;
    assert.equal(await ask({ authorization: `Bearer ${key.token}` }), "401");
  }),
);

Deno.test(
  "the local token is taken from this machine's addresses only",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const headers = { authorization: `Bearer ${services.localToken.value}` };
    for (const address of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]) {
      assert.equal(await ask(headers, { address }), "local local", address);
    }
    const elsewhere = [
      "203.0.113.9",
      "10.0.0.1",
      "128.0.0.1",
      "12.7.0.1",
      "::",
      "::2",
      "fe80::1",
      "::ffff:10.0.0.1",
      "2001:db8::127.0.0.1",
    ];
    for (const address of elsewhere) assert.equal(await ask(headers, { address }), "401", address);
    const forwarded = { ...headers, "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1" };
    assert.equal(await ask(forwarded), "401");
    assert.equal(await ask({ ...headers, forwarded: "for=127.0.0.1" }), "401");
  }),
);

Deno.test(
  "the local token is refused where the address is not known",
  withApps(async (t) => {
    const { services } = doorOf(t);
    const app = new Hono<ApiEnv>();
    app.onError((_, c) => c.body(null, 401));
    app.use(requirePrincipal(services as unknown as ApiServices));
    app.get("/api", (c) => c.body(null, 200));
    const headers = { authorization: `Bearer ${services.localToken.value}` };
    const answer = await app.request(`${ORIGIN}/api`, { headers }, { address: undefined });
    assert.equal(answer.status, 401);
  }),
);

Deno.test(
  "on HTTPS only the cookie that no other host can set is read",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const session = await signIn(services);
    const origin = "https://admin.example.com";
    assert.equal(await ask({ cookie: `fazt=${session}` }, { origin }), "401");
    assert.equal(await ask({ cookie: `__Host-fazt=${session}` }, { origin }), "owner owner");
    assert.equal(await ask({ cookie: `__Host-fazt=${session}` }), "401");
    assert.equal(cookieName("https://admin.example.com/x"), "__Host-fazt");
    assert.equal(cookieName("http://admin.localhost/x"), "fazt");
  }),
);

Deno.test(
  "a cookie counts only for what the dashboard's own pages ask",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const cookie = `fazt=${await signIn(services)}`;
    const cases: readonly [string, Record<string, string>, string][] = [
      ["GET", {}, "owner owner"],
      ["GET", { "sec-fetch-site": "same-origin" }, "owner owner"],
      ["GET", { "sec-fetch-site": "none" }, "owner owner"],
      ["GET", { "sec-fetch-site": "same-site" }, "403"],
      ["GET", { "sec-fetch-site": "cross-site" }, "403"],
      ["POST", { origin: ORIGIN }, "owner owner"],
      ["POST", { origin: ORIGIN, "sec-fetch-site": "same-origin" }, "owner owner"],
      ["POST", { origin: ORIGIN, "sec-fetch-site": "cross-site" }, "403"],
      ["POST", { origin: ORIGIN, "sec-fetch-site": "none" }, "403"],
      ["POST", {}, "403"],
      ["POST", { "sec-fetch-site": "same-origin" }, "403"],
      ["POST", { origin: "null" }, "403"],
      ["POST", { origin: "http://blog.localhost:8080" }, "403"],
      ["POST", { origin: "http://admin.localhost" }, "403"],
      ["POST", { origin: "https://admin.localhost:8080" }, "403"],
      ["POST", { origin: `${ORIGIN}.evil.example` }, "403"],
      ["POST", { referer: `${ORIGIN}/` }, "403"],
      ["DELETE", {}, "403"],
      ["PUT", { origin: "http://evil.example" }, "403"],
      ["PATCH", { origin: ORIGIN }, "owner owner"],
    ];
    for (const [method, headers, expected] of cases) {
      const got = await ask({ cookie, ...headers }, { method });
      assert.equal(got, expected, `${method} ${JSON.stringify(headers)}`);
    }
  }),
);

Deno.test(
  "a key is nobody's cookie: it works from any origin",
  withApps(async (t) => {
    const { ask, services } = doorOf(t);
    const { token } = await services.keys.create({ name: "ci", scopes: ["deploy"] });
    const headers = {
      authorization: `Bearer ${token}`,
      origin: "http://evil.example",
      "sec-fetch-site": "cross-site",
    };
    assert.equal(await ask(headers, { method: "POST" }), "key ci");
  }),
);

Deno.test("who is sent away from another site is told so and nothing more", () => {
  const foreign = new Request(`${ORIGIN}/api`, { method: "POST" });
  assert.throws(() => refuseForeign(foreign), {
    code: "FORBIDDEN",
    status: 403,
    message: "Cannot do this from another site",
  });
});
