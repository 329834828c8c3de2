import { SYSTEM_USER } from "../lib/ids.ts";
import { z } from "../lib/zod.ts";
import { type Caller, type Syscall, syscall } from "../syscall/mod.ts";
import type { KvStore } from "./kv.ts";

const GRANT = "storage:kv";
const key = z.string();
const value = z.string();
const ttlMs = z.number().finite().optional();

/** App-wide rows belong to nobody in particular. */
const ownerOf = (caller: Caller) => ({ appId: caller.appId, userId: SYSTEM_USER });

/** `fazt.storage.kv`; values travel as texts of the value codec. */
export function kvSyscalls(kv: KvStore): Syscall[] {
  const call = <S extends z.ZodType>(
    verb: string,
    schema: S,
    run: (caller: Caller, input: z.output<S>) => unknown,
  ) => syscall(`kv.${verb}`, GRANT, schema, run);
  return [
    call("get", z.object({ key }), (c, i) => kv.get(ownerOf(c), i.key)),
    call(
      "getMany",
      z.object({ keys: z.array(key).max(1000) }),
      (c, i) => i.keys.map((k) => kv.get(ownerOf(c), k)),
    ),
    call("set", z.object({ key, value, ttlMs }), (c, i) => kv.set(ownerOf(c), [i])),
    call(
      "setMany",
      z.object({ entries: z.array(z.object({ key, value, ttlMs })).max(1000) }),
      (c, i) => kv.set(ownerOf(c), i.entries),
    ),
    call("delete", z.object({ key }), (c, i) => kv.delete(ownerOf(c), i.key)),
    call(
      "list",
      z.object({
        prefix: z.string().max(1024),
        limit: z.int().min(1).optional(),
        cursor: z.string().max(4096).optional(),
      }),
      (c, i) => kv.list(ownerOf(c), i.prefix, i),
    ),
    call(
      "increment",
      z.object({ key, by: z.number().finite() }),
      (c, i) => kv.increment(ownerOf(c), i.key, i.by),
    ),
    call(
      "compareAndSet",
      z.object({ key, expected: value.optional(), value, ttlMs }),
      (c, i) => kv.compareAndSet(ownerOf(c), i.expected, i),
    ),
  ];
}
