import { z } from "../../lib/zod.ts";
import type { Syscall } from "../../syscall/mod.ts";
import { pillarCalls } from "../scope.ts";
import type { DsStore } from "./ds.ts";
import { MAX_INSERT } from "./limits.ts";
import { PERIODS } from "./shard_key.ts";

const call = pillarCalls("ds");
const collection = z.string().max(1000);
const query = z.string();
const age = z.union([z.string().max(20), z.number()]).optional();
const upsert = z.boolean().optional();

/** `fazt.storage.ds`; documents, queries, changes and options travel as texts of the value codec. */
export function dsSyscalls(ds: DsStore): Syscall[] {
  return [
    call(
      "insert",
      z.object({ collection, documents: z.array(z.string()).max(MAX_INSERT) }),
      (owner, i) => ds.insert(owner, i.collection, i.documents),
    ),
    call(
      "find",
      z.object({
        collection,
        query,
        sort: z.string().max(10_000).optional(),
        fields: z.string().max(100_000).optional(),
        limit: z.number().optional(),
        skip: z.number().optional(),
        archived: z.boolean().optional(),
      }),
      (owner, i) => ds.find(owner, i.collection, i),
    ),
    call(
      "update",
      z.object({ collection, query, change: z.string(), upsert }),
      (owner, i) => ds.update(owner, i.collection, i),
    ),
    call(
      "delete",
      z.object({ collection, query }),
      (owner, i) => ds.delete(owner, i.collection, i.query),
    ),
    call(
      "count",
      z.object({ collection, query }),
      (owner, i) => ds.count(owner, i.collection, i.query),
    ),
    call(
      "index",
      z.object({ collection, path: z.string().max(10_000) }),
      (owner, i) => ds.index(owner, i.collection, i.path),
    ),
    call(
      "shard",
      z.object({
        collection,
        by: z.enum(PERIODS),
        path: z.string().max(10_000).optional(),
        prefix: z.string().max(10_000).optional(),
        keep: age,
        archiveAfter: age,
      }),
      (owner, i) => ds.shards.declare(owner, i.collection, i),
    ),
    call("shards", z.object({ collection }), (owner, i) => ds.shards.list(owner, i.collection)),
    call("drop", z.object({ collection }), (owner, i) => ds.drop(owner, i.collection)),
    call("collections", z.object({}), (owner) => ds.collections(owner)),
  ];
}
