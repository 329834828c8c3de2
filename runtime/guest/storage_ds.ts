import type { PillarDeps } from "./storage.ts";

/**
 * Builds `fazt.storage.ds`: for the whole app, or for one person.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createDs({ codec, syscall }: PillarDeps): object {
  type Options = {
    sort?: unknown;
    fields?: unknown;
    limit?: number;
    skip?: number;
    archived?: boolean;
  };

  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof Uint8Array);

  // Storage leaves undefined fields away; from a query that would make it match more than was meant.
  const plain = (value: unknown, path: string, depth: number): unknown => {
    if (value === undefined) {
      throw new TypeError(`Cannot query with undefined at ${path}: write null for what is missing`);
    }
    if (value instanceof RegExp) return { $regex: value.source, $options: flags(value) };
    // The codec tells of what is too deep, and of cycles.
    if (depth > 100 || typeof value !== "object" || value === null) return value;
    const below = (item: unknown, key: string) =>
      plain(item, path === "the query" ? key : `${path}.${key}`, depth + 1);
    if (Array.isArray(value)) return value.map((item, i) => below(item, String(i)));
    if (!isObject(value) || typeof value.toJSON === "function") return value;
    const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] =>
      key === "$regex" && item instanceof RegExp
        ? [
          [key, item.source],
          ...("$options" in value ? [] : [["$options", flags(item)]]) as [
            string,
            unknown,
          ][],
        ]
        : [[key, below(item, key)]]
    );
    return Object.fromEntries(entries);
  };
  const flags = (regex: RegExp) => regex.flags.replace(/[^ims]/g, "");
  const queryOf = (query: unknown = {}) => {
    if (isObject(query)) return codec.encode(plain(query, "the query", 0));
    throw new TypeError("Cannot query: the query is not an object");
  };
  const find = async (collection: string, query: unknown, options: Options = {}) => {
    const { sort, fields, ...rest } = options;
    const texts = await syscall("ds.find", {
      ...rest,
      collection,
      query: queryOf(query),
      ...(sort === undefined ? {} : { sort: codec.encode(sort) }),
      ...(fields === undefined ? {} : { fields: codec.encode(fields) }),
    }) as string[];
    return texts.map(codec.decode);
  };
  return {
    insert: async (collection: string, documents: unknown) => {
      const many = Array.isArray(documents);
      const texts = (many ? documents : [documents]).map((document) => {
        if (isObject(document)) return codec.encode(document);
        throw new TypeError("Cannot insert: a document is an object");
      });
      const ids = await syscall("ds.insert", { collection, documents: texts }) as string[];
      return many ? ids : ids[0];
    },
    find,
    findOne: async (collection: string, query: unknown, options: Options = {}) =>
      (await find(collection, query, { ...options, limit: 1 }))[0],
    update: async (
      collection: string,
      query: unknown,
      change: unknown,
      { upsert }: { upsert?: boolean } = {},
    ) => {
      if (query === undefined) throw new TypeError("Cannot update: say which, {} means all");
      // What $pull takes is a query of items.
      const pulls = isObject(change) && isObject(change.$pull)
        ? { ...change, $pull: plain(change.$pull, "$pull", 0) }
        : change;
      const input = { collection, query: queryOf(query), change: codec.encode(pulls) };
      return await syscall("ds.update", { ...input, ...(upsert ? { upsert } : {}) });
    },
    delete: async (collection: string, query: unknown) => {
      if (query === undefined) throw new TypeError("Cannot delete: say which, {} means all");
      return await syscall("ds.delete", { collection, query: queryOf(query) });
    },
    count: async (collection: string, query: unknown) =>
      await syscall("ds.count", { collection, query: queryOf(query) }),
    index: async (collection: string, path: string) => {
      await syscall("ds.index", { collection, path });
    },
    shard: async (collection: string, options: object) => {
      await syscall("ds.shard", { ...options, collection });
    },
    shards: async (collection: string) => {
      const shards = await syscall("ds.shards", { collection }) as { from: number; to: number }[];
      return shards.map((one) => ({ ...one, from: new Date(one.from), to: new Date(one.to) }));
    },
    drop: (collection: string) => syscall("ds.drop", { collection }),
    collections: () => syscall("ds.collections", {}),
  };
}
