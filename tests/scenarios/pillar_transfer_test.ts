// An app moves with everything it keeps: values, documents, tables and objects, and its people's.
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import {
  api,
  cli,
  deploy,
  download,
  forge,
  raw,
  send,
  type TestNode,
  visit,
  withNodes,
} from "../helpers/mod.ts";

const APP = {
  "app.json": JSON.stringify({
    name: "shop",
    permissions: ["storage:kv", "storage:ds", "storage:rd", "storage:s3"],
    env: [{ name: "COLOR" }],
    cron: [{ schedule: "0 3 * * *", handler: "api/main.js" }],
  }),
  "index.html": "shop",
  "api/main.js": `
const { kv, ds, rd, s3, user } = fazt.storage;
const ready = rd.migrate([{
  id: "1 tables",
  define: {
    items: {
      columns: {
        id: { type: "integer", primaryKey: true },
        Name: { type: "text", notNull: true, unique: true },
        price: { type: "real", default: 1.5 }, stock: { type: "integer", default: 0 },
        sold: { type: "boolean", default: true }, made: { type: "date", default: "now" },
        tags: { type: "json", default: "[\\"it's\\"]" }, image: "blob",
        note: { type: "text", default: "it's; DROP TABLE" },
      },
      indexes: ["stock", { columns: ["sold", "made"] }],
    },
    notes: { columns: { day: "text", n: "integer", text: "text" }, primaryKey: ["day", "n"] },
  },
}, { id: "2 more", define: { items: { columns: {
  id: { type: "integer", primaryKey: true }, later: { type: "integer", notNull: true, default: 7 },
} } }, exec: [["INSERT INTO items (Name, made) VALUES (?, ?)", ["seed", 5]]] }]);
const digest = async (object) => [...new Uint8Array(
  await crypto.subtle.digest("SHA-256", await new Response(object.body).arrayBuffer()))].join();
const steps = {
  async fill() {
    await kv.set("k", { at: new Date(5), raw: new Uint8Array([1, 2]) });
    await ds.index("orders", "customer.name");
    await ds.insert("orders", [
      { id: "o1", total: 5, at: new Date(1000), raw: new Uint8Array([1, 2]), wide: 12345.678e30 },
      { id: "o2", total: -0, customer: { name: "Ada \\u{1F600}" }, odd: { $date: "x" }, gone: null },
    ]);
    await ds.update("orders", { id: "o1" }, { $set: { "customer": { name: "Bob" } } });
    await ds.insert("empty", { id: "x" });
    await ds.delete("empty", { id: "x" });
    const image = new Uint8Array([0, 255]);
    await rd.exec("INSERT INTO items (Name, price, stock, sold, made, tags, image, note) VALUES " +
      "('5', 2.0, 9007199254740991, 0, 7, '{\\"a\\":[1]}', ?, NULL)", [image]);
    await rd.exec("INSERT INTO notes VALUES ('mon', 1, 'x')");
    await s3.put("a/small.txt", "small", { type: "text/plain", metadata: { by: "me" } });
    let left = 40;
    await s3.put("big.bin", new ReadableStream({ pull(c) {
      if (left-- === 0) return c.close();
      c.enqueue(new Uint8Array(65536).fill(left));
    } }));
    return {};
  },
  async fillMine() {
    await user.kv.set("k", "mine");
    await user.ds.insert("orders", { id: "o1", total: 99 });
    await user.ds.insert("diary", { id: "d", text: "dear" });
    await user.rd.exec("INSERT INTO items (Name) VALUES ('seed')");
    await user.s3.put("big.bin", "not big");
    return {};
  },
  async read() {
    const sum = await s3.get("big.bin");
    return {
      kv: await kv.get("k"), orders: await ds.find("orders", {}, { sort: "id" }),
      byIndex: await ds.find("orders", { "customer.name": "Bob" }),
      raw: [...(await ds.findOne("orders", { id: "o1" })).raw], collections: await ds.collections(),
      items: (await rd.query("SELECT * FROM items ORDER BY id"))
        .map((row) => ({ ...row, image: row.image && [...row.image] })),
      notes: await rd.query("SELECT * FROM notes"),
      small: await s3.head("a/small.txt"), size: sum.size, sum: await digest(sum),
      list: await s3.list(""), color: await fazt.env.get("COLOR"),
    };
  },
  async readMine() {
    return {
      kv: await user.kv.get("k"), orders: await user.ds.find("orders"),
      diary: await user.ds.find("diary"), collections: await user.ds.collections(),
      items: (await user.rd.query("SELECT id, Name, price, note FROM items")),
      list: await user.s3.list(""), big: await (await user.s3.get("big.bin")).text(),
    };
  },
  async more() {
    const clash = await rd.exec("INSERT INTO items (Name) VALUES ('seed')").catch((e) => e.code);
    const { lastInsertId } = await rd.exec("INSERT INTO items (Name) VALUES ('new')");
    const [row] = await rd.query("SELECT price, sold, tags, note, later FROM items WHERE id = ?", [lastInsertId]);
    await ds.insert("orders", { id: "o3" });
    return { clash, lastInsertId, row, again: await ds.insert("orders", { id: "o1" }).catch((e) => e.code) };
  },
};
export default {
  async fetch(request) {
    const applied = await ready;
    const step = new URL(request.url).pathname.slice(5);
    return step === "applied" ? { applied } : await steps[step]();
  },
  scheduled() {},
};`,
};

const PERSON = "usr_111111111111";

async function call(node: TestNode, step: string) {
  const { status, text } = await visit(node, "shop", `/api/${step}`);
  assert.equal(status, 200, text);
  return JSON.parse(text);
}
async function asPerson(node: TestNode, step: string) {
  const { code, stdout, stderr } = await cli(
    ...[node, "app", "run", "shop", `/api/${step}`, "--user", PERSON] as const,
  );
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
async function filled(node: TestNode): Promise<void> {
  const done = await deploy(node, "shop", APP);
  assert.equal(done.status, 201, JSON.stringify(done.error));
  await api(node, "PUT", "/api/apps/shop/env", { body: { COLOR: "red" } });
  assert.deepEqual((await call(node, "applied")).applied, ["1 tables", "2 more"]);
  await call(node, "fill");
  await asPerson(node, "fillMine");
}
const usage = (node: TestNode) =>
  raw(node, "SELECT user_id, pillar, entries, bytes FROM storage_usage ORDER BY user_id, pillar")
    .filter(({ entries }) => Number(entries) > 0);
const counts = (node: TestNode) =>
  raw(
    node,
    "SELECT name, user_id, documents, bytes FROM ds_counts JOIN ds_collections c " +
      "ON c.id = collection_id WHERE documents > 0 ORDER BY name, user_id",
  );
/** Indexes by what they are over, in the words of both pillars. */
const indexes = (node: TestNode) =>
  raw(
    node,
    "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND " +
      "(tbl_name GLOB 'ds_[0-9]*' OR tbl_name GLOB 'rd_????????????')",
  )
    .map(({ sql }) => String(sql).replace(/[dr][sd]_[0-9a-z_]+/g, "T")).sort();
/** All that an import that fails must not leave. */
const standing = (node: TestNode) =>
  raw(
    node,
    "SELECT (SELECT count(*) FROM apps) AS apps, (SELECT count(*) FROM sqlite_master) AS schema, " +
      "(SELECT count(*) FROM objects) AS objects, (SELECT count(*) FROM rd_tables) AS tables, " +
      "(SELECT count(*) FROM rd_migrations) AS migrations, " +
      "(SELECT count(*) FROM ds_collections) AS collections, " +
      "(SELECT count(*) FROM ds_indexes) AS indexes, (SELECT count(*) FROM storage_totals) AS totals",
  )[0];

Deno.test("documents, tables, objects and people's own move with an app", async (t) => {
  await withNodes(async (from, to) => {
    // What is there before has the first numbers, so that those of the file mean nothing.
    await deploy(to, "other", { ...APP, "app.json": APP["app.json"].replace("shop", "other") });
    assert.equal((await visit(to, "other", "/api/fill")).status, 200);
    const others = (await visit(to, "other", "/api/read")).text;
    await filled(from);
    assert.notDeepEqual(raw(from, "SELECT * FROM blob_sources"), []);
    const [all, mine] = [await call(from, "read"), await asPerson(from, "readMine")];
    const bytes = await download(from, "/api/apps/shop/export");
    const done = await send(to, bytes, "?approve=1");
    assert.equal(done.status, 201, JSON.stringify(done.error));
    assert.deepEqual([done.data.dropped, done.data.left], [0, []]);
    await t.step("migrations that were run are not run again", async () => {
      assert.deepEqual((await call(to, "applied")).applied, []);
    });
    await t.step("the app's own code reads the same", async () => {
      assert.deepEqual(await call(to, "read"), all);
      assert.deepEqual(await asPerson(to, "readMine"), mine);
      assert.deepEqual(mine.orders, [{ id: "o1", total: 99 }]);
    });
    await t.step("it is counted the same, for each of its people", () => {
      const app = done.data.app.id;
      const ofApp = (sql: string) => raw(to, sql.replaceAll("$APP", `'${app}'`));
      assert.deepEqual(
        ofApp(
          "SELECT user_id, pillar, entries, bytes FROM storage_usage WHERE app_id = $APP " +
            "AND entries > 0 ORDER BY user_id, pillar",
        ),
        usage(from),
      );
      assert.deepEqual(
        ofApp(
          "SELECT name, user_id, documents, bytes FROM ds_counts JOIN ds_collections c ON " +
            "c.id = collection_id WHERE documents > 0 AND c.app_id = $APP ORDER BY name, user_id",
        ),
        counts(from),
      );
    });
    await t.step("indexes are there, each as it was", () => {
      const [here, there] = [indexes(to), indexes(from)];
      for (const one of there) assert.ok(here.includes(one), one);
      assert.match(there.join("\n"), /customer/);
    });
    await t.step("defaults, keys and uniqueness go on", async () => {
      assert.deepEqual(await call(to, "more"), {
        clash: "CONFLICT",
        lastInsertId: 3,
        row: { price: 1.5, sold: true, tags: ["it's"], note: "it's; DROP TABLE", later: 7 },
        again: "CONFLICT",
      });
    });
    await t.step("nothing of another app changed, nor does it when this one goes", async () => {
      assert.equal((await visit(to, "other", "/api/read")).text, others);
      assert.equal((await api(to, "DELETE", "/api/apps/shop")).status < 300, true);
      assert.equal((await visit(to, "other", "/api/read")).text, others);
    });
  });
});

Deno.test("hostile documents, tables and objects move nothing", async (t) => {
  await withNodes(async (from, to, dir) => {
    await filled(from);
    await Deno.writeFile(`${dir}/good`, await download(from, "/api/apps/shop/export"));
    const before = standing(to);
    const refused = async (
      why: string,
      change: string | ((db: DatabaseSync) => void),
      code = "BACKUP_DAMAGED",
    ) => {
      await t.step(why, async () => {
        const bytes = await forge(
          `${dir}/good`,
          typeof change === "string" ? (db) => db.exec(change) : change,
        );
        const { status, error } = await send(to, bytes, "?approve=1");
        assert.equal(error?.code, code, `${status} ${JSON.stringify(error)}`);
        assert.deepEqual(standing(to), before);
      });
    };
    const orders = "t_ds_1";
    const items = "t_rd_1";
    await refused("a document that is no JSON", `UPDATE ${orders} SET body = '{'`);
    await refused("a document in SQLite's own form", `UPDATE ${orders} SET body = jsonb(body)`);
    await refused("a document that is a list", `UPDATE ${orders} SET body = '[1]'`);
    await refused(
      "a date that is none",
      `UPDATE ${orders} SET body = json_set(body, '$.x', json('{"$date":1e300}'))`,
    );
    await refused("a document with two ids", `UPDATE ${orders} SET id = 'other'`);
    await refused("a document twice", `INSERT INTO ${orders} SELECT * FROM ${orders}`);
    await refused(
      "a person's document among the app's",
      `UPDATE ${orders} SET user_id = '${PERSON}'`,
    );
    await refused("a user that is none", `UPDATE ${orders} SET user_id = 'x'' OR 1'`);
    await refused("a time that is none", `UPDATE ${orders} SET created_at = 'now'`);
    await refused(
      "a document that is too large",
      `UPDATE ${orders} SET body = json_object('id', id, 'x', printf('%.*c', 16777217, 'x')) WHERE id = 'o1'`,
      "TOO_LARGE",
    );
    await refused(
      "a column that no document has",
      `ALTER TABLE ${orders} RENAME COLUMN body TO more`,
    );
    await refused("a collection's name", "UPDATE t_ds_collections SET name = '../x'");
    await refused(
      "two collections of a name",
      "UPDATE t_ds_collections SET name = 'x', people = 0",
    );
    await refused("a catalogue that knows another table", "UPDATE t_ds_collections SET n = n + 50");
    await refused("an index over no path", `UPDATE t_ds_indexes SET path = 'a''b"]...'`);
    await refused("counts of its own", 'CREATE TABLE "t_ds_counts" ("app_id", "documents")');
    await refused(
      "more indexes than there may be",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) " +
        "INSERT INTO t_ds_indexes SELECT t_ds_indexes.n, 'p' || i, 0, 1 FROM n, t_ds_indexes",
    );
    await refused(
      "more collections than there may be",
      "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 220) " +
        "INSERT INTO t_ds_collections SELECT i, 0, 'c' || i, 1 FROM n",
      "QUOTA",
    );
    for (
      const [column, value] of [
        ["c0", "'1'"],
        ["c1", "5"],
        ["c2", "2"],
        ["c3", "1.5"],
        ["c4", "2"],
        [
          "c5",
          "'now'",
        ],
        ["c6", "'{'"],
        ["c7", "'text'"],
        ["c1", "NULL"],
        ["c9", "NULL"],
        ["user_id", "5"],
      ] as const
    ) {
      await refused(
        `a row whose ${column} is ${value}`,
        `UPDATE ${items} SET ${column} = ${value}`,
      );
    }
    await refused("a row twice", `INSERT INTO ${items} SELECT * FROM ${items}`);
    await refused("a row over a mebibyte", `UPDATE ${items} SET c8 = printf('%.*c', 1100000, 'x')`);
    await refused("a row without a column", `ALTER TABLE ${items} RENAME COLUMN c8 TO d8`);
    await refused(
      "a table by its physical name",
      'CREATE TABLE "t_rdv_1" ("user_id")',
      "BACKUP_NEWER",
    );
    const declare = (path: string, json: string) =>
      `UPDATE t_rd_tables SET declared = json_set(declared, '${path}', json('${json}'))`;
    await refused("SQL for a default", declare("$.columns.stock.fallback", '"(SELECT 1)"'));
    await refused(
      "a default of another kind",
      declare("$.columns.stock.default", '"1); DROP TABLE kv"'),
    );
    await refused(
      "a column's name that is SQL",
      `UPDATE t_rd_tables SET declared = replace(declared, '"Name"', '"a\\" TEXT, b"')`,
    );
    await refused("an index over no column", declare("$.indexes[0]", '"nothing"'));
    await refused("a declaration that is none", "UPDATE t_rd_tables SET declared = '[]'");
    await refused("a table's name that is SQL", "UPDATE t_rd_tables SET name = 'select'");
    await refused("two tables of a name", "UPDATE t_rd_tables SET name = 'same'");
    await refused("a migration twice", "INSERT INTO t_rd_migrations SELECT * FROM t_rd_migrations");
    await refused("a path that leaves its place", "UPDATE t_objects SET path = '../' || path");
    await refused(
      "a type that is none",
      "UPDATE t_objects SET type = 'a' || char(13, 10) || 'b: c'",
    );
    await refused("metadata that is no text", `UPDATE t_objects SET metadata = '{"a":5}'`);
    await refused("another size", "UPDATE t_objects SET size = 1");
    await refused("content that is not there", `UPDATE t_objects SET cid = 'sha256-x'`);
    await refused("an object twice", "INSERT INTO t_objects SELECT * FROM t_objects");
    await refused(
      "an object of a node's own table",
      'CREATE TABLE "t_blob_sources" ("cid")',
      "BACKUP_NEWER",
    );
    await refused("a trigger", `CREATE TRIGGER x AFTER INSERT ON ${items} BEGIN SELECT 1; END`);
    await refused(
      "a view for a table",
      `DROP TABLE ${items}; CREATE VIEW ${items} AS SELECT 1 AS user_id`,
    );
  });
});
