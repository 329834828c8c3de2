import { Hono } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { isId } from "../../lib/ids.ts";
import { z } from "../../lib/zod.ts";
import { appFor, need } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const runInput = z.object({
  method: z.string().regex(/^[A-Z]{1,16}$/).default("GET"),
  path: z.string().max(8192).regex(/^\/api(?:[/?]|$)/, "must begin with /api").default("/api"),
  headers: z.record(z.string(), z.string()).default({}),
  /** Text of the body. */
  body: z.string().optional(),
  /** Whom the app shall take the caller for. */
  user: z.string().refine((text) => isId("usr", text), "must be an id such as usr_…").optional(),
});

describe({
  "POST /api/apps/{ref}/run": {
    does: "Calls an app's server code",
    scope: "app:deploy",
    body: runInput,
    gives: "Its answer, the body in base64",
    errors: { 504: "The code took too long" },
  },
});

/** `POST /api/apps/{ref}/run`: calls an app's server code as the command line. */
export function appRunRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post("/:ref/run", async (c) => {
    const { id, name } = appFor(c, services, "deploy");
    const input = await readJson(c, runInput);
    if (input.user !== undefined) need(c, "admin");
    services.ownership.gone.admit({ appId: id, userId: input.user });
    const app = services.apps.runnable(id);
    if (app === undefined) {
      throw new FaztError("NOT_FOUND", `Cannot run ${name}: it has no server code`, {
        hint: "server code is api/main.ts or api/main.js",
      });
    }
    const began = performance.now();
    const response = await services.runner.handle(app, requestOf(app.url, input), {
      requestId: services.newRequestId(),
      trigger: "cli",
      userId: input.user,
    });
    const body = new Uint8Array(await response.arrayBuffer());
    return c.json({
      data: {
        status: response.status,
        headers: [...response.headers],
        body: body.toBase64(),
        ms: Math.round((performance.now() - began) * 10) / 10,
      },
    });
  });
  return routes;
}

function requestOf(url: string, input: z.output<typeof runInput>): Request {
  try {
    return new Request(new URL(input.path, url), {
      method: input.method,
      headers: input.headers,
      body: input.body ?? null,
    });
  } catch (cause) {
    throw new FaztError(
      "INVALID",
      "Cannot make this request: method, headers and body do not fit",
      {
        cause,
      },
    );
  }
}
