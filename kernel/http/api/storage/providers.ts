import { Hono } from "hono";
import { FaztError } from "../../../lib/fazt_error.ts";
import { z } from "../../../lib/zod.ts";
import { actorOf, need, recordChange } from "../guards.ts";
import { readJson } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";
import { describe } from "../../openapi/mod.ts";

const providerInput = z.object({
  name: z.string().max(64),
  endpoint: z.string().max(2048),
  region: z.string().max(64).regex(/^[\w-]+$/, "is no region").default("us-east-1"),
  bucket: z.string().max(255),
  accessKeyId: z.string().min(1).max(256).regex(/^[\x21-\x7e]+$/, "is no key id"),
  // Its form is judged where secrets are kept: no message here may repeat any of it.
  secretAccessKey: z.string(),
  pathStyle: z.boolean().default(true),
});

describe({
  "GET /api/storage-providers": {
    does: "Buckets elsewhere, without their keys",
    scope: "admin",
    gives: "Providers",
  },
  "POST /api/storage-providers": {
    does: "Adds a bucket",
    scope: "admin",
    body: providerInput,
    gives: "The provider without its key",
    status: 201,
    errors: { 409: "The name is taken" },
  },
  "DELETE /api/storage-providers/{name}": {
    does: "Removes a bucket",
    scope: "admin",
    gives: "Its name",
  },
});

/** `/api/storage-providers`: buckets elsewhere that apps may name. No answer has a key in it. */
export function storageProviderRoutes(services: ApiServices): Hono<ApiEnv> {
  const providers = () => services.storage.s3.providers;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/", (c) => c.json({ data: providers().list() }));
  routes.post("/", async (c) => {
    const { secretAccessKey, ...info } = await readJson(c, providerInput);
    const { userId } = actorOf(c);
    const added = await providers().add(info, { secretAccessKey, userId });
    const details = { endpoint: added.endpoint, bucket: added.bucket };
    recordChange(c, services, { action: "storage.provider.add", target: added.name, details });
    return c.json({ data: added }, 201);
  });
  routes.delete("/:name", async (c) => {
    const name = c.req.param("name");
    if (!await providers().remove(name)) {
      throw new FaztError("NOT_FOUND", `There is no provider ${name}`, {
        hint: "fazt storage provider list shows every one",
      });
    }
    recordChange(c, services, { action: "storage.provider.remove", target: name });
    return c.json({ data: { name } });
  });
  return routes;
}
