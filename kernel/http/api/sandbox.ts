import { type Context, Hono } from "hono";
import { MIB } from "../../lib/bytes.ts";
import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { execShape, type SandboxOwner } from "../../sandbox/mod.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

/** `input` is JSON; a date in it is `{"$date": ms}`, bytes are `{"$bytes": base64}`. */
const execInput = z.strictObject({
  ...execShape,
  input: z.unknown().optional(),
  app: z.string().min(1).max(64).optional(),
});
const validateInput = z.object({ code: z.string() });
/** Code and input together; their own limits are checked after. */
const MAX_BODY = 12 * MIB;

describe({
  "POST /api/sandbox/exec": {
    does: "Runs code with nothing, or with grants of an app",
    scope: "admin",
    body: execInput,
    gives: "Its value and what it printed",
    errors: { 504: "The code took too long" },
  },
  "POST /api/sandbox/validate": {
    does: "Looks whether code could run",
    scope: "admin",
    body: validateInput,
    gives: "What is wrong with it",
  },
});

/** `/api/sandbox`: runs code in nobody's name, or in that of an app with grants of that app. */
export function sandboxRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  // Read at every call: the routes are also listed where there is no node.
  const sandboxes = () => services.services.sandboxes;
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.post("/exec", async (c) => {
    const { app, input, ...rest } = await readJson(c, execInput, MAX_BODY);
    const owner = ownerOf(c, services, app);
    const record = (result: string) =>
      recordChange(c, services, {
        action: "sandbox.exec",
        target: owner.app?.name,
        details: { appId: owner.app?.id, capabilities: rest.capabilities, result },
      });
    try {
      const { value, ...done } = await sandboxes().exec(owner, {
        ...rest,
        ...(input === undefined ? {} : { input: JSON.stringify(input) }),
      });
      record("ok");
      return c.json({
        data: { ...done, ...(value === undefined ? {} : { value: readValue(value) }) },
      });
    } catch (error) {
      record(toFaztError(error).code);
      throw error;
    }
  });
  routes.post("/validate", async (c) => {
    const { code } = await readJson(c, validateInput, MAX_BODY);
    return c.json({ data: await sandboxes().validate(ownerOf(c, services, undefined), code) });
  });
  return routes;
}

function ownerOf(c: Context<ApiEnv>, services: ApiServices, ref: string | undefined): SandboxOwner {
  const person = {
    requestId: services.newRequestId(),
    userId: actorOf(c).userId,
    signal: c.req.raw.signal,
  };
  if (ref === undefined) return { ...person, app: undefined, grants: new Set() };
  const { id } = services.apps.info(ref);
  return {
    ...person,
    app: services.services.sandboxApp(id),
    grants: new Set(heldBy(services, id)),
  };
}

/** What an app holds: approved, and still asked for. */
function heldBy({ apps }: ApiServices, id: string): readonly string[] {
  const { approved, requested } = apps.grants(id);
  return approved.filter((grant) => requested.includes(grant));
}

/** The value as JSON. What an isolate sent is not believed to be that. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FaztError("SANDBOX_ERROR", "Cannot run the code: it tampered with its own value", {
      status: 422,
      cause,
    });
  }
}
