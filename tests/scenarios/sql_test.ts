import assert from "node:assert/strict";
import { TOOL } from "../fixtures/apps.ts";
import { api, cli, deploy, startNode, type TestNode } from "../helpers/mod.ts";

const ask = (node: TestNode, sql: string, more: object = {}) =>
  api(node, "POST", "/api/sql", { body: { sql, ...more } });

Deno.test("the owner asks the database; without --write nothing changes", async () => {
  await using node = await startNode();
  await deploy(node, "tool", TOOL);
  const shown = await cli(node, "sql", "SELECT name, state FROM apps WHERE name = 'tool'");
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /name +state\n *tool +active\n/);
  assert.match(shown.stderr, /1 row in/);
  for (
    const sql of [
      "DELETE FROM apps",
      "UPDATE apps SET title = 'x'",
      "INSERT INTO kv SELECT * FROM kv",
      "WITH x AS (SELECT 1) DELETE FROM apps",
      "DROP TABLE apps",
      "PRAGMA user_version = 7",
      "VACUUM",
      "ATTACH 'x.db' AS x",
      "SELECT 1; DELETE FROM apps",
      "SELECT * FROM pragma_table_info('apps')",
      "SELECT load_extension('x')",
    ]
  ) {
    const { status, error } = await ask(node, sql);
    assert.ok(status === 403 || status === 422, `${sql}: ${status} ${JSON.stringify(error)}`);
  }
  const { data } = await ask(node, "SELECT count(*) FROM apps WHERE title IS NULL");
  assert.ok(data.rows[0][0] >= 1);
});

Deno.test("--write changes rows, says so in the activity log, and stops at its limit", async () => {
  await using node = await startNode();
  await deploy(node, "tool", TOOL);
  const sql = "UPDATE apps SET title = 'A tool' WHERE name = 'tool'";
  const wrote = await cli(node, "sql", sql, "--write");
  assert.equal(wrote.code, 0, wrote.stderr);
  assert.match(wrote.stdout, /1 row changed/);
  const { data: activity } = await api(node, "GET", "/api/activity?limit=1");
  assert.equal(activity[0].action, "sql.write");
  assert.equal(activity[0].target, sql);
  const many = await ask(node, "UPDATE files SET type = 'x'", { write: true, limit: 1 });
  assert.equal(many.status, 413, JSON.stringify(many.error));
  const { data } = await ask(node, "SELECT count(*) FROM files WHERE type = 'x'");
  assert.deepEqual(data.rows, [[0]]);
  for (
    const refused of [
      "DROP TABLE apps",
      "CREATE TABLE x (a)",
      "ALTER TABLE apps ADD COLUMN x",
      "PRAGMA user_version = 7",
      "DELETE FROM activity",
      "UPDATE keys SET scopes = 'admin'",
      "INSERT INTO sessions (id, hash, user_id, created_at, expires_at) VALUES ('s', x'00', 'u', 0, 9)",
      "DELETE FROM node",
      "UPDATE sqlite_master SET sql = ''",
    ]
  ) {
    const { status, error } = await ask(node, refused, { write: true });
    assert.ok(status === 403 || status === 422, `${refused}: ${status} ${JSON.stringify(error)}`);
  }
});

Deno.test("no way of asking shows a credential", async () => {
  await using node = await startNode();
  await api(node, "POST", "/api/keys", { body: { name: "k", scopes: ["read"] } });
  await api(node, "PUT", "/api/secrets", { body: { name: "S", value: "sk_live" } });
  for (
    const [sql, column] of [
      ["SELECT hash FROM keys", "keys.hash"],
      ["SELECT hash FROM main.keys", "keys.hash"],
      ["SELECT k.hash AS x FROM keys AS k", "keys.hash"],
      ["SELECT hex(hash) FROM keys WHERE hash IS NOT NULL OR 1", "keys.hash"],
      ["WITH x AS (SELECT hash AS h FROM keys) SELECT h FROM x", "keys.hash"],
      ["SELECT max(hash) FROM keys", "keys.hash"],
      ["SELECT value FROM node WHERE key = 'token'", "node.value"],
      ["SELECT sealed FROM secrets", "secrets.sealed"],
      ["SELECT key FROM node_keys", "node_keys.key"],
    ] as const
  ) {
    const { data, error } = await ask(node, sql);
    assert.ok(data, `${sql}: ${JSON.stringify(error)}`);
    for (const row of data.rows) assert.ok(row[0] === null || row[0] === "", sql);
    assert.deepEqual(data.hidden, [column], sql);
  }
  const { data } = await ask(node, "SELECT name FROM keys WHERE hash > x'00'");
  assert.deepEqual(data.rows, []);
  const shown = await cli(node, "sql", "SELECT * FROM keys");
  assert.match(shown.stderr, /Shown as NULL, being credentials: keys\.hash/);
});

Deno.test("a statement of the owner's has a limit of rows and of time", async () => {
  await using node = await startNode();
  await deploy(node, "tool", TOOL);
  const few = await ask(node, "SELECT * FROM chunks", { limit: 1 });
  assert.equal(few.data.rows.length, 1);
  assert.equal(few.data.truncated, true);
  await api(node, "PUT", "/api/system/config", { body: { key: "limits.sql.ms", value: 200 } });
  const list = "SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9,10]')";
  for (
    const [sql, status] of [
      ["WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c", 413],
      [
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE fazt_tick(x)) " +
        "SELECT max(x) FROM c",
        504,
      ],
      [`SELECT count(*) FROM (${list}) a, (${list}) b`, 413],
    ] as const
  ) {
    const started = performance.now();
    const answer = await ask(node, sql);
    assert.equal(answer.status, status, `${sql}: ${JSON.stringify(answer)}`);
    assert.ok(performance.now() - started < 4000, sql);
  }
  for (const scopes of [["read"], ["deploy"]]) {
    const { data: key } = await api(node, "POST", "/api/keys", { body: { name: "k", scopes } });
    const { status } = await api(node, "POST", "/api/sql", {
      token: key.token,
      body: { sql: "SELECT 1" },
    });
    assert.equal(status, 403);
  }
});
