import { type Context, Hono } from "hono";
import { FaztError } from "../../../lib/fazt_error.ts";
import { isId, SYSTEM_USER } from "../../../lib/ids.ts";
import { z } from "../../../lib/zod.ts";
import type { Owner } from "../../../storage/mod.ts";
import { answerObject } from "../../object_answer.ts";
import { appFor, need, recordChange } from "../guards.ts";
import { bodyOf, lengthOf, queryInt, readJson, readQuery, uploadOf } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";
import { describe } from "../../openapi/mod.ts";

const user = z.string().refine((text) => isId("usr", text), "must be an id such as usr_…")
  .optional();
const userQuery = z.object({ user });
const listQuery = z.object({
  user,
  prefix: z.string().max(4096).default(""),
  limit: queryInt.pipe(z.int().min(1)).optional(),
  cursor: z.string().max(4096).optional(),
  delimiter: z.literal("/").optional(),
});
const urlInput = z.object({
  user,
  path: z.string().max(4096),
  method: z.enum(["GET", "PUT"]).optional(),
  expiresMs: z.number().optional(),
  download: z.union([z.string().max(255), z.boolean()]).optional(),
  maxBytes: z.int().min(0).optional(),
  type: z.string().max(512).optional(),
});
const place = z.string().max(500).regex(/^(?:internal|external:s3:\/\/[^\s]+)$/, "is no place");
const migrateInput = z.object({
  from: place.optional(),
  to: place,
  cursor: z.string().max(4096).optional(),
});

describe({
  "GET /api/storage/{ref}/s3": {
    does: "Objects by prefix",
    scope: "app:read",
    query: listQuery,
    gives: "Objects and prefixes",
  },
  "POST /api/storage/{ref}/s3-url": {
    does: "Signs an address of an object",
    scope: "app:admin",
    body: urlInput,
    gives: "The address",
    status: 201,
  },
  "POST /api/storage/{ref}/s3-migrate": {
    does: "Moves some objects to another place",
    scope: "app:admin",
    body: migrateInput,
    gives: "How many, and where to go on",
  },
  "GET /api/storage/{ref}/s3/{path}": {
    does: "An object",
    scope: "app:read",
    query: userQuery,
    gives: "Its bytes",
    type: "application/octet-stream",
  },
  "PUT /api/storage/{ref}/s3/{path}": {
    does: "Stores an object",
    scope: "app:admin",
    query: userQuery,
    body: "bytes",
    gives: "The object",
    status: 201,
  },
  "DELETE /api/storage/{ref}/s3/{path}": {
    does: "Deletes an object",
    scope: "app:admin",
    query: userQuery,
    gives: "Its path",
  },
});

/** `/api/storage/{app}/s3`: an app's objects, as the owner sees them. */
export function storageS3Routes(services: ApiServices): Hono<ApiEnv> {
  const store = () => services.storage.s3;
  const routes = new Hono<ApiEnv>();
  /** Whose objects a request is about; one person's are for admins only. */
  const owner = (c: Context<ApiEnv>, scope: "read" | "admin", userId: string | undefined) => {
    const { id } = appFor(c, services, scope);
    if (userId !== undefined) need(c, "admin");
    return { appId: id, userId: userId ?? SYSTEM_USER };
  };
  const record = (c: Context<ApiEnv>, action: string, of: Owner & { readonly path?: string }) =>
    recordChange(c, services, {
      action: `storage.s3.${action}`,
      target: of.appId,
      details: { path: of.path, ...(of.userId === SYSTEM_USER ? {} : { user: of.userId }) },
    });

  routes.get("/:ref/s3", async (c) => {
    const { user, prefix, ...options } = readQuery(c, listQuery);
    return c.json({ data: await store().list(owner(c, "read", user), prefix, options) });
  });
  routes.post("/:ref/s3-url", async (c) => {
    const { appId } = owner(c, "admin", undefined);
    const { user, path, ...options } = await readJson(c, urlInput);
    const of = { appId, userId: user ?? SYSTEM_USER };
    const url = store().url(of, path, options);
    record(c, "url", { ...of, path });
    return c.json({ data: { url } }, 201);
  });
  routes.post("/:ref/s3-migrate", async (c) => {
    const of = owner(c, "admin", undefined);
    const input = await readJson(c, migrateInput);
    const data = await store().migrate(of.appId, input);
    if (data.cursor === undefined) {
      const details = { from: input.from, to: input.to };
      recordChange(c, services, { action: "storage.s3.migrate", target: of.appId, details });
    }
    return c.json({ data });
  });

  routes.get("/:ref/s3/:path{.+}", async (c) => {
    const of = owner(c, "read", readQuery(c, userQuery).user);
    const head = await store().head(of, c.req.param("path"));
    if (head === undefined) throw missing(c.req.param("path"));
    return await answerObject(c.req.raw, store(), {
      owner: of,
      head,
      always: [["cache-control", "no-store"]],
      content: [
        // What people upload must never run as the dashboard's own.
        ["content-type", "application/octet-stream"],
        ["content-disposition", "attachment"],
        ["x-file-type", head.type],
        ["x-file-metadata", encodeURIComponent(JSON.stringify(head.metadata))],
      ],
    });
  });
  routes.put("/:ref/s3/:path{.+}", async (c) => {
    const of = owner(c, "admin", readQuery(c, userQuery).user);
    const size = lengthOf(c.req.raw);
    const head = await store().put(of, c.req.param("path"), {
      body: bodyOf(c.req.raw, uploadOf(c)),
      // The type of the request itself is that of any bytes.
      type: c.req.header("x-file-type"),
      size,
    });
    record(c, "put", { ...of, path: head.path });
    return c.json({ data: head }, 201);
  });
  routes.delete("/:ref/s3/:path{.+}", async (c) => {
    const of = owner(c, "admin", readQuery(c, userQuery).user);
    const path = c.req.param("path");
    if (!await store().delete(of, path)) throw missing(path);
    record(c, "delete", { ...of, path });
    return c.json({ data: { path } });
  });
  return routes;
}

function missing(path: string): FaztError {
  return new FaztError("NOT_FOUND", `There is no object "${path.slice(0, 200)}"`, {
    hint: "fazt storage s3 list APP shows what there is",
  });
}
