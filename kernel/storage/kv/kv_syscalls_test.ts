import assert from "node:assert/strict";
import { type Caller, SyscallTable } from "../../syscall/mod.ts";
import { kvSyscalls } from "./kv_syscalls.ts";
import { APP, encoded, type KvFixture, refusal, withKv } from "./testing.ts";

function caller(appId: string, grants: readonly string[] = ["storage:kv"]): Caller {
  return {
    appId,
    appName: appId,
    grants: new Set(grants),
    requestId: undefined,
    userId: "usr_visitor",
  };
}

const table = (f: KvFixture) => new SyscallTable(kvSyscalls(f.kv));

Deno.test(
  "an app's calls reach the rows all its visitors share",
  withKv(async (f) => {
    const call = (name: string, input: unknown) => table(f).call(caller(APP.appId), name, input);
    await call("kv.set", { key: "a", value: "1" });
    await call("kv.setMany", { entries: [{ key: "b", value: "2", ttlMs: 5 }] });
    assert.equal(f.get(APP, "a"), 1);
    assert.equal(call("kv.get", { key: "b" }), "2");
    assert.deepEqual(call("kv.getMany", { keys: ["b", "x", "a"] }), ["2", undefined, "1"]);
    assert.equal(await call("kv.increment", { key: "a", by: 2 }), 3);
    assert.equal(await call("kv.compareAndSet", { key: "a", expected: "3", value: "4" }), true);
    assert.equal(await call("kv.compareAndSet", { key: "a", value: "5" }), false);
    assert.deepEqual(call("kv.list", { prefix: "", limit: 1 }), {
      items: [{ key: "a", value: "4" }],
      cursor: f.kv.list(APP, "", { limit: 1 }).cursor,
    });
    assert.equal(await call("kv.delete", { key: "a" }), true);
    f.now += 5;
    assert.equal(call("kv.get", { key: "b" }), undefined);
  }),
);

Deno.test(
  "whose rows they are is the caller's, whatever the message says",
  withKv(async (f) => {
    await f.set(APP, "secret", "mine");
    const other = caller("app_222222222222");
    const forged = { key: "secret", appId: APP.appId, userId: APP.userId, owner: APP };
    assert.equal(table(f).call(other, "kv.get", forged), undefined);
    await table(f).call(other, "kv.set", { ...forged, value: encoded("theirs") });
    await table(f).call(other, "kv.delete", { ...forged, key: "secret" });
    assert.equal(f.get(APP, "secret"), "mine");
  }),
);

Deno.test(
  "every call needs the grant",
  withKv((f) => {
    for (const { name } of kvSyscalls(f.kv)) {
      assert.throws(
        () => table(f).call(caller(APP.appId, ["storage:ds"]), name, { key: "a" }),
        refusal("PERMISSION", { grant: "storage:kv" }),
      );
    }
  }),
);

Deno.test(
  "input of another shape is refused before it is used",
  withKv((f) => {
    const inputs: [string, unknown][] = [
      ["kv.get", {}],
      ["kv.get", { key: 1 }],
      ["kv.get", null],
      ["kv.set", { key: "a", value: { $date: 1 } }],
      ["kv.set", { key: "a", value: "1", ttlMs: "1" }],
      ["kv.set", { key: "a", value: "1", ttlMs: Infinity }],
      ["kv.setMany", { entries: Array(1001).fill({ key: "a", value: "1" }) }],
      ["kv.getMany", { keys: Array(1001).fill("a") }],
      ["kv.increment", { key: "a", by: NaN }],
      ["kv.list", { prefix: "", limit: 0 }],
      ["kv.list", { prefix: "", limit: 1.5 }],
      ["kv.list", { prefix: "x".repeat(1025) }],
    ];
    for (const [name, input] of inputs) {
      assert.throws(() => table(f).call(caller(APP.appId), name, input), refusal("INVALID"), name);
    }
    assert.deepEqual(f.usage(APP), { entries: 0, bytes: 0 });
  }),
);

Deno.test(
  "one person's rows are nobody else's, and not the app's own",
  withKv(async (f) => {
    const call = (userId: string | undefined, name: string, input: object) =>
      table(f).call({ ...caller(APP.appId), userId }, name, { ...input, user: true });
    await f.set(APP, "a", "everybody's");
    await call("usr_ann", "kv.set", { key: "a", value: encoded("Ann's") });
    assert.equal(call("usr_bob", "kv.get", { key: "a" }), undefined);
    assert.equal(await call("usr_bob", "kv.delete", { key: "a" }), false);
    assert.deepEqual(call("usr_bob", "kv.list", { prefix: "" }), { items: [] });
    assert.equal(call("usr_ann", "kv.get", { key: "a" }), encoded("Ann's"));
    assert.equal(f.get(APP, "a"), "everybody's");
    assert.throws(
      () => call(undefined, "kv.get", { key: "a" }),
      (error: unknown) => (error as { code: string }).code === "NOT_SIGNED_IN",
    );
  }),
);
