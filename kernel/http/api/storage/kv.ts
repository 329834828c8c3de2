import { Hono } from "hono";
import { MIB } from "../../../lib/bytes.ts";
import { parseDuration } from "../../../lib/duration.ts";
import { FaztError } from "../../../lib/fazt_error.ts";
import { z } from "../../../lib/zod.ts";
import { queryInt, readJson, readQuery } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";
import { given, ownerFor, whose } from "./owner.ts";
import { describe } from "../../openapi/mod.ts";

const page = z.object({
  prefix: z.string().max(1024).default(""),
  limit: queryInt.pipe(z.int().min(1)).optional(),
  cursor: z.string().max(4096).optional(),
});
const entry = z.strictObject({ value: given, ttl: z.string().max(20).optional() });

describe({
  "GET /api/storage/{ref}/kv": {
    does: "Keys and values by prefix",
    scope: "app:read",
    query: page.extend(whose.shape),
    gives: "Entries; `meta.cursor` goes on",
  },
  "GET /api/storage/{ref}/kv/{key}": {
    does: "One value",
    scope: "app:read",
    query: whose,
    gives: "Key and value",
  },
  "PUT /api/storage/{ref}/kv/{key}": {
    does: "Sets a value",
    scope: "app:admin",
    query: whose,
    body: entry,
    gives: "The key",
  },
  "DELETE /api/storage/{ref}/kv/{key}": {
    does: "Deletes a key",
    scope: "app:admin",
    query: whose,
    gives: "The key",
  },
});

/** `/api/storage/{ref}/kv`: keys and values of an app, or of one of its people. */
export function storageKvRoutes(services: ApiServices): Hono<ApiEnv> {
  const kv = () => services.storage.kv;
  const routes = new Hono<ApiEnv>();
  routes.get("/:ref/kv", (c) => {
    const { owner } = ownerFor(c, services, "read");
    const { prefix, limit = 100, cursor } = readQuery(c, page);
    const found = kv().list(owner, prefix, { limit, cursor });
    return c.json({
      data: found.items.map((item) => ({ ...item, value: JSON.parse(item.value) })),
      meta: { limit, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) },
    });
  });
  routes.get("/:ref/kv/:key{.+}", (c) => {
    const { owner } = ownerFor(c, services, "read");
    const key = c.req.param("key");
    const text = kv().get(owner, key);
    if (text === undefined) throw noKey(key);
    return c.json({ data: { key, value: JSON.parse(text) } });
  });
  routes.put("/:ref/kv/:key{.+}", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const key = c.req.param("key");
    const max = (services.settings.get("limits.storage.kv.valueMb") + 1) * MIB;
    const { value, ttl } = await readJson(c, entry, max);
    const ttlMs = ttl === undefined ? undefined : parseDuration(ttl);
    await kv().set(owner, [{ key, value: JSON.stringify(value), ttlMs }]);
    changed("kv.set", { key });
    return c.json({ data: { key } });
  });
  routes.delete("/:ref/kv/:key{.+}", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const key = c.req.param("key");
    if (!await kv().delete(owner, key)) throw noKey(key);
    changed("kv.delete", { key });
    return c.json({ data: { key } });
  });
  return routes;
}

function noKey(key: string): FaztError {
  return new FaztError("NOT_FOUND", `There is no key ${JSON.stringify(key.slice(0, 100))}`, {
    hint: "fazt storage kv list APP shows which there are",
  });
}
