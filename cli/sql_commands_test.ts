import assert from "node:assert/strict";
import { FakeNode, jsonOf } from "./testing/fake_node.ts";

const rows = {
  columns: ["id", "name", "bytes"],
  rows: [[1, "a\nb \u001b[31m", null], [22, "x".repeat(80), { $bytes: btoa("abc") }]],
  truncated: true,
  hidden: ["keys.hash"],
  ms: 3,
};

Deno.test("rows are a table: numbers to the right, long and odd values harmless", async () => {
  await using node = new FakeNode({ "POST /api/sql": rows });
  const { code, out, err } = await node.run(["sql", "SELECT 1", "-n", "2"]);
  assert.equal(code, 0);
  assert.deepEqual(jsonOf(node.seen.at(-1)), { sql: "SELECT 1", limit: 2 });
  assert.match(out, /^id {2}name +bytes\n 1 {2}a b .*NULL\n22 {2}x{59}… +3 bytes\n$/);
  assert.ok(!out.includes("\u001b"));
  assert.match(err, /The first 2 rows in 3\s?ms\nThere are more/);
  assert.match(err, /being credentials: keys\.hash/);
  const json = await node.run(["sql", "SELECT 1", "--json"]);
  assert.deepEqual(JSON.parse(json.out).columns, rows.columns);
});

Deno.test("--write is said to the node, and what changed to the owner", async () => {
  await using node = new FakeNode({ "POST /api/sql": { changes: 1, ms: 1 } });
  const { out } = await node.run(["sql", "DELETE FROM logs", "--write"]);
  assert.deepEqual(jsonOf(node.seen.at(-1)), { sql: "DELETE FROM logs", write: true });
  assert.equal(out, "1 row changed\n");
});

Deno.test("an app's tables are listed with their columns, and asked", async () => {
  const column = { type: "text", notNull: true, unique: true };
  await using node = new FakeNode({
    "GET /api/storage/shop/rd": {
      tables: [{
        name: "items",
        table: "rd_111111111111",
        columns: [{ ...column, name: "id" }, { ...column, name: "name" }],
        primaryKey: ["id"],
        indexes: [],
      }],
      usage: { entries: 3, bytes: 120 },
    },
    "POST /api/storage/shop/rd/query": { columns: ["name"], types: ["text"], rows: [["a"]], ms: 1 },
  });
  const { out } = await node.run(["storage", "rd", "tables", "shop"]);
  assert.match(out, /items +id +text +primary +no +rd_111111111111\.c_id\n +name +text +unique/);
  assert.match(out, /3 rows, 120 B/);
  const asked = await node.run(["storage", "rd", "query", "shop", "SELECT 1", "--user", "usr_a"]);
  assert.equal(asked.out, "name\na\n");
  assert.deepEqual(jsonOf(node.seen.at(-1)), { sql: "SELECT 1", user: "usr_a" });
});
