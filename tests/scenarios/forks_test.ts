import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  api,
  assertRefused,
  cli,
  deploy,
  startNode,
  type TestNode,
  until,
  visit,
} from "../helpers/mod.ts";

const APP = (text = "one") => ({
  "app.json": JSON.stringify({
    name: "blog",
    title: "The blog",
    permissions: ["storage:kv"],
    env: [
      { name: "COLOUR" },
      { name: "PASSWORD", secret: true },
    ],
  }),
  "index.html": text,
  "api/main.js": `import fazt from "fazt";
    export default async (r, ctx) => {
      const kv = fazt.storage.kv;
      if (r.method === "POST") await kv.set("n", ((await kv.get("n")) ?? 0) + 1);
      return { n: await kv.get("n"), env: ctx.env };
    };`,
});
const add = async (node: TestNode, app: string) =>
  JSON.parse((await visit(node, app, "/api/", { method: "POST" })).text).n;
// deno-lint-ignore no-explicit-any -- whatever shape the API gives
const fork = (node: TestNode, app: string, body: any, token?: string) =>
  api(node, "POST", `/api/apps/${app}/fork`, { body, ...(token === undefined ? {} : { token }) });
const count = (db: string, sql: string, ...params: string[]) => {
  const raw = new DatabaseSync(db, { readOnly: true });
  try {
    return (raw.prepare(sql).get(...params) as { n: number }).n;
  } finally {
    raw.close();
  }
};

Deno.test("a fork has the code, the title and the data of its source, not its secrets", async () => {
  await using node = await startNode();
  const { data: source } = await deploy(node, "blog", APP());
  await cli(node, "app", "env", "set", "blog", "COLOUR=blue", "PASSWORD=hunter2", "OTHER=x");
  assert.equal(await add(node, "blog"), 1);
  assert.equal(await add(node, "blog"), 2);
  const blobs = count(node.db, "SELECT count(*) AS n FROM blobs");
  const done = await cli(node, "app", "fork", "blog", "--name", "copy", "--json");
  assert.equal(done.code, 0, done.stderr);
  const { app, from, rows } = JSON.parse(done.stdout);
  assert.deepEqual([from.revision, rows], [1, 1]);
  assert.deepEqual([app.title, app.parentId, app.originId], [
    "The blog",
    source.app.id,
    source.app.id,
  ]);
  assert.notEqual(app.id, source.app.id);
  assert.equal(count(node.db, "SELECT count(*) AS n FROM blobs"), blobs);
  const page = JSON.parse((await visit(node, "copy", "/api/")).text);
  assert.equal(page.n, 2);
  assert.equal(page.env.COLOUR, "blue");
  assert.deepEqual([page.env.PASSWORD, page.env.OTHER], [undefined, undefined]);
  // From here on each goes its own way.
  assert.equal(await add(node, "copy"), 3);
  assert.equal(await add(node, "copy"), 4);
  assert.equal(await add(node, "blog"), 3);
  // What is copied counts as the fork's own.
  const usage = "SELECT bytes AS n FROM storage_totals WHERE app_id = ?";
  assert.equal(count(node.db, usage, app.id), count(node.db, usage, source.app.id));
  await deploy(node, "blog", APP("two"));
  assert.equal((await visit(node, "copy", "/")).text, "one");
});

Deno.test("a fork takes another revision, leaves the data behind, and waits for approval like a deploy", async () => {
  await using node = await startNode();
  await deploy(node, "blog", APP("one"));
  await add(node, "blog");
  await deploy(node, "blog", APP("two"));
  const bare = await fork(node, "blog", { name: "bare", storage: false, revision: 1 });
  assert.deepEqual([bare.status, bare.data.rows], [201, 0]);
  assert.equal((await visit(node, "bare", "/")).text, "one");
  assert.equal(await add(node, "bare"), 1);
  const { data: key } = await api(node, "POST", "/api/keys", {
    body: { name: "ci", scopes: ["deploy"] },
  });
  const pending = await fork(node, "blog", { name: "pending" }, key.token);
  assert.deepEqual(pending.data.app.grants, { approved: [], pending: ["storage:kv"] });
  const { data: one } = await api(node, "POST", "/api/keys", {
    body: { name: "one", scopes: ["deploy:blog"] },
  });
  assert.equal((await fork(node, "blog", { name: "mine" }, one.token)).status, 403);
});

Deno.test("what cannot be forked is refused and leaves nothing", async () => {
  await using node = await startNode();
  await deploy(node, "blog", APP());
  await api(node, "PUT", "/api/aliases/taken", { body: { reserved: true } });
  await api(node, "POST", "/api/apps", { body: { name: "empty" } });
  await deploy(node, "attic", APP());
  await api(node, "DELETE", "/api/apps/attic?keepData=1");
  await deploy(node, "gone", APP());
  await api(node, "DELETE", "/api/apps/gone");
  const bad: [string, Record<string, unknown>, number, string, RegExp][] = [
    ["blog", { name: "blog" }, 409, "NAME_TAKEN", /another app has it/],
    ["blog", { name: "taken" }, 409, "NAME_TAKEN", /address of something else/],
    ["blog", { name: "attic" }, 409, "NAME_TAKEN", /holds kept data/],
    ["blog", { name: "admin" }, 422, "NAME_RESERVED", /the node needs it/],
    ["blog", { name: "1--blog" }, 422, "NAME_RESERVED", /the node needs it/],
    ["blog", { name: "../up" }, 422, "INVALID", /the name/],
    ["blog", {}, 422, "INVALID", /name/],
    ["blog", { name: "x", revision: 9 }, 404, "NOT_FOUND", /no revision 9/],
    ["blog", { name: "x", revision: 1.5 }, 422, "INVALID", /revision/],
    ["empty", { name: "x" }, 404, "NOT_FOUND", /nothing was deployed/],
    ["gone", { name: "x" }, 404, "NOT_FOUND", /no app "gone"/],
    ["attic", { name: "x" }, 404, "NOT_FOUND", /no app "attic"/],
  ];
  const before = count(node.db, "SELECT count(*) AS n FROM apps");
  for (const [app, body, status, code, message] of bad) {
    assertRefused(await fork(node, app, body), { status, code, message });
  }
  assert.equal(count(node.db, "SELECT count(*) AS n FROM apps"), before);
  const nameless = await cli(node, "app", "fork", "blog");
  assert.match(nameless.stderr, /the new app has no name/);
});

Deno.test("of two forks for one name one is made and the other leaves nothing", async () => {
  await using node = await startNode();
  await deploy(node, "blog", APP());
  await add(node, "blog");
  const both = await Promise.all([1, 2].map(() => fork(node, "blog", { name: "copy" })));
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  assert.equal(count(node.db, "SELECT count(*) AS n FROM apps WHERE name = 'copy'"), 1);
  assert.equal(count(node.db, "SELECT count(DISTINCT app_id) AS n FROM kv"), 2);
});

Deno.test("a fork of a fork of a removed app remembers the whole line", async () => {
  await using node = await startNode();
  const { data: { app: blog } } = await deploy(node, "blog", APP());
  await fork(node, "blog", { name: "child" });
  await fork(node, "blog", { name: "twin" });
  await api(node, "DELETE", "/api/apps/blog");
  const { data: { app: grandchild } } = await fork(node, "child", { name: "grandchild" });
  assert.equal(grandchild.originId, blog.id);
  assert.equal((await visit(node, "grandchild", "/")).text, "one");
  const tree = async (app: string) => {
    const shown = await cli(node, "app", "lineage", app);
    return shown.stdout.replaceAll(/ {2}app_\w+/g, "");
  };
  const whole = "blog  gone\n├─ child\n│  └─ grandchild\n└─ twin";
  assert.equal((await tree("twin")).replace("  <- this one", "").trim(), whole);
  // Removed ones without living descendants are of no interest.
  await api(node, "DELETE", "/api/apps/twin");
  assert.equal(await tree("grandchild"), "blog  gone\n└─ child\n   └─ grandchild  <- this one\n");
  const { data: key } = await api(node, "POST", "/api/keys", {
    body: { name: "one", scopes: ["deploy:child"] },
  });
  const seen = await api(node, "GET", "/api/apps/child/lineage", { token: key.token });
  assert.deepEqual(seen.data.nodes.map((n: { name?: string }) => n.name), [
    undefined,
    "child",
    undefined,
  ]);
});

Deno.test("a fork that a crash cut is never seen and leaves nothing, and large data holds nobody up", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-forks-" });
  const db = `${dir}/data.db`;
  try {
    const first = await startNode({ db });
    const { data: { app: { id } } } = await deploy(first, "blog", APP());
    await first[Symbol.asyncDispose]();
    fill(db, id, 400_000);
    const copied = "SELECT count(*) AS n FROM kv WHERE app_id <> ?";
    const second = await startNode({ db });
    const forked = fork(second, "blog", { name: "copy" }).catch(() => undefined);
    await until(() => count(db, copied, id) > 1000);
    // The writer is free in between, and what is not whole is not there.
    const began = performance.now();
    const set = await api(second, "PUT", "/api/apps/blog/env", { body: { COLOUR: "red" } });
    const waited = performance.now() - began;
    assert.equal(set.status, 200);
    assert.ok(waited < 2000, `a write waited ${waited} ms`);
    assert.equal((await visit(second, "copy", "/")).status, 404);
    await second.kill();
    await forked;
    const third = await startNode({ db });
    await until(() => count(db, copied, id) === 0, 30_000);
    await until(() => count(db, "SELECT count(*) AS n FROM apps WHERE parent_id = ?", id) === 0);
    assert.equal(count(db, "SELECT count(*) AS n FROM revisions WHERE app_id = ?", id), 1);
    const again = await fork(third, "blog", { name: "copy" });
    assert.deepEqual([again.status, again.data.rows], [201, 400_000]);
    const totals = "SELECT entries AS n FROM storage_totals WHERE app_id = ?";
    assert.equal(count(db, totals, again.data.app.id), 400_000);
    await third[Symbol.asyncDispose]();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

/** Writes many keys as if the app had, while no node runs. */
function fill(db: string, appId: string, rows: number): void {
  const raw = new DatabaseSync(db);
  raw.prepare(
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?2) " +
      "INSERT INTO kv SELECT ?1, 'usr_system', printf('k%07d', n), '1', 9, NULL, 0 FROM c",
  ).run(appId, rows);
  for (const table of ["storage_usage (app_id, user_id,", "storage_totals (app_id,"]) {
    const user = table.includes("user_id") ? "'usr_system'," : "";
    raw.prepare(
      `INSERT INTO ${table} pillar, entries, bytes) VALUES (?, ${user} 'kv', ?, ?)`,
    ).run(appId, rows, rows * 9);
  }
  raw.close();
}
