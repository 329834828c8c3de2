import { type Context, Hono } from "hono";
import { MIB } from "../../../lib/bytes.ts";
import { FaztError } from "../../../lib/fazt_error.ts";
import { z } from "../../../lib/zod.ts";
import { queryInt, readJson, readQuery } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";
import { given, ownerFor, whose } from "./owner.ts";
import { describe } from "../../openapi/mod.ts";

const search = z.object({
  query: z.string().default("{}"),
  sort: z.string().max(10_000).optional(),
  fields: z.string().max(100_000).optional(),
  limit: queryInt.optional(),
  skip: queryInt.optional(),
  total: z.literal("1").optional(),
  archived: z.literal("1").optional(),
});
const deletion = z.object({ query: z.string().optional() });
const documents = z.strictObject({ documents: z.array(z.unknown()).min(1).max(1000) });
const update = z.strictObject({ query: given, change: given, upsert: z.boolean().optional() });
const change = z.strictObject({ change: given });
const age = z.union([z.string().max(20), z.number()]).optional();
const sharding = z.strictObject({
  by: z.enum(["hour", "day", "month", "year"]),
  path: z.string().max(10_000).optional(),
  prefix: z.string().max(10_000).optional(),
  keep: age,
  archiveAfter: age,
});
const path = z.strictObject({ path: z.string().max(10_000) });

describe({
  "GET /api/storage/{ref}/ds": {
    does: "Collections",
    scope: "app:read",
    query: whose,
    gives: "Collections with their indexes",
  },
  "GET /api/storage/{ref}/ds/{collection}": {
    does: "Finds documents",
    scope: "app:read",
    query: search.extend(whose.shape),
    gives: "Documents; `meta.total` with total=1",
  },
  "POST /api/storage/{ref}/ds/{collection}": {
    does: "Inserts documents",
    scope: "app:admin",
    query: whose,
    body: documents,
    gives: "Their ids",
    status: 201,
  },
  "PATCH /api/storage/{ref}/ds/{collection}": {
    does: "Changes every document that a query finds",
    scope: "app:admin",
    query: whose,
    body: update,
    gives: "How many",
  },
  "DELETE /api/storage/{ref}/ds/{collection}": {
    does: "Deletes what a query finds; without one, the collection",
    scope: "app:admin",
    query: deletion.extend(whose.shape),
    gives: "How many, or whether it was there",
  },
  "POST /api/storage/{ref}/ds/{collection}/indexes": {
    does: "Makes an index",
    scope: "app:admin",
    query: whose,
    body: path,
    gives: "Its path",
    status: 201,
  },
  "GET /api/storage/{ref}/shards/{collection}": {
    does: "How a collection is split",
    scope: "app:read",
    query: whose,
    gives: "Shards",
  },
  "PUT /api/storage/{ref}/shards/{collection}": {
    does: "Splits a collection by time",
    scope: "app:admin",
    query: whose,
    body: sharding,
    gives: "How it is split",
  },
  "POST /api/storage/{ref}/shards/{collection}/{shard}/restore": {
    does: "Brings an archived shard back",
    scope: "app:admin",
    query: whose,
    gives: "How many documents",
  },
  "GET /api/storage/{ref}/ds/{collection}/{id}": {
    does: "One document",
    scope: "app:read",
    query: whose,
    gives: "The document",
  },
  "PATCH /api/storage/{ref}/ds/{collection}/{id}": {
    does: "Changes a document",
    scope: "app:admin",
    query: whose,
    body: change,
    gives: "Its id",
  },
  "DELETE /api/storage/{ref}/ds/{collection}/{id}": {
    does: "Deletes a document",
    scope: "app:admin",
    query: whose,
    gives: "Its id",
  },
});

/** `/api/storage/{ref}/ds`: documents of an app, or of one of its people. */
export function storageDsRoutes(services: ApiServices): Hono<ApiEnv> {
  const ds = () => services.storage.ds;
  const routes = new Hono<ApiEnv>();
  const largest = () => (services.settings.get("limits.storage.ds.documentMb") + 1) * MIB;
  routes.get("/:ref/ds", (c) => {
    const { owner } = ownerFor(c, services, "read");
    return c.json({ data: ds().collections(owner) });
  });
  routes.get("/:ref/ds/:collection", async (c) => {
    const { owner } = ownerFor(c, services, "read");
    const { total, sort, fields, archived, limit = 100, ...asked } = readQuery(c, search);
    const name = c.req.param("collection");
    const texts = await ds().find(owner, name, {
      ...asked,
      limit,
      sort: optionText(sort),
      fields: optionText(fields),
      archived: archived !== undefined,
    });
    const meta = {
      limit,
      ...(total === undefined ? {} : { total: await ds().count(owner, name, asked.query) }),
    };
    return documentsAnswer(c, texts, meta);
  });
  routes.post("/:ref/ds/:collection", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const name = c.req.param("collection");
    const { documents: given } = await readJson(c, documents, largest());
    const ids = await ds().insert(owner, name, given.map((one) => JSON.stringify(one)));
    changed("ds.insert", { collection: name, documents: ids.length });
    return c.json({ data: { ids } }, 201);
  });
  routes.patch("/:ref/ds/:collection", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const name = c.req.param("collection");
    const input = await readJson(c, update, largest());
    const updated = await ds().update(owner, name, {
      query: JSON.stringify(input.query),
      change: JSON.stringify(input.change),
      upsert: input.upsert,
    });
    if (updated > 0) changed("ds.update", { collection: name, documents: updated });
    return c.json({ data: { updated } });
  });
  routes.delete("/:ref/ds/:collection", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const name = c.req.param("collection");
    const { query } = readQuery(c, deletion);
    if (query === undefined) {
      const dropped = await ds().drop(owner, name);
      if (dropped) changed("ds.drop", { collection: name });
      return c.json({ data: { dropped } });
    }
    const deleted = await ds().delete(owner, name, query);
    if (deleted > 0) changed("ds.delete", { collection: name, documents: deleted });
    return c.json({ data: { deleted } });
  });
  routes.post("/:ref/ds/:collection/indexes", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const name = c.req.param("collection");
    const { path: indexed } = await readJson(c, path);
    await ds().index(owner, name, indexed);
    changed("ds.index", { collection: name, path: indexed });
    return c.json({ data: { path: indexed } }, 201);
  });
  routes.get("/:ref/shards/:collection", (c) => {
    const { owner } = ownerFor(c, services, "read");
    return c.json({ data: ds().shards.list(owner, c.req.param("collection")) });
  });
  routes.put("/:ref/shards/:collection", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const name = c.req.param("collection");
    const options = await readJson(c, sharding);
    await ds().shards.declare(owner, name, options);
    changed("ds.shard", { collection: name, ...options });
    return c.json({ data: options });
  });
  routes.post("/:ref/shards/:collection/:shard{[0-9]{1,15}}/restore", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const name = c.req.param("collection");
    const shard = Number(c.req.param("shard"));
    const documents = await ds().shards.restore(owner, name, shard);
    changed("ds.restore-shard", { collection: name, shard, documents });
    return c.json({ data: { documents } });
  });
  routes.get("/:ref/ds/:collection/:id{.+}", async (c) => {
    const { owner } = ownerFor(c, services, "read");
    const { name, id, query } = one(c);
    const texts = await ds().find(owner, name, { query, limit: 1 });
    if (texts.length === 0) throw noDocument(id);
    return c.json({ data: JSON.parse(texts[0]!) });
  });
  routes.patch("/:ref/ds/:collection/:id{.+}", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const { name, id, query } = one(c);
    const input = await readJson(c, change, largest());
    const asked = { query, change: JSON.stringify(input.change) };
    if (await ds().update(owner, name, asked) === 0) throw noDocument(id);
    changed("ds.update", { collection: name, id });
    return c.json({ data: { id } });
  });
  routes.delete("/:ref/ds/:collection/:id{.+}", async (c) => {
    const { owner, changed } = ownerFor(c, services, "admin");
    const { name, id, query } = one(c);
    if (await ds().delete(owner, name, query) === 0) throw noDocument(id);
    changed("ds.delete", { collection: name, id });
    return c.json({ data: { id } });
  });
  return routes;
}

/** The document a path names. */
function one(c: Context<ApiEnv>): { name: string; id: string; query: string } {
  const id = c.req.param("id")!;
  return { name: c.req.param("collection")!, id, query: JSON.stringify({ id }) };
}

function noDocument(id: string): FaztError {
  return new FaztError("NOT_FOUND", `There is no document ${JSON.stringify(id.slice(0, 100))}`, {
    hint: "fazt storage ds find APP COLLECTION shows which there are",
  });
}

/** Paths as a query writes them: `-age,name`, or JSON. */
function optionText(text: string | undefined): string | undefined {
  return text === undefined || /^\s*[{["]/.test(text) ? text : JSON.stringify(text.split(","));
}

/** The answer with the documents as they are stored: they are JSON already. */
function documentsAnswer(c: Context<ApiEnv>, texts: readonly string[], meta: object): Response {
  c.header("content-type", "application/json");
  return c.body(`{"data":[${texts.join(",")}],"meta":${JSON.stringify(meta)}}`);
}
