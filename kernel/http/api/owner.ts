import { type Context, Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { MAX_PASSWORD } from "../../security/mod.ts";
import { siteOf } from "../middleware/principal.ts";
import { need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const passkeyName = z.string().trim().min(1).max(64)
  // Shown in lists: no line breaks, nothing that turns the direction of what follows.
  .regex(/^[^\p{C}]+$/u, "must be plain text");
const nameInput = z.strictObject({ name: z.string().max(64) });
const passwordInput = z.strictObject({ password: z.string().max(MAX_PASSWORD * 2) });
const codeInput = z.strictObject({ code: z.string().max(64) });
const passkeyInput = z.strictObject({
  name: passkeyName,
  response: z.looseObject({ id: z.string().max(2000), response: z.looseObject({}) }),
});
const renameInput = z.strictObject({ name: passkeyName });

describe({
  "GET /api/owner": {
    does: "What the owner signs in with",
    scope: "admin",
    gives: "Name, and which credentials there are; none of them",
  },
  "PATCH /api/owner": {
    does: "Gives the owner another name",
    scope: "admin",
    body: nameInput,
    gives: "The same as GET",
  },
  "PUT /api/owner/password": {
    does: "Sets the password and signs out everywhere else",
    scope: "admin",
    body: passwordInput,
    gives: "How many sessions ended",
  },
  "DELETE /api/owner/password": {
    does: "Goes without a password",
    scope: "admin",
    errors: { 409: "There is no passkey" },
    gives: "The same as GET /api/owner",
  },
  "POST /api/owner/totp": {
    does: "Begins to ask for codes of an authenticator",
    scope: "admin",
    status: 201,
    errors: { 409: "There is no password" },
    gives: "The secret and its otpauth address",
  },
  "POST /api/owner/totp/confirm": {
    does: "Asks for codes from now on",
    scope: "admin",
    body: codeInput,
    errors: { 409: "None was begun" },
    gives: "Recovery codes, which are shown this once",
  },
  "DELETE /api/owner/totp": {
    does: "Asks for codes no longer",
    scope: "admin",
    gives: "The same as GET /api/owner",
  },
  "POST /api/owner/recovery-codes": {
    does: "Makes new recovery codes",
    scope: "admin",
    status: 201,
    errors: { 409: "Codes are not asked for" },
    gives: "Codes, which are shown this once",
  },
  "POST /api/owner/passkeys/options": {
    does: "Begins to make a passkey",
    scope: "admin",
    gives: "PublicKeyCredentialCreationOptionsJSON",
  },
  "POST /api/owner/passkeys": {
    does: "Keeps a passkey",
    scope: "admin",
    body: passkeyInput,
    status: 201,
    errors: { 409: "It is here already, or there are too many" },
    gives: "The passkey",
  },
  "PATCH /api/owner/passkeys/{id}": {
    does: "Gives a passkey another name",
    scope: "admin",
    body: renameInput,
    gives: "The passkey",
  },
  "DELETE /api/owner/passkeys/{id}": {
    does: "Forgets a passkey",
    scope: "admin",
    gives: "Its id",
  },
});

/**
 * `/api/owner`: the owner's name and what they sign in with. No answer has any of it, but what is
 * shown once. Every change needs a fresh proof (`dangerous.ts`).
 */
export function ownerRoutes(services: ApiServices): Hono<ApiEnv> {
  const { owner, passkeys } = services;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  const user = () => ({ id: "usr_owner", name: owner.name });
  const record = (c: Context<ApiEnv>, action: string, target?: string) =>
    recordChange(c, services, target === undefined ? { action } : { action, target });
  // A challenge is good for the session it was made for.
  const registering = (c: Context<ApiEnv>) =>
    `register ${c.get("principal").session?.id ?? c.get("principal").id}` as const;

  routes.get("/", (c) => c.json({ data: owner.info() }));
  routes.patch("/", async (c) => {
    const { name } = await readJson(c, nameInput);
    await owner.rename(name);
    record(c, "owner.rename", name);
    return c.json({ data: owner.info() });
  });

  routes.put("/password", async (c) => {
    const { password } = await readJson(c, passwordInput);
    const ended = await owner.setPassword(password, c.get("principal").session?.id);
    recordChange(c, services, { action: "owner.password", details: { ended } });
    return c.json({ data: { ended } });
  });
  routes.delete("/password", async (c) => {
    await owner.dropPassword();
    record(c, "owner.no-password");
    return c.json({ data: owner.info() });
  });

  routes.post("/totp", async (c) => {
    const begun = await owner.beginCodes();
    record(c, "owner.codes-begin");
    return c.json({ data: begun }, 201);
  });
  routes.post("/totp/confirm", async (c) => {
    const { code } = await readJson(c, codeInput);
    const recoveryCodes = await owner.confirmCodes(code);
    record(c, "owner.codes-on");
    return c.json({ data: { recoveryCodes } });
  });
  routes.delete("/totp", async (c) => {
    if (!await owner.dropCodes()) {
      throw new FaztError("NOT_FOUND", "Codes are not asked for", {
        hint: "there is nothing to turn off",
      });
    }
    record(c, "owner.codes-off");
    return c.json({ data: owner.info() });
  });
  routes.post("/recovery-codes", async (c) => {
    const recoveryCodes = await owner.renewRecoveryCodes();
    record(c, "owner.recovery-codes");
    return c.json({ data: { recoveryCodes } }, 201);
  });

  routes.post("/passkeys/options", (c) =>
    c.json({
      data: passkeys.registrationOptions(user(), {
        site: siteOf(c.req.raw),
        purpose: registering(c),
      }),
    }));
  routes.post("/passkeys", async (c) => {
    const { name, response } = await readJson(c, passkeyInput);
    const passkey = await passkeys.register(user(), {
      site: siteOf(c.req.raw),
      purpose: registering(c),
      name,
      response,
    });
    record(c, "owner.passkey-add", name);
    return c.json({ data: passkey }, 201);
  });
  routes.patch("/passkeys/:id", async (c) => {
    const { name } = await readJson(c, renameInput);
    const passkey = await passkeys.rename("usr_owner", c.req.param("id"), name);
    record(c, "owner.passkey-rename", name);
    return c.json({ data: passkey });
  });
  routes.delete("/passkeys/:id", async (c) => {
    const id = c.req.param("id");
    const gone = owner.info().passkeys.find((one) => one.id === id);
    await passkeys.remove("usr_owner", id);
    record(c, "owner.passkey-remove", gone?.name);
    return c.json({ data: { id } });
  });
  return routes;
}
