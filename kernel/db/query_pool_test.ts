import assert from "node:assert/strict";
import { operation } from "./operation.ts";
import { QueryPool } from "./query_pool.ts";
import type { WorkerClient } from "./worker_client.ts";

const op = operation("test", (_db, p: string) => p);

/** A pool whose workers do a job when they are told to. */
function poolOf(size: number, idleMs = 60_000) {
  const running: { readonly name: string; finish(): void; fail(error: Error): void }[] = [];
  const seen = { opened: 0, closed: 0, failOpen: false };
  const pool = new QueryPool({
    size,
    idleMs,
    open: () => {
      if (seen.failOpen) return Promise.reject(new Error("no worker"));
      seen.opened++;
      return Promise.resolve({
        run: (_op: unknown, name: string) =>
          new Promise((resolve, reject) =>
            running.push({ name, finish: () => resolve(name), fail: reject })
          ),
        close: () => {
          seen.closed++;
          return Promise.resolve();
        },
      } as unknown as WorkerClient);
    },
  });
  const names = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    return running.map(({ name }) => name);
  };
  const finish = async (name: string) => {
    running.splice(running.findIndex((job) => job.name === name), 1)[0]!.finish();
    return await names();
  };
  return { pool, running, seen, names, finish };
}

Deno.test("an app runs one query at a time, and apps take turns", async () => {
  const { pool, names, finish } = poolOf(2);
  const asked = ["a1", "a2", "a3", "b1", "b2", "c1"].map((name) =>
    pool.run(op, name, { app: name[0]! })
  );
  assert.deepEqual(await names(), ["a1", "b1"]);
  // b2 waited before c1 did.
  assert.deepEqual(await finish("b1"), ["a1", "b2"]);
  assert.deepEqual(await finish("b2"), ["a1", "c1"]);
  assert.deepEqual(await finish("a1"), ["c1", "a2"]);
  assert.deepEqual(await finish("a2"), ["c1", "a3"]);
  await finish("c1");
  await finish("a3");
  assert.deepEqual(await Promise.all(asked), ["a1", "a2", "a3", "b1", "b2", "c1"]);
  await pool.close();
});

Deno.test("workers are started when they are needed, and ended when they are not", async () => {
  const { pool, names, finish, seen } = poolOf(2, 1);
  assert.equal(seen.opened, 0);
  const one = pool.run(op, "a1", { app: "a" });
  await names();
  await finish("a1");
  await one;
  const two = pool.run(op, "a2", { app: "a" });
  await names();
  assert.equal(seen.opened, 1);
  await finish("a2");
  await two;
  while (seen.closed === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(pool.load, { workers: 0, waiting: 0 });
  await pool.close();
});

Deno.test("a failed query, or a worker that does not start, holds nothing up", async () => {
  const { pool, names, finish, running, seen } = poolOf(1);
  const bad = pool.run(op, "a1", { app: "a" });
  const good = pool.run(op, "a2", { app: "a" });
  await names();
  running.shift()!.fail(new Error("mine"));
  await assert.rejects(bad, /mine/);
  await names();
  await finish("a2");
  assert.equal(await good, "a2");
  await pool.close();
  const broken = poolOf(1);
  broken.seen.failOpen = true;
  await assert.rejects(broken.pool.run(op, "x"), /no worker/);
  broken.seen.failOpen = false;
  const again = broken.pool.run(op, "y");
  await broken.names();
  await broken.finish("y");
  assert.equal(await again, "y");
  await broken.pool.close();
  assert.equal(seen.opened, 1);
});

Deno.test("closing waits for what was asked, and refuses more", async () => {
  const { pool, names, finish, seen } = poolOf(1);
  const asked = [pool.run(op, "a1", { app: "a" }), pool.run(op, "a2", { app: "a" })];
  const closed = pool.close();
  await assert.rejects(pool.run(op, "b1"), /shutting down/);
  await names();
  await finish("a1");
  await finish("a2");
  await closed;
  assert.deepEqual(await Promise.all(asked), ["a1", "a2"]);
  assert.equal(seen.closed, 1);
});
