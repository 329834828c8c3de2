import { toJson } from "../../http/api/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { isId, SYSTEM_USER } from "../../lib/ids.ts";
import { z } from "../../lib/zod.ts";
import type { Owner } from "../../storage/mod.ts";
import type { Caller } from "../caller.ts";
import { appRef } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** Most characters of one answer. */
const MAX_CHARS = 2_000_000;

const input = z.strictObject({
  app: appRef,
  pillar: z.enum(["kv", "ds", "rd", "s3"]).describe("keys, documents, SQL tables or objects"),
  key: z.string().max(1024).optional().describe("kv: one key; without it the keys are listed"),
  prefix: z.string().max(4096).optional().describe("kv, s3: only keys or paths that begin so"),
  collection: z.string().max(200).optional().describe("ds: without it the collections are listed"),
  query: z.record(z.string(), z.unknown()).optional().describe('ds: such as {"age": {"$gt": 3}}'),
  sort: z.array(z.string().max(1000)).max(20).optional().describe('ds: such as ["-age", "name"]'),
  fields: z.array(z.string().max(1000)).max(100).optional().describe("ds: only these"),
  skip: z.int().min(0).optional().describe("ds: documents to leave out"),
  sql: z.string().min(1).max(100_000).optional().describe(
    "rd: one SELECT; without it the tables are listed",
  ),
  params: z.array(z.union([z.null(), z.number(), z.string()])).max(100).optional(),
  user: z.string().refine((text) => isId("usr", text), "must be an id such as usr_…").optional()
    .describe("What the app keeps for this person, instead of for all"),
  limit: z.int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional().describe("kv, s3: from the answer before"),
});

/** `fazt_storage_query`. */
export const storageTool = defineTool({
  name: "fazt_storage_query",
  title: "Look into an app's storage",
  description: "Reads what an app stored; it changes nothing. kv gives keys and values, ds " +
    "documents, rd rows of a SELECT, s3 a list of objects.",
  input,
  output: z.object({
    app: z.string(),
    pillar: z.string(),
    items: z.array(z.unknown()),
    columns: z.array(z.string()).optional().describe("rd: of each item"),
    total: z.number().optional(),
    cursor: z.string().optional().describe("There is more: send it to go on"),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  untrusted: true,
  async run(caller, args) {
    // A statement of its own may read what the app keeps for each person: as in the API.
    const scope = args.sql !== undefined || (args.pillar === "s3" && args.user !== undefined)
      ? "admin"
      : "read";
    const { id, name } = caller.app(args.app, scope);
    const owner = { appId: id, userId: args.user ?? SYSTEM_USER };
    const found = await PILLARS[args.pillar](caller, owner, args);
    const answer = { app: name, pillar: args.pillar, ...found };
    if (JSON.stringify(answer).length <= MAX_CHARS) return answer;
    throw new FaztError("TOO_LARGE", "Cannot show so much at once: over 2,000,000 characters", {
      hint: "ask for less: a smaller limit, a longer prefix, or fewer fields",
    });
  },
});

interface Found {
  readonly items: unknown[];
  readonly columns?: string[];
  readonly total?: number;
  readonly cursor?: string;
}
type Look = (caller: Caller, owner: Owner, args: z.output<typeof input>) => Found | Promise<Found>;

const PILLARS: Readonly<Record<"kv" | "ds" | "rd" | "s3", Look>> = {
  kv({ services }, owner, { key, prefix = "", limit, cursor }) {
    const { kv } = services.storage;
    if (key === undefined) {
      const page = kv.list(owner, prefix, { limit, cursor });
      const items = page.items.map((item) => ({ ...item, value: JSON.parse(item.value) }));
      return { items, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
    }
    const text = kv.get(owner, key);
    return { items: text === undefined ? [] : [{ key, value: JSON.parse(text) }] };
  },
  async ds({ services }, owner, { collection, query = {}, sort, fields, skip, limit }) {
    const { ds } = services.storage;
    if (collection === undefined) return { items: [...ds.collections(owner)] };
    const text = JSON.stringify(query);
    const texts = await ds.find(owner, collection, {
      query: text,
      limit,
      skip,
      sort: sort && JSON.stringify(sort),
      fields: fields && JSON.stringify(fields),
    });
    const total = await ds.count(owner, collection, text);
    return { items: texts.map((one) => JSON.parse(one)), total };
  },
  async rd({ services }, owner, { sql, params = [], limit }) {
    const { rd } = services.storage;
    if (sql === undefined) {
      return { items: rd.tables(owner.appId).map(({ name, schema }) => ({ name, ...schema })) };
    }
    const found = await rd.query(owner, sql, params);
    const rows = found.rows.map((row) => row.map(toJson));
    return { items: rows.slice(0, limit), columns: [...found.columns], total: rows.length };
  },
  async s3({ services }, owner, { prefix = "", limit, cursor }) {
    const page = await services.storage.s3.list(owner, prefix, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return {
      items: [...page.items],
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    };
  },
};
