import { Hono } from "hono";
import { isId } from "../../lib/ids.ts";
import { z } from "../../lib/zod.ts";
import { callApp } from "./call_app.ts";
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
    const app = appFor(c, services, "deploy");
    const input = await readJson(c, runInput);
    if (input.user !== undefined) need(c, "admin");
    const { status, headers, body, ms } = await callApp(services, app, input);
    return c.json({ data: { status, headers, body: body.toBase64(), ms } });
  });
  return routes;
}
