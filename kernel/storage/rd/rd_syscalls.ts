import { z } from "../../lib/zod.ts";
import type { Syscall } from "../../syscall/mod.ts";
import { pillarCalls } from "../scope.ts";
import type { RdStore } from "./rd.ts";
import { schemaInput } from "./schema.ts";

const call = pillarCalls("rd");
const sql = z.string().max(100_000);
const value = z.union([
  z.null(),
  // Not a NaN, which SQLite would take for null.
  z.number(),
  z.bigint().min(-(2n ** 63n)).max(2n ** 63n - 1n),
  z.string().max(1_048_576),
  z.instanceof(Uint8Array).refine((bytes) => bytes.length <= 1_048_576, "over 1 MiB"),
]);
/** Values for `?` in their order, or for `:name` by name. */
const params = z.union([z.array(value).max(100), z.record(z.string().max(64), value)])
  .refine((all) => Object.keys(all).length <= 100, "more than 100 values");
const step = z.object({ sql, params, expect: z.int().min(0).optional() });
const table = z.string().max(63);

/** `fazt.storage.rd`. */
export function rdSyscalls(rd: RdStore): Syscall[] {
  return [
    call(
      "define",
      z.object({ table, schema: schemaInput }),
      (owner, i) => rd.define(owner, i.table, i.schema),
    ),
    call("query", z.object({ sql, params }), (owner, i) => rd.query(owner, i.sql, i.params)),
    call("exec", z.object({ sql, params }), (owner, i) => rd.exec(owner, i.sql, i.params)),
    call(
      "transaction",
      z.object({ steps: z.array(step).max(100) }),
      (owner, i) => rd.transaction(owner, i.steps),
    ),
    call(
      "migrate",
      z.object({
        migrations: z.array(z.object({
          id: z.string().min(1).max(100),
          define: z.record(table, schemaInput).optional(),
          exec: z.array(step).max(100).optional(),
        })).max(1000),
      }),
      (owner, i) => rd.migrate(owner, i.migrations),
    ),
  ];
}
