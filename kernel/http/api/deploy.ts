import { type Context, Hono } from "hono";
import { isCid } from "../../fs/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { authorize } from "../../security/mod.ts";
import { actorOf, allowDeploy } from "./guards.ts";
import { bodyOf, present, readBytes, readJson, uploadOf } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

/** Largest list of files, bytes of JSON. */
const MAX_LIST = 8 * MIB;

const options = {
  name: z.string().max(63).optional(),
  app: z.string().max(64).optional(),
  message: z.string().max(1000).optional(),
};
const listInput = z.object({
  ...options,
  approve: z.boolean().optional(),
  preview: z.boolean().optional(),
  source: z.string().max(1000).optional(),
  files: z.array(z.object({
    path: z.string().max(4096),
    cid: z.string().refine(isCid, "is not a cid"),
    size: z.int().min(0),
  })),
});
const zipInput = z.object({
  ...options,
  approve: z.stringbool().optional(),
  preview: z.stringbool().optional(),
});

describe({
  "POST /api/deploy": {
    does: "Deploys: a list of files whose blobs the node has, or a zip",
    scope: "app:deploy",
    body: listInput,
    gives: "`missing` cids (200), or what was deployed (201)",
    status: 201,
    errors: {
      200: "Blobs are missing: send each, then repeat",
      409: "A blob went away meanwhile, or the name is taken",
      413: "Too large, or a zip bomb",
      507: "The disk is full",
    },
  },
  "PUT /api/blobs/{cid}": {
    does: "Uploads one blob, checked against its id",
    scope: "app:deploy",
    body: "bytes",
    gives: "Its id and size",
    status: 201,
    errors: { 507: "The disk is full" },
  },
});

/** `POST /api/deploy` and `PUT /api/blobs/{cid}`. */
export function deployRoutes(services: ApiServices): Hono<ApiEnv> {
  const { apps, vfs, settings } = services;
  const routes = new Hono<ApiEnv>();

  const allow = (c: Context<ApiEnv>, target: { name?: string; app?: string }) => {
    allowDeploy(services, c.get("principal"), target);
  };

  routes.post("/deploy", async (c) => {
    const type = c.req.header("content-type") ?? "";
    if (/^(?:multipart\/form-data|application\/zip)\b/i.test(type)) return await deployZip(c, type);
    const input = present(await readJson(c, listInput, MAX_LIST));
    allow(c, input as { name?: string; app?: string });
    const result = await apps.deploy(input as Parameters<typeof apps.deploy>[0], actorOf(c));
    return c.json({ data: result }, "missing" in result ? 200 : 201);
  });

  async function deployZip(c: Context<ApiEnv>, type: string): Promise<Response> {
    let fields: unknown = c.req.query();
    let body: ReadableStream<Uint8Array> | undefined;
    if (/^multipart/i.test(type)) {
      const max = settings.get("limits.deploy.inflatedMb") * MIB;
      const bytes = await readBytes(c.req.raw, max, uploadOf(c));
      const form = await new Response(bytes, { headers: { "content-type": type } }).formData()
        .catch(() => undefined);
      const file = form?.get("file");
      if (!(file instanceof File)) {
        throw new FaztError("BAD_REQUEST", 'Cannot deploy: the form has no field "file"', {
          hint: "curl -F file=@site.zip …/api/deploy",
        });
      }
      body = file.stream();
      fields = Object.fromEntries([...form!].filter(([, value]) => typeof value === "string"));
    }
    const parsed = zipInput.safeParse(fields);
    if (!parsed.success) {
      throw new FaztError("INVALID", "Cannot deploy: a field is wrong", {
        hint: "fields are name, app, message, approve and preview (true or false)",
        details: parsed.error.issues.map(({ path, message }) => ({
          path: path.join("."),
          message,
        })),
      });
    }
    const input = present(parsed.data) as { name?: string; app?: string };
    allow(c, input);
    return c.json(
      { data: await apps.deployZip(body ?? bodyOf(c.req.raw, uploadOf(c)), input, actorOf(c)) },
      201,
    );
  }

  routes.put("/blobs/:cid", async (c) => {
    const principal = c.get("principal");
    // Content alone changes nothing, so a key for any app may bring it.
    if (!principal.scopes.some((scope) => scope === "admin" || scope.startsWith("deploy"))) {
      authorize(principal, { scope: "deploy" });
    }
    const cid = c.req.param("cid");
    if (!isCid(cid)) {
      throw new FaztError("INVALID", "Cannot store this: its name is not a cid", {
        hint: "a cid is the file's CIDv1 in base32, such as bafkrei…",
      });
    }
    const maxBytes = settings.get("limits.vfs.fileMb") * MIB;
    return c.json({ data: await vfs.put(cid, bodyOf(c.req.raw, uploadOf(c)), { maxBytes }) }, 201);
  });
  return routes;
}
