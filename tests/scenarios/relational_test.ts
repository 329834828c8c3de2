import assert from "node:assert/strict";
import { api, deploy, startNode, type TestNode, visit } from "../helpers/mod.ts";

const APP = {
  "app.json": JSON.stringify({ name: "shop", version: "1.0.0", permissions: ["storage:rd"] }),
  "index.html": "shop",
  "api/main.ts": `
    import { storage } from "fazt";
    const { rd } = storage;
    const ready = rd.migrate([
      {
        id: "1 items",
        define: {
          items: {
            columns: {
              id: { type: "integer", primaryKey: true },
              name: { type: "text", notNull: true, unique: true },
              stock: { type: "integer", default: 0 },
              sold: "boolean", made: "date", tags: "json", image: "blob",
            },
            indexes: ["stock"],
          },
        },
        exec: [["INSERT INTO items (name, stock) VALUES (?, ?)", ["first", 3]]],
      },
      { id: "2 orders", define: { orders: { item: "integer", count: "integer" } } },
    ]);
    export default async (request: Request) => {
      const applied = await ready;
      const { pathname } = new URL(request.url);
      if (pathname === "/api/applied") return { applied };
      if (pathname === "/api/values") {
        const made = new Date(1800000000000);
        await rd.exec(
          "INSERT INTO items (name, sold, made, tags, image) VALUES (:name, :sold, :made, :tags, :image)",
          { name: "kinds", sold: true, made, tags: ["a", { b: 1 }], image: new Uint8Array([1, 2]) },
        );
        const [row] = await rd.query<any>("SELECT * FROM items WHERE name = ?", ["kinds"]);
        return {
          sold: row.sold, made: row.made instanceof Date && row.made.getTime(), tags: row.tags,
          image: [...row.image], stock: row.stock,
        };
      }
      if (pathname === "/api/buy") {
        try {
          const results = await rd.transaction([
            { sql: "UPDATE items SET stock = stock - 1 WHERE id = 1 AND stock > 0", expect: 1 },
            ["INSERT INTO orders (item, count) VALUES (?, ?)", [1, 1]],
            "SELECT stock FROM items WHERE id = 1",
          ]);
          return { results };
        } catch (error) {
          return { code: error.code, orders: await rd.query("SELECT count(*) AS n FROM orders") };
        }
      }
      const bad = await rd.query("SELECT * FROM kv").catch((e) => ({ code: e.code, message: e.message }));
      const nan = await rd.query("SELECT ?", [NaN]).catch((e) => e.message);
      return { bad, nan };
    };
  `,
};

const get = async (node: TestNode, path: string) =>
  JSON.parse((await visit(node, "shop", path)).text);

Deno.test("an app declares tables, migrates them once, and queries them", async () => {
  await using node = await startNode();
  const deployed = await deploy(node, "shop", APP);
  assert.equal(deployed.status, 201, JSON.stringify(deployed.error));
  assert.deepEqual(await get(node, "/api/applied"), { applied: ["1 items", "2 orders"] });
  assert.deepEqual(await get(node, "/api/values"), {
    sold: true,
    made: 1800000000000,
    tags: ["a", { b: 1 }],
    image: [1, 2],
    stock: 0,
  });
  const bought = await get(node, "/api/buy");
  assert.deepEqual(bought.results, [
    { changes: 1 },
    { changes: 1, lastInsertId: 1 },
    [{ stock: 2 }],
  ]);
  await get(node, "/api/buy");
  await get(node, "/api/buy");
  assert.deepEqual(await get(node, "/api/buy"), { code: "CONFLICT", orders: [{ n: 3 }] });
  const { bad, nan } = await get(node, "/api/");
  assert.equal(bad.code, "FORBIDDEN");
  assert.doesNotMatch(bad.message, /rd_/);
  assert.match(nan, /NaN as parameter 1/);
});

Deno.test("a new revision with the same migrations finds them done", async () => {
  await using node = await startNode();
  await deploy(node, "shop", APP);
  assert.deepEqual((await get(node, "/api/applied")).applied.length, 2);
  await deploy(node, "shop", { ...APP, "index.html": "new" });
  assert.deepEqual(await get(node, "/api/applied"), { applied: [] });
});

Deno.test("a person reaches their own rows of the same tables", async () => {
  await using node = await startNode();
  await deploy(node, "people", {
    "app.json": JSON.stringify({ name: "people", version: "1.0.0", permissions: ["storage:rd"] }),
    "api/main.ts": `
      import { storage } from "fazt";
      export default async (request: Request) => {
        await storage.rd.define("diary", { text: "text" });
        const { user } = storage;
        const text = new URL(request.url).searchParams.get("text");
        const { lastInsertId } = await user.rd.exec("INSERT INTO diary (text) VALUES (?)", [text]);
        return { lastInsertId, mine: await user.rd.query("SELECT text FROM diary"),
          all: await storage.rd.query("SELECT text FROM diary") };
      };
    `,
  });
  const as = async (user: string, text: string) => {
    const { data } = await api(node, "POST", "/api/apps/people/run", {
      body: { path: `/api/?text=${text}`, user },
    });
    return JSON.parse(atob(data.body));
  };
  const ann = await as("usr_aaaaaaaaaaaa", "secret");
  const ben = await as("usr_bbbbbbbbbbbb", "hello");
  assert.deepEqual(ann, { lastInsertId: 1, mine: [{ text: "secret" }], all: [] });
  assert.deepEqual(ben, { lastInsertId: 1, mine: [{ text: "hello" }], all: [] });
});
