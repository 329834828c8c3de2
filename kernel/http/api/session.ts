import { type Context, Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { MAX_PASSWORD, type SignedIn, stepUpOf, type Visitor } from "../../security/mod.ts";
import { refuseForeign, siteOf } from "../middleware/principal.ts";
import { dropSessionCookie, setSessionCookie } from "../middleware/session_cookie.ts";
import { deviceOf } from "./device.ts";
import { need, recordChange } from "./guards.ts";
import { readJson, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

/** Longest password that is looked at: what is longer was never set. */
const password = z.string().max(MAX_PASSWORD * 2);
const code = z.string().max(64);
const passkey = z.looseObject({ id: z.string().max(2000), response: z.looseObject({}) });
const link = z.string().max(200);
const signInInput = z.union([
  z.strictObject({ token: link }),
  z.strictObject({ name: z.string().max(200).optional(), password, code: code.optional() }),
]);
const passkeyInput = z.strictObject({ response: passkey });
const proofInput = z.union([
  z.strictObject({ password }),
  z.strictObject({ code }),
  z.strictObject({ passkey }),
  z.strictObject({ token: link }),
]);
const endQuery = z.object({ others: z.enum(["0", "1"]).optional() });

describe({
  "GET /api/sign-in": {
    does: "Which ways to sign in are set up on this node",
    scope: "none",
    gives: "password, passkeys and link, each true or false",
  },
  "POST /api/session": {
    does: "Signs the owner in by an owner link, or by password and code",
    scope: "none",
    body: signInInput,
    gives: "Who is signed in; sets the cookie",
    status: 201,
    errors: {
      401: "It is wrong, whatever it is; CODE_REQUIRED where only the code is missing",
      429: "Too many tries failed",
    },
  },
  "POST /api/session/passkey/options": {
    does: "Begins a sign-in by passkey",
    scope: "none",
    gives: "PublicKeyCredentialRequestOptionsJSON",
  },
  "POST /api/session/passkey": {
    does: "Signs the owner in by passkey",
    scope: "none",
    body: passkeyInput,
    gives: "Who is signed in; sets the cookie",
    status: 201,
    errors: { 401: "The answer is not right, or not any more" },
  },
  "GET /api/session": {
    does: "Who the caller is",
    scope: "any",
    gives: "Kind, name and scopes; of a session also how long it and its proof last",
  },
  "DELETE /api/session": {
    does: "Signs out",
    scope: "any",
    gives: "That nobody is signed in",
  },
  "GET /api/sessions": {
    does: "Where the owner is signed in",
    scope: "admin",
    gives: "Sessions, the one used last first",
  },
  "DELETE /api/sessions": {
    does: "Signs the owner out everywhere, or with others=1 everywhere else",
    scope: "admin",
    query: endQuery,
    gives: "How many sessions ended",
  },
  "DELETE /api/sessions/{id}": {
    does: "Ends one session",
    scope: "admin",
    gives: "Its id, and whether it was the caller's own",
  },
  "POST /api/step-up": {
    does: "Proves again who is signed in, for what is dangerous",
    scope: "admin",
    body: proofInput,
    gives: "Until when the proof counts",
    errors: { 401: "The proof is wrong", 429: "Too many tries failed" },
  },
  "POST /api/step-up/passkey/options": {
    does: "Begins a proof by passkey",
    scope: "admin",
    gives: "PublicKeyCredentialRequestOptionsJSON",
  },
  "POST /api/owner-links": {
    does: "Makes a link that signs the owner in once, within 30 minutes",
    scope: "admin",
    gives: "The link",
    status: 201,
  },
});

/** Who is at the other end. */
function visitorOf(c: Context<ApiEnv>): Visitor {
  const { address, counted } = c.env;
  return {
    address,
    counted,
    agent: c.req.header("user-agent"),
    instead: c.get("principal")?.session?.id,
  };
}

/** JSON has no Infinity: null says that nothing is asked, where there is nothing to ask for. */
const shownUntil = (until: number | null) => until === Infinity ? null : until;

/** Signing in: the routes without a credential. */
export function signInRoutes(services: ApiServices): Hono<ApiEnv> {
  const { owner, passkeys, sessions, signIn, stepUp } = services;
  const routes = new Hono<ApiEnv>();

  const provedUntil = (token: string) => {
    const principal = sessions.verify(token);
    return principal ? shownUntil(stepUp.provenUntil(principal)) : null;
  };
  const done = (c: Context<ApiEnv>, session: SignedIn) => {
    setSessionCookie(c, session, services.clock());
    const { expiresAt, method } = session;
    const methods = owner.methods();
    return c.json({
      data: {
        kind: "owner",
        method,
        expiresAt,
        provedUntil: provedUntil(session.token),
        credentials: methods.length > 0,
      },
    }, 201);
  };

  routes.get("/sign-in", (c) => {
    const methods = owner.methods();
    return c.json({
      data: {
        password: methods.includes("password"),
        passkeys: methods.includes("passkey"),
        link: true,
      },
    });
  });
  routes.post("/session", async (c) => {
    refuseForeign(c.req.raw);
    const input = await readJson(c, signInInput);
    const visitor = visitorOf(c);
    return done(
      c,
      "token" in input
        ? await signIn.byLink(input.token, visitor)
        : await signIn.byPassword(input, visitor),
    );
  });
  routes.post("/session/passkey/options", (c) => {
    refuseForeign(c.req.raw);
    const site = siteOf(c.req.raw);
    return c.json({ data: passkeys.requestOptions({ site, purpose: "sign-in" }) });
  });
  routes.post("/session/passkey", async (c) => {
    refuseForeign(c.req.raw);
    const { response } = await readJson(c, passkeyInput);
    const site = siteOf(c.req.raw);
    return done(c, await signIn.byPasskey(response, site, visitorOf(c)));
  });
  return routes;
}

/** `/api/session`, `/api/sessions` and `/api/step-up` of who is signed in, and owner links. */
export function sessionRoutes(services: ApiServices): Hono<ApiEnv> {
  const { owner, passkeys, sessions, signIn, stepUp } = services;
  const routes = new Hono<ApiEnv>();

  routes.get("/session", (c) => {
    const principal = c.get("principal");
    const { kind, name, scopes, session } = principal;
    if (session === undefined) return c.json({ data: { kind, name, scopes } });
    const methods = owner.methods();
    return c.json({
      data: {
        kind,
        name: owner.name,
        scopes,
        sessionId: session.id,
        expiresAt: session.expiresAt,
        provedUntil: shownUntil(stepUp.provenUntil(principal)),
        credentials: methods.length > 0,
        methods,
      },
    });
  });
  routes.delete("/session", async (c) => {
    const { session } = c.get("principal");
    if (session !== undefined) {
      await sessions.revoke(session.id);
      recordChange(c, services, { action: "session.end", target: session.id });
    }
    dropSessionCookie(c);
    return c.json({ data: { signedOut: true } });
  });

  routes.get("/sessions", (c) => {
    need(c, "admin");
    const current = c.get("principal").session?.id;
    return c.json({
      data: sessions.list().map((one) => ({
        ...one,
        device: deviceOf(one.agent ?? ""),
        current: one.id === current,
      })),
    });
  });
  routes.delete("/sessions", async (c) => {
    need(c, "admin");
    const current = c.get("principal").session?.id;
    const others = readQuery(c, endQuery).others === "1";
    const ended = await sessions.revokeAll(others ? current : undefined);
    recordChange(c, services, { action: "session.end-all", details: { ended, others } });
    if (!others && current !== undefined) dropSessionCookie(c);
    return c.json({ data: { ended } });
  });
  routes.delete("/sessions/:id", async (c) => {
    need(c, "admin");
    const id = c.req.param("id");
    if (!await sessions.revoke(id)) throw noSuchSession();
    const current = id === c.get("principal").session?.id;
    recordChange(c, services, { action: "session.end", target: id });
    if (current) dropSessionCookie(c);
    return c.json({ data: { id, current } });
  });

  routes.post("/step-up", async (c) => {
    need(c, "admin");
    const proof = await readJson(c, proofInput);
    const principal = c.get("principal");
    const token = c.get("sessionToken");
    // Who carries a key proves with every request what it is.
    if (token === undefined) return c.json({ data: { until: null } });
    const site = siteOf(c.req.raw);
    const renewed = await signIn.stepUp({ principal, token }, proof, {
      site,
      visitor: visitorOf(c),
    });
    setSessionCookie(c, renewed, services.clock());
    const proven = sessions.verify(renewed.token, c.env.address);
    return c.json({ data: { until: proven ? shownUntil(stepUp.provenUntil(proven)) : null } });
  });
  routes.post("/step-up/passkey/options", (c) => {
    need(c, "admin");
    const purpose = stepUpOf(c.get("principal"));
    return c.json({
      data: passkeys.requestOptions({ site: siteOf(c.req.raw), purpose }),
    });
  });

  routes.post("/owner-links", async (c) => {
    need(c, "admin");
    const { token, expiresAt } = await sessions.createLink();
    recordChange(c, services, { action: "owner-link.create" });
    return c.json({ data: { url: `${services.adminUrl()}/welcome#${token}`, expiresAt } }, 201);
  });
  return routes;
}

function noSuchSession(): FaztError {
  return new FaztError("NOT_FOUND", "There is no such session", {
    hint: "it has ended; the list of sessions names those that have not",
  });
}
