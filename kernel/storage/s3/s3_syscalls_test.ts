import assert from "node:assert/strict";
import { until } from "../../lib/testing/until.ts";
import { type Caller, SyscallTable } from "../../syscall/mod.ts";
import { s3Syscalls } from "./s3_syscalls.ts";
import { APP, type S3Fixture, sample, withS3 } from "./testing.ts";

/** An isolate that asks, and how it ends. */
function isolate(table: SyscallTable, more: Partial<Caller> = {}) {
  const end = new AbortController();
  const caller: Caller = {
    appId: APP.appId,
    appName: "box",
    grants: new Set(["storage:s3"]),
    requestId: "req_1",
    userId: undefined,
    isolate: { ended: end.signal, push: () => {} },
    ...more,
  };
  return {
    end: () => end.abort(),
    // deno-lint-ignore no-explicit-any -- answers have the shape of the call
    ask: async (verb: string, input: object): Promise<any> =>
      await table.call(caller, `s3.${verb}`, input),
  };
}

const withTable = (run: (t: S3Fixture, table: SyscallTable) => Promise<void>) =>
  withS3((t) => run(t, new SyscallTable(s3Syscalls(t.s3))));

Deno.test(
  "what an isolate opened is nothing to another, and ends with its own",
  withTable(async (t, table) => {
    const mine = isolate(table);
    const other = isolate(table);
    await t.put(APP, "big", sample(1_000_000));
    const upload = await mine.ask("begin", { path: "new" });
    const opened = await mine.ask("open", { path: "big" });
    for (const verb of ["write", "commit"]) {
      const input = { id: upload, chunk: sample(1) };
      await assert.rejects(other.ask(verb, input), { code: "CONFLICT" }, verb);
    }
    await assert.rejects(other.ask("read", { id: opened.id }), { code: "CONFLICT" });
    await other.ask("abort", { id: upload });
    await other.ask("close", { id: opened.id });
    await mine.ask("write", { id: upload, chunk: sample(1_000_000) });
    assert.equal((await mine.ask("read", { id: opened.id })).length, 262_144);
    await mine.ask("write", { id: upload, chunk: sample(1_000_000) });
    mine.end();
    await until(() => t.count("chunks") === 4);
    assert.equal(await t.s3.head(APP, "new"), undefined);
    await assert.rejects(mine.ask("commit", { id: upload }), { code: "CONFLICT" });
  }),
);

Deno.test(
  "pieces that are too large, too many streams and nonsense are refused",
  withTable(async (t, table) => {
    const { ask, end } = isolate(table);
    const big = sample(1_048_577);
    await assert.rejects(ask("put", { path: "a", bytes: big }), { code: "INVALID" });
    const id = await ask("begin", { path: "a" });
    await assert.rejects(ask("write", { id, chunk: big }), { code: "INVALID" });
    await assert.rejects(ask("write", { id, chunk: "text" }), { code: "INVALID" });
    await ask("write", { id, chunk: sample(5) });
    assert.equal((await ask("commit", { id })).size, 5);
    await t.put(APP, "long", sample(600_000));
    for (let i = 0; i < 64; i++) await ask("open", { path: "long" });
    await assert.rejects(ask("open", { path: "long" }), { code: "BUSY" });
    for (const range of ["bytes=9-1", "lines=1-2", ""]) {
      assert.equal((await ask("open", { path: "a", range })).part.end, 5, range);
    }
    for (const range of ["bytes=5-", { start: 4, end: 2 }, { start: 9 }]) {
      await assert.rejects(ask("open", { path: "a", range }), { code: "RANGE" });
    }
    for (const range of [{ start: -1 }, { start: 0.5 }, { end: NaN }, 5]) {
      await assert.rejects(ask("open", { path: "a", range }), { code: "INVALID" });
    }
    end();
    const none = isolate(table, { grants: new Set(["storage:kv"]) });
    await assert.rejects(none.ask("list", { prefix: "" }), { code: "PERMISSION" });
    const nobody = isolate(table);
    await assert.rejects(nobody.ask("list", { prefix: "", user: true }), { code: "NOT_SIGNED_IN" });
  }),
);

Deno.test(
  "an upload that fails says why at the next piece and at the end",
  withTable(async (t, table) => {
    await t.settings.set("limits.storage.s3.blobMb", 1, t.now);
    const { ask } = isolate(table);
    const id = await ask("begin", { path: "a", size: 1_048_577 });
    await assert.rejects(async () => {
      for (;;) await ask("write", { id, chunk: sample(500_000) });
    }, { code: "QUOTA" });
    const other = await ask("begin", { path: "a", size: 10 });
    await ask("write", { id: other, chunk: sample(5) });
    await assert.rejects(ask("commit", { id: other }), { code: "BAD_REQUEST" });
    assert.equal(await t.s3.head(APP, "a"), undefined);
  }),
);
