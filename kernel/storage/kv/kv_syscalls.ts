import { z } from "../../lib/zod.ts";
import type { Syscall } from "../../syscall/mod.ts";
import { pillarCalls } from "../scope.ts";
import type { KvStore } from "./kv.ts";

const call = pillarCalls("kv");
const key = z.string();
const value = z.string();
const ttlMs = z.number().finite().optional();

/** `fazt.storage.kv`; values travel as texts of the value codec. */
export function kvSyscalls(kv: KvStore): Syscall[] {
  return [
    call("get", z.object({ key }), (owner, i) => kv.get(owner, i.key)),
    call(
      "getMany",
      z.object({ keys: z.array(key).max(1000) }),
      (owner, i) => i.keys.map((k) => kv.get(owner, k)),
    ),
    call("set", z.object({ key, value, ttlMs }), (owner, i) => kv.set(owner, [i])),
    call(
      "setMany",
      z.object({ entries: z.array(z.object({ key, value, ttlMs })).max(1000) }),
      (owner, i) => kv.set(owner, i.entries),
    ),
    call("delete", z.object({ key }), (owner, i) => kv.delete(owner, i.key)),
    call(
      "list",
      z.object({
        prefix: z.string().max(1024),
        limit: z.int().min(1).optional(),
        cursor: z.string().max(4096).optional(),
      }),
      (owner, i) => kv.list(owner, i.prefix, i),
    ),
    call(
      "increment",
      z.object({ key, by: z.number().finite() }),
      (owner, i) => kv.increment(owner, i.key, i.by),
    ),
    call(
      "compareAndSet",
      z.object({ key, expected: value.optional(), value, ttlMs }),
      (owner, i) => kv.compareAndSet(owner, i.expected, i),
    ),
  ];
}
