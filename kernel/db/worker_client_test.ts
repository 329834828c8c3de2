import assert from "node:assert/strict";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { withDb } from "./testing/fixture.ts";
import { die, put, putThenReturnCode } from "./testing/operations.ts";
import { WorkerClient } from "./worker_client.ts";

const pair = (key: string) => ({ key, value: "v" });

/** A worker made of this test: it answers when and what it is told to. */
class Puppet {
  onmessage: ((event: { data: FromWorker }) => void) | undefined;
  onerror: ((event: ErrorEvent) => void) | undefined;
  readonly got: ToWorker[] = [];
  ended = false;

  postMessage(message: ToWorker): void {
    this.got.push(message);
  }

  terminate(): void {
    this.ended = true;
  }

  say(data: FromWorker): void {
    this.onmessage!({ data });
  }

  /** Answers the newest batch with the keys it was given. */
  answer(): void {
    const batch = this.got.at(-1)!;
    assert.ok(batch.kind === "batch");
    const outcomes = batch.jobs.map((job) => ({
      ok: true as const,
      value: (job.params as { key: string }).key,
    }));
    this.say({ kind: "done", outcomes });
  }

  crash(): void {
    this.onerror!(new ErrorEvent("error", { message: "out of memory", cancelable: true }));
  }
}

/** A client on puppets; the first one has opened. */
async function puppets(traces: string[] = []) {
  const all: Puppet[] = [];
  const opening = WorkerClient.open({
    path: "nowhere",
    spawn: () => {
      all.push(new Puppet());
      return all.at(-1) as unknown as Worker;
    },
    onTrace: (name, trace) => traces.push(`${name}: ${trace}`),
  });
  all[0]!.say({ kind: "opened" });
  return { all, client: await opening };
}

/** What a promise came to, without waiting for one that hangs. */
function outcome(promise: Promise<unknown>): { now: unknown } {
  const seen: { now: unknown } = { now: "pending" };
  promise.then((value) => seen.now = value, (error) => seen.now = error.message);
  return seen;
}

/** Lets everything that is due happen. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const RESTARTED = "Cannot write: the database worker restarted";

Deno.test("what is asked in one turn is one batch, and what is asked meanwhile the next", async () => {
  const { all: [worker], client } = await puppets();
  const first = [client.run(put, pair("a")), client.run(put, pair("b"))];
  await turn();
  const second = [client.run(put, pair("c")), client.run(put, pair("d"))];
  await turn();
  assert.equal(client.pending, 4);
  const sent = () => worker!.got.flatMap((m) => m.kind === "batch" ? [m.jobs.length] : []);
  assert.deepEqual(sent(), [2]);
  worker!.answer();
  assert.deepEqual(await Promise.all(first), ["a", "b"]);
  assert.deepEqual(sent(), [2, 2]);
  worker!.answer();
  assert.deepEqual(await Promise.all(second), ["c", "d"]);
  assert.equal(client.pending, 0);
});

Deno.test("a batch has an end", async () => {
  const { all: [worker], client } = await puppets();
  const asked = Array.from({ length: 600 }, (_, i) => client.run(put, pair(`${i}`)));
  await turn();
  worker!.answer();
  worker!.answer();
  await Promise.all(asked);
  assert.deepEqual(
    worker!.got.flatMap((m) => m.kind === "batch" ? [m.jobs.length] : []),
    [512, 88],
  );
});

Deno.test("when a worker dies, what it was doing is rejected and a new one does the rest", async () => {
  const traces: string[] = [];
  const { all, client } = await puppets(traces);
  const flying = client.run(put, pair("a"));
  await turn();
  const queued = client.run(put, pair("b"));
  all[0]!.crash();
  await assert.rejects(flying, { code: "INTERNAL", message: RESTARTED });
  assert.deepEqual(traces, ["worker: out of memory"]);
  assert.equal(all[0]!.ended, true);
  all[1]!.say({ kind: "opened" });
  await turn();
  all[1]!.answer();
  assert.equal(await queued, "b");
});

Deno.test("writes during a restart wait for it and get their own answers", async () => {
  const { all, client } = await puppets();
  all[0]!.crash();
  const early = client.run(put, pair("early"));
  await turn();
  const later = client.run(put, pair("later"));
  all[1]!.say({ kind: "opened" });
  await turn();
  const last = client.run(put, pair("last"));
  await turn();
  all[1]!.answer();
  if (client.pending > 0) all[1]!.answer();
  if (client.pending > 0) all[1]!.answer();
  const seen = [outcome(early), outcome(later), outcome(last)];
  await turn();
  assert.deepEqual(seen.map((s) => s.now), ["early", "later", "last"]);
});

Deno.test("what a dead worker still says is not taken for an answer", async () => {
  const { all, client } = await puppets();
  all[0]!.crash();
  all[1]!.say({ kind: "opened" });
  await turn();
  const asked = outcome(client.run(put, pair("a")));
  await turn();
  all[0]!.say({ kind: "done", outcomes: [{ ok: true, value: "wrong" }] });
  all[0]!.crash();
  await turn();
  assert.equal(asked.now, "pending");
  all[1]!.answer();
  await turn();
  assert.equal(asked.now, "a");
  assert.equal(all.length, 2);
});

Deno.test("a worker that does not start is not started over and over", async () => {
  const spawned: Puppet[] = [];
  const opening = WorkerClient.open({
    path: "nowhere",
    spawn: () => {
      spawned.push(new Puppet());
      return spawned.at(-1) as unknown as Worker;
    },
  });
  spawned[0]!.crash();
  await assert.rejects(opening, { code: "INTERNAL", message: /Cannot open the database/ });
  assert.equal(spawned.length, 1);
  assert.equal(spawned[0]!.ended, true);
});

Deno.test("a restart that fails rejects who waits for it, and the next write tries again", async () => {
  const traces: string[] = [];
  const { all, client } = await puppets(traces);
  const flying = outcome(client.run(put, pair("a")));
  await turn();
  const queued = outcome(client.run(put, pair("b")));
  all[0]!.crash();
  all[1]!.say({ kind: "failed", message: "disk I/O error" });
  await turn();
  assert.deepEqual([flying.now, queued.now], [
    RESTARTED,
    "Cannot write: the database worker does not start",
  ]);
  assert.deepEqual(traces, [
    "worker: out of memory",
    "worker: Cannot open the database: disk I/O error",
  ]);
  const next = outcome(client.run(put, pair("c")));
  await turn();
  all[2]!.say({ kind: "opened" });
  await turn();
  all[2]!.answer();
  await turn();
  assert.equal(next.now, "c");
});

Deno.test("a worker that dies while closing does not hold up the end", async () => {
  const { all, client } = await puppets();
  const flying = outcome(client.run(put, pair("a")));
  await turn();
  const queued = outcome(client.run(put, pair("b")));
  const closed = outcome(client.close().then(() => "closed"));
  all[0]!.crash();
  all[1]!.say({ kind: "opened" });
  await turn();
  all[1]!.answer();
  await turn();
  assert.deepEqual([flying.now, queued.now], [RESTARTED, "b"]);
  assert.equal(all[1]!.got.at(-1)!.kind, "close");
  all[1]!.crash();
  await turn();
  assert.equal(closed.now, "closed");
  assert.equal(all.length, 2);
});

Deno.test("a client whose worker is gone for good can be closed", async () => {
  const { all, client } = await puppets();
  all[0]!.crash();
  all[1]!.say({ kind: "failed", message: "disk I/O error" });
  await turn();
  const closed = outcome(client.close().then(() => "closed"));
  await turn();
  assert.equal(closed.now, "closed");
});

Deno.test(
  "a value that cannot be passed on takes nobody with it",
  withDb(async (f) => {
    const db = await f.open();
    const code = { key: "code", value: (() => 1) as unknown as string };
    await assert.rejects(() => db.write(put, code), /Cannot pass this value on/);
    const results = await Promise.allSettled([
      db.write(put, pair("a")),
      db.write(put, code),
      db.write(put, pair("b")),
    ]);
    assert.deepEqual(results.map((r) => r.status), ["fulfilled", "rejected", "fulfilled"]);
    assert.match(String((results[1] as PromiseRejectedResult).reason), /Cannot pass this value on/);
    assert.deepEqual(f.keys(), ["a", "b"]);
  }),
);

Deno.test(
  "a worker that really dies is replaced, and its log is whole",
  withDb(async (f) => {
    const db = await f.open();
    await db.write(put, pair("before"));
    await assert.rejects(() => db.write(die, pair("unsure")), { message: RESTARTED });
    assert.equal(await db.write(put, pair("after")), "after");
    assert.match(f.traces.join(), /^worker: .*the worker died/);
    assert.deepEqual(f.keys().filter((key) => key !== "unsure"), ["after", "before"]);
  }),
);

Deno.test(
  "a result that cannot be passed back is an error and not a silence",
  withDb(async (f) => {
    const db = await f.open();
    await assert.rejects(() => db.write(putThenReturnCode, pair("a")), { code: "INTERNAL" });
    assert.equal(await db.write(put, pair("b")), "b");
  }),
);
