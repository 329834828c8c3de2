import assert from "node:assert/strict";
import { api, cli, deploy, startNode, type TestNode, visit } from "../helpers/mod.ts";

const APP = {
  "app.json": '{"name":"shop","permissions":["storage:ds","storage:kv"]}',
  "api/main.js": `
const { ds } = fazt.storage;
const steps = {
  async fill() {
    await ds.index("orders", "customer.name");
    const one = await ds.insert("orders", { id: "o1", total: 5, at: new Date(1000), raw: new Uint8Array([1, 2]) });
    const more = await ds.insert("orders", [
      { total: 12, customer: { name: "Ada" }, tags: ["new", "big"], at: new Date(3000) },
      { total: 7, customer: { name: "bob" }, at: new Date(2000), gone: null },
    ]);
    return { one, more: more.length, distinct: new Set(more).size };
  },
  async find() {
    const names = async (...args) => (await ds.find("orders", ...args)).map((o) => o.total);
    const first = await ds.findOne("orders", { id: "o1" });
    return {
      date: first.at instanceof Date && first.at.getTime(), raw: [...first.raw],
      later: await names({ at: { $gt: new Date(1500) } }, { sort: "-at" }),
      regex: await names({ "customer.name": /^ADA$/i }),
      contains: await names({ tags: "big" }),
      missing: await names({ gone: null }),
      exists: await names({ gone: { $exists: true } }),
      fields: await ds.findOne("orders", { total: 12 }, { fields: ["customer.name"] }).then(({ id, ...o }) => o),
      count: await ds.count("orders"),
      none: await ds.findOne("orders", { id: "nothing" }) === undefined,
    };
  },
  async change() {
    const updated = await ds.update("orders", { total: { $lt: 10 } }, { $inc: { total: 100 }, $push: { tags: "paid" } });
    const upserted = await ds.update("orders", { id: "o9", "customer.name": "Eve" }, { $set: { total: 1 } }, { upsert: true });
    const made = await ds.findOne("orders", { "customer.name": "Eve" });
    const deleted = await ds.delete("orders", { total: { $gte: 100 } });
    return { updated, upserted, made, deleted, left: await ds.count("orders"), all: (await ds.collections())[0] };
  },
  async errors() {
    const cyclic = {}; cyclic.self = cyclic;
    let deep = {}; for (let i = 0; i < 105; i++) deep = { deep };
    const tries = {
      undefined: () => ds.delete("orders", { total: undefined }),
      all: () => ds.delete("orders"),
      pull: () => ds.update("orders", {}, { $pull: { items: { sku: undefined } } }),
      date: () => ds.insert("orders", { at: new Date(NaN) }),
      nan: () => ds.insert("orders", { n: NaN }),
      bigint: () => ds.insert("orders", { n: 1n }),
      cyclic: () => ds.insert("orders", cyclic),
      deep: () => ds.insert("orders", deep),
      scalar: () => ds.insert("orders", 5),
      operator: () => ds.find("orders", { total: { $gtt: 1 } }),
      conflict: () => ds.insert("orders", [{ id: "new" }, { id: "o9" }]),
      name: () => ds.insert("a'b; DROP TABLE apps", {}),
      user: () => fazt.storage.user.ds.insert("orders", {}),
    };
    const seen = {};
    for (const [name, run] of Object.entries(tries)) {
      seen[name] = await run().then(() => "fine", (e) => e.code ?? e.message);
    }
    return { ...seen, left: await ds.count("orders") };
  },
  async mine() {
    const mine = fazt.storage.user.ds;
    await mine.insert("orders", { total: 1 });
    return [await mine.count("orders"), await mine.find("orders", { id: "o9" }), await ds.count("orders")];
  },
};
export default async (request) => await steps[new URL(request.url).pathname.slice(5)]();`,
};

const call = async (node: TestNode, step: string) => {
  const { status, text } = await visit(node, "shop", `/api/${step}`);
  assert.equal(status, 200, text);
  return JSON.parse(text);
};

Deno.test("an app keeps documents, and the owner sees and changes them", async (t) => {
  await using node = await startNode();
  assert.equal((await deploy(node, "shop", APP)).status, 201);

  await t.step("an app inserts, finds and changes", async () => {
    assert.deepEqual(await call(node, "fill"), { one: "o1", more: 2, distinct: 2 });
    assert.deepEqual(await call(node, "find"), {
      date: 1000,
      raw: [1, 2],
      later: [12, 7],
      regex: [12],
      contains: [12],
      missing: [5, 12, 7],
      exists: [7],
      fields: { customer: { name: "Ada" } },
      count: 3,
      none: true,
    });
    const { all, ...changed } = await call(node, "change");
    assert.deepEqual(changed, {
      updated: 2,
      upserted: 1,
      made: { id: "o9", customer: { name: "Eve" }, total: 1 },
      deleted: 2,
      left: 2,
    });
    assert.deepEqual([all.name, all.documents, all.indexes], ["orders", 2, [{
      path: "customer.name",
      automatic: false,
    }]]);
  });

  await t.step("what cannot be stored or asked is refused and changes nothing", async () => {
    assert.deepEqual(await call(node, "errors"), {
      undefined: "Cannot query with undefined at total: write null for what is missing",
      all: "Cannot delete: say which, {} means all",
      pull: "Cannot query with undefined at $pull.items.sku: write null for what is missing",
      date: "Cannot store an invalid date at at",
      nan: "Cannot store NaN at n",
      bigint: "Cannot store a bigint at n",
      cyclic: "Cannot store a cycle at self",
      deep: `Cannot store more than 100 levels at ${Array(101).fill("deep").join(".")}`,
      scalar: "Cannot insert: a document is an object",
      operator: "INVALID",
      conflict: "CONFLICT",
      name: "INVALID",
      user: "NOT_SIGNED_IN",
      left: 2,
    });
  });

  await t.step("a person has documents of their own", async () => {
    const user = "usr_111111111111";
    const run = await cli(node, "app", "run", "shop", "/api/mine", "--user", user);
    assert.deepEqual(JSON.parse(run.stdout), [1, [], 2]);
    const listed = await api(node, "GET", `/api/storage/shop/ds?user=${user}`);
    assert.deepEqual(listed.data.map((one: { documents: number }) => one.documents), [1]);
  });

  await t.step("the command line does the same", async () => {
    const fazt = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli(node, "storage", ...args);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    assert.equal(
      await fazt("ds", "insert", "shop", "notes", '[{"id":"a","n":1},{"id":"b","n":2}]'),
      "a\nb",
    );
    assert.equal(
      await fazt(
        "ds",
        "find",
        "shop",
        "notes",
        '{"n":{"$gt":0}}',
        "--sort=-n",
        "--fields",
        "n",
        "-n",
        "1",
      ),
      '{"id":"b","n":2}',
    );
    assert.equal(
      await fazt("ds", "update", "shop", "notes", "{}", '{"$inc":{"n":10}}'),
      "2 documents changed",
    );
    assert.equal(await fazt("ds", "get", "shop", "notes", "a"), '{\n  "id": "a",\n  "n": 11\n}');
    assert.equal(await fazt("ds", "index", "shop", "notes", "n"), "notes is indexed by n");
    assert.match(await fazt("ds", "collections", "shop"), /notes +2 +\S+ \S+ +n\n/);
    assert.equal(await fazt("ds", "delete", "shop", "notes", '{"id":"a"}'), "1 document deleted");
    assert.equal(await fazt("ds", "drop", "shop", "notes", "--yes"), "notes is deleted");
    assert.equal(
      await fazt("kv", "set", "shop", "a/b c", '{"x":1}', "--ttl", "1h"),
      "a/b c is set",
    );
    assert.equal(await fazt("kv", "set", "shop", "motd", "hello"), "motd is set");
    assert.equal(await fazt("kv", "get", "shop", "a/b c"), '{"x":1}');
    assert.match(await fazt("kv", "list", "shop", "m"), /motd +- +"hello"$/);
    assert.equal(await fazt("kv", "delete", "shop", "motd"), "motd is deleted");
    assert.equal((await cli(node, "storage", "kv", "get", "shop", "motd")).code, 3);
    const [usage] = JSON.parse(await fazt("usage", "shop", "--json"));
    assert.deepEqual([usage.app, usage.pillars.kv.entries, usage.pillars.ds.entries], [
      "shop",
      1,
      3,
    ]);
    const { data } = await api(node, "GET", "/api/activity");
    const actions = data.map((row: { action: string }) => row.action);
    for (const action of ["ds.insert", "ds.update", "ds.index", "ds.delete", "ds.drop", "kv.set"]) {
      assert.ok(actions.includes(`storage.${action}`), action);
    }
  });

  await t.step("answers of the API have their documents, a page and a total", async () => {
    const found = await api(node, "GET", "/api/storage/shop/ds/orders?total=1&limit=1");
    assert.deepEqual([found.data.length, found.meta], [1, { limit: 1, total: 2 }]);
    const missing = await api(node, "GET", "/api/storage/shop/ds/orders/nothing");
    assert.deepEqual([missing.status, missing.error.code], [404, "NOT_FOUND"]);
    const bad = await api(node, "GET", '/api/storage/shop/ds/orders?query={"a":{"$x":1}}');
    assert.deepEqual(bad.error.details, { operator: "$x", path: "a" });
    const raw = await api(node, "POST", "/api/storage/shop/ds/orders", {
      body: { documents: [{ a: { $date: "x" } }] },
    });
    assert.equal(raw.status, 201);
    const wrong = await api(node, "POST", "/api/storage/shop/ds/orders", {
      body: { documents: [{ a: { $bytes: "?" } }] },
    });
    assert.equal(wrong.status, 422);
  });
});
