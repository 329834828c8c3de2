import assert from "node:assert/strict";
import { get } from "./json_path.ts";

const DATA = {
  user: { name: "Ann", "a key": { "x.y": 1 }, tags: ["a", "b"] },
  orders: [
    { id: 1, items: [{ sku: "x" }, { sku: "y" }] },
    { id: 2, items: [] },
    { id: 3, items: [{ sku: "z" }, {}] },
  ],
  "": { "*": "star" },
  nothing: null,
};

Deno.test("json path: finds one value", () => {
  const uses: readonly [string | (string | number)[], unknown][] = [
    ["user.name", "Ann"],
    ["$.user.name", "Ann"],
    ["user.tags[1]", "b"],
    ["user.tags.1", "b"],
    ['user["a key"]["x.y"]', 1],
    ["user['a key']['x.y']", 1],
    [["user", "a key", "x.y"], 1],
    [["orders", 0, "id"], 1],
    [["", "*"], "star"],
    ["orders[0].items[1].sku", "y"],
    ["nothing", null],
    ["nothing.deeper", undefined],
    ["user.nope.deeper", undefined],
    ["orders[9].id", undefined],
    ["", DATA],
    ["$", DATA],
  ];
  for (const [path, value] of uses) assert.deepEqual(get(DATA, path), value, String(path));
  assert.equal(get('{"a":[{"b":1}]}', "a[0].b"), 1);
});

Deno.test("json path: finds every value under a star", () => {
  assert.deepEqual(get(DATA, "orders.*.id"), [1, 2, 3]);
  assert.deepEqual(get(DATA, "orders[*].items.*.sku"), ["x", "y", "z"]);
  assert.deepEqual(get(DATA, "user.tags.*"), ["a", "b"]);
  assert.deepEqual(get(DATA, "nope.*"), []);
});

Deno.test("json path: reaches only data", () => {
  for (const path of ["constructor", "user.__proto__", "user.name.length", "user.tags.map"]) {
    assert.equal(get(DATA, path), undefined, path);
  }
  assert.equal(get(JSON.parse('{"__proto__":{"a":1}}'), "__proto__.a"), 1);
});

Deno.test("json path: refuses what it cannot read", () => {
  for (const path of ["a..b", "a[", "a[b]", 'a["b]', "a.", ".", "a]", "a[-1]"]) {
    assert.throws(() => get(DATA, path), { code: "PATH_INVALID" }, path);
  }
  assert.throws(() => get("{", "a"), { code: "JSON_INVALID" });
});
