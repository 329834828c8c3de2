import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { type Caller, syscall, SyscallTable } from "./table.ts";

const caller = (...grants: string[]): Caller => ({
  appId: "app_blog11111111",
  appName: "blog",
  grants: new Set(grants),
  requestId: "req_1",
  userId: undefined,
});

/** A table of four calls, and what reached them. */
function tableOf() {
  const reached: unknown[] = [];
  const table = new SyscallTable([
    syscall(
      "kv.get",
      "storage:kv",
      z.object({ key: z.string(), limit: z.int().max(5).default(1) }),
      (by, input) => {
        reached.push([by.appId, input]);
        return { found: input.key };
      },
    ),
    syscall("app.info", undefined, z.undefined(), (by) => by.appName),
    syscall("kv.set", "storage:kv", z.unknown(), () => Promise.resolve("stored")),
    syscall("kv.full", undefined, z.unknown(), () => {
      throw new FaztError("QUOTA", "Cannot store: it is full", { details: { max: 1 } });
    }),
  ]);
  return { table, reached };
}

Deno.test("a call gets its caller and checked input, and answers what it answers", async () => {
  const { table, reached } = tableOf();
  const answer = table.call(caller("storage:kv"), "kv.get", { key: "a", extra: 1 });
  assert.deepEqual(answer, { found: "a" });
  assert.deepEqual(reached, [["app_blog11111111", { key: "a", limit: 1 }]]);
  assert.equal(table.call(caller(), "app.info", undefined), "blog");
  const promised = table.call(caller("storage:kv"), "kv.set", null);
  assert.ok(promised instanceof Promise);
  assert.equal(await promised, "stored");
});

Deno.test("a call there is not is refused, whatever its name", () => {
  const { table } = tableOf();
  const all = caller("storage:kv", "*");
  const names = ["", "kv", "kv.Get", "kv.get ", "kv.delete", "__proto__", "constructor", "get"];
  for (const name of names) {
    assert.throws(
      () => table.call(all, name, {}),
      { code: "NOT_FOUND", status: 404, message: /no such call/ },
      name,
    );
  }
});

Deno.test("a missing grant is named, with the command that gives it", () => {
  const { table, reached } = tableOf();
  assert.throws(() => table.call(caller("storage:ds"), "kv.get", { key: "a" }), {
    code: "PERMISSION",
    status: 403,
    message: "Cannot call kv.get: storage:kv is not granted",
    hint: /"permissions" in app\.json.*fazt app grants approve blog storage:kv$/,
    details: { grant: "storage:kv" },
  });
  assert.deepEqual(reached, []);
});

Deno.test("only the very grant opens a call, nothing like it", () => {
  const { table } = tableOf();
  const near = ["storage", "storage:*", "*", "storage:kv:read", "Storage:kv", "storage:kv ", ""];
  for (const grant of near) {
    assert.throws(() => table.call(caller(grant), "kv.set", {}), { code: "PERMISSION" }, grant);
  }
});

Deno.test("permission is judged before input: who may not call learns nothing of the call", () => {
  const { table } = tableOf();
  assert.throws(() => table.call(caller(), "kv.get", "nonsense"), { code: "PERMISSION" });
});

Deno.test("bad input is refused with the place that is wrong, and never reaches the call", () => {
  const { table, reached } = tableOf();
  const by = caller("storage:kv");
  const bad = [
    undefined,
    null,
    "a",
    [],
    {},
    { key: 1 },
    { key: "a", limit: 6 },
    { key: "a", limit: "1" },
    { key: "a", limit: NaN },
    { key: { toString: () => "a" } },
    Object.create({ key: "inherited", limit: {} }),
  ];
  for (const input of bad) {
    assert.throws(() => table.call(by, "kv.get", input), { code: "INVALID", status: 422 });
  }
  assert.throws(() => table.call(by, "kv.get", { key: 1 }), {
    message: /^Cannot call kv\.get: [^]*key/,
  });
  assert.deepEqual(reached, []);
});

Deno.test("an error of the call itself comes through as it is", () => {
  const { table } = tableOf();
  assert.throws(() => table.call(caller(), "kv.full", {}), {
    code: "QUOTA",
    details: { max: 1 },
  });
});
