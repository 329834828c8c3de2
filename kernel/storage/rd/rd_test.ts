import assert from "node:assert/strict";
import { refusal } from "../kv/testing.ts";
import { APPS_WRITES } from "../../apps/operations.ts";
import type { AnyOperation } from "../../db/mod.ts";
import { ANN, APP, BEN, OTHER, RdFixture, refused, withRd } from "./testing.ts";

const ITEMS = {
  columns: {
    id: { type: "integer", primaryKey: true },
    name: { type: "text", notNull: true, unique: true },
    stock: { type: "integer", default: 3 },
    sold: { type: "boolean", default: false },
    made: { type: "date", default: "now" },
    tags: { type: "json", default: "[]" },
  },
} as const;

Deno.test(
  "columns take defaults and refuse what they are not for",
  withRd(async (f) => {
    await f.rd.define(APP, "items", ITEMS);
    const { lastInsertId } = await f.exec(APP, "INSERT INTO items (name) VALUES ('a')");
    assert.equal(lastInsertId, 1);
    const { rows, types } = await f.rd.query(APP, "SELECT *, stock + 1 FROM items", []);
    const [id, name, stock, sold, made, tags, more] = rows[0]!;
    assert.deepEqual([id, name, stock, sold, tags, more], [1, "a", 3, 0, "[]", 4]);
    assert.ok(Math.abs(Number(made) - Date.now()) < 60_000);
    assert.deepEqual(types, ["integer", "text", "integer", "boolean", "date", "json", null]);
    for (
      const [values, message] of [
        ["(NULL, 1)", /NOT NULL constraint failed: items\.name/],
        ["('a', 1)", /UNIQUE constraint failed: items\.name/],
        ["('b', 'many')", /cannot store TEXT value in INTEGER column items\.stock/],
      ] as const
    ) {
      const sql = `INSERT INTO items (name, stock) VALUES ${values}`;
      await assert.rejects(f.exec(APP, sql), refused("CONFLICT", message));
    }
    await assert.rejects(
      f.exec(APP, "INSERT INTO items (name, sold) VALUES ('c', 2)"),
      refused("CONFLICT", /CHECK constraint failed/),
    );
    await assert.rejects(
      f.exec(APP, "INSERT INTO items (name, tags) VALUES ('c', 'no json')"),
      refused("CONFLICT", /CHECK constraint failed/),
    );
  }),
);

Deno.test(
  "a definition said again changes nothing; one that says more adds to the table",
  withRd(async (f) => {
    assert.equal(await f.rd.define(APP, "items", ITEMS), "created");
    await f.exec(APP, "INSERT INTO items (name) VALUES ('old')");
    const before = f.contents();
    assert.equal(await f.rd.define(APP, "items", ITEMS), "unchanged");
    assert.deepEqual(f.contents(), before);
    const more = {
      columns: { ...ITEMS.columns, price: { type: "real", notNull: true, default: 1 } },
      indexes: [["stock", "price"]],
    } as const;
    assert.equal(await f.rd.define(APP, "ITEMS", more as never), "changed");
    await f.exec(APP, "INSERT INTO items (name, price) VALUES ('new', 2.5)");
    assert.deepEqual(await f.query(APP, "SELECT name, price FROM items ORDER BY price"), [
      { name: "old", price: 1 },
      { name: "new", price: 2.5 },
    ]);
    assert.equal(await f.rd.define(APP, "items", ITEMS), "unchanged");
    assert.equal(f.usage(APP).entries, 2);
  }),
);

Deno.test(
  "a definition that would take something away or make something else is refused",
  withRd(async (f) => {
    await f.rd.define(APP, "items", ITEMS);
    await f.exec(APP, "INSERT INTO items (name, stock) VALUES ('a', 1), ('b', 1)");
    const before = f.contents();
    const cases = [
      [{ columns: { ...ITEMS.columns, stock: "text" } }, "CONFLICT", /"stock" is integer/],
      [{ columns: { id: "integer" }, primaryKey: ["id"] }, undefined],
      [{ columns: { name: { type: "text", primaryKey: true } } }, "CONFLICT", /primary key/],
      [
        { columns: { ...ITEMS.columns, x: { type: "text", notNull: true } } },
        "CONFLICT",
        /default/,
      ],
      [
        { columns: { ...ITEMS.columns, stock: { type: "integer", unique: true } } },
        "CONFLICT",
        /do not fit/,
      ],
      [{ columns: ITEMS.columns, indexes: ["nope"] }, "INVALID", /no column "nope"/],
    ] as const;
    for (const [input, code, message] of cases) {
      const defined = f.rd.define(APP, "items", input as never);
      if (code === undefined) assert.equal(await defined, "unchanged");
      else await assert.rejects(defined, refused(code, message));
    }
    for (const name of ["select", "sqlite_x", "rd_x", "1x", "a b", 'a"b', "", "main"]) {
      await assert.rejects(f.rd.define(APP, name, { columns: { a: "text" } }), refused("INVALID"));
    }
    assert.deepEqual(f.contents(), before);
  }),
);

Deno.test(
  "a transaction does everything or nothing",
  withRd(async (f) => {
    await f.rd.define(APP, "items", ITEMS);
    const insert = { sql: "INSERT INTO items (name) VALUES (?)", params: ["a"] };
    const [first, rows] = await f.rd.transaction(APP, [
      insert,
      { sql: "SELECT name FROM items", params: [] },
    ]);
    assert.deepEqual(first, { changes: 1, lastInsertId: 1 });
    assert.deepEqual(rows, { columns: ["name"], types: ["text"], rows: [["a"]] });
    const [usage, before] = [f.usage(APP), f.contents()];
    for (
      const bad of [
        insert,
        { sql: "UPDATE items SET stock = 1 WHERE id = 9", params: [], expect: 1 },
        { sql: "SELECT nope", params: [] },
        { sql: "DELETE FROM kv", params: [] },
      ]
    ) {
      const good = { sql: "INSERT INTO items (name) VALUES (?)", params: ["b"] };
      await assert.rejects(f.rd.transaction(APP, [good, good, bad].slice(1)));
    }
    assert.deepEqual(f.usage(APP), usage);
    assert.deepEqual(f.contents(), before);
  }),
);

Deno.test(
  "migrations run once, in their order, all or none, however many ask at once",
  withRd(async (f) => {
    const migrations = [
      { id: "1", define: { items: ITEMS } },
      { id: "2", exec: [{ sql: "INSERT INTO items (name) VALUES ('first')", params: [] }] },
    ] as never;
    const ran = await Promise.all(Array.from({ length: 5 }, () => f.rd.migrate(APP, migrations)));
    assert.deepEqual(ran.flat().sort(), ["1", "2"]);
    assert.deepEqual(await f.rd.migrate(APP, migrations), []);
    assert.deepEqual(await f.query(APP, "SELECT id, name FROM items"), [{ id: 1, name: "first" }]);
    const before = f.contents();
    await assert.rejects(
      f.rd.migrate(APP, [
        { id: "3", define: { other: { columns: { a: "text" } } } },
        { id: "4", exec: [{ sql: "INSERT INTO other (nope) VALUES (1)", params: [] }] },
      ]),
      refused("INVALID"),
    );
    assert.deepEqual(f.contents(), before);
    await assert.rejects(f.query(APP, "SELECT * FROM other"), refused("INVALID"));
    await f.rd.migrate(APP, [{ id: "3", define: { other: { columns: { b: "text" } } } }]);
    assert.deepEqual(await f.query(APP, "SELECT b FROM other"), []);
  }),
);

Deno.test(
  "rows and bytes are counted as they change, for each person, and bounded",
  withRd(async (f) => {
    await f.rd.define(APP, "items", { columns: { name: { type: "text", unique: true } } });
    await f.exec(APP, "INSERT INTO items (name) VALUES (?), (?)", ["a".repeat(1000), "b"]);
    await f.exec(ANN, "INSERT INTO items (name) VALUES (?)", ["c".repeat(500)]);
    const { entries, bytes } = f.usage(APP);
    assert.equal(entries, 3);
    assert.ok(bytes > 1500 && bytes < 1800, String(bytes));
    await f.exec(APP, "INSERT OR REPLACE INTO items (id, name) VALUES (1, 'short')");
    assert.equal(f.usage(APP).entries, 3);
    assert.ok(f.usage(APP).bytes < 750);
    await f.exec(APP, "UPDATE items SET name = ? WHERE id = 1", ["d".repeat(3000)]);
    assert.ok(f.usage(APP).bytes > 3500);
    await f.exec(APP, "DELETE FROM items");
    await f.exec(ANN, "DELETE FROM items");
    assert.deepEqual(f.usage(APP), { entries: 0, bytes: 0 });
    await f.settings.set("limits.storage.rd.rows", 2, f.now);
    await f.exec(APP, "INSERT INTO items (name) VALUES ('x'), ('y')");
    await assert.rejects(
      f.exec(BEN, "INSERT INTO items (name) VALUES ('z')"),
      refusal("QUOTA", { limit: "storage.rd.rows", used: 2, max: 2 }),
    );
    await f.settings.set("limits.storage.rd.tables", 1, f.now);
    await assert.rejects(
      f.rd.define(APP, "more", { columns: { a: "text" } }),
      refusal("QUOTA", { limit: "storage.rd.tables", used: 1, max: 1 }),
    );
    await f.rd.define(OTHER, "more", { columns: { a: "text" } });
    await f.settings.set("limits.storage.rd.resultRows", 1, f.now);
    await assert.rejects(
      f.query(APP, "SELECT * FROM items"),
      refusal("TOO_LARGE", { limit: "storage.rd.resultRows", used: 2, max: 1 }),
    );
  }),
);

Deno.test("what was acknowledged is there after the file is opened again", async () => {
  const first = await RdFixture.open();
  try {
    await first.rd.define(APP, "items", ITEMS);
    await first.exec(APP, "INSERT INTO items (name) VALUES ('kept')");
    const again = await RdFixture.openAt(first.dir, first.db);
    try {
      assert.deepEqual(await again.query(APP, "SELECT name FROM items"), [{ name: "kept" }]);
      await again.exec(APP, "INSERT INTO items (name) VALUES ('more')");
      assert.equal(again.usage(APP).entries, 2);
    } finally {
      await again.db.close();
    }
  } finally {
    await Deno.remove(first.dir, { recursive: true });
  }
});

Deno.test(
  "an app that is forgotten takes its tables with it, and no other's",
  withRd(async (f) => {
    await f.fill();
    const run = (name: string, params: object) =>
      f.db.write(APPS_WRITES.find((op: AnyOperation) => op.name === name) as AnyOperation, params);
    const app = { id: APP.appId, userId: "usr_owner", name: "shop", title: null, admin: true };
    await run("apps.create", { ...app, at: f.now });
    await run("apps.remove", { id: APP.appId, keepData: false, at: f.now - 1 });
    while (await run("apps.purge", { before: f.now, limit: 1 }));
    assert.deepEqual(f.rd.tables(APP.appId), []);
    const left = f.db.reader.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE name LIKE 'rd!_%' ESCAPE '!' OR name LIKE 'rdv%'",
    );
    const kept = f.rd.tables(OTHER.appId)[0]!.id;
    for (const { name } of left) assert.match(name, new RegExp(`^rd_tables|^rd_migr|${kept}`));
    assert.equal((await f.query(OTHER, "SELECT * FROM notes")).length, 2);
    assert.deepEqual(f.usage(APP), { entries: 0, bytes: 0 });
  }),
);
