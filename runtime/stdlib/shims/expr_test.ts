import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluate } from "./expr.ts";

const ENV = {
  price: 3,
  qty: 2.5,
  user: { age: 30, roles: ["admin", "editor"], name: "Ann", nick: null },
  items: [{ n: 1, price: 2 }, { n: 2, price: 3.5 }],
  at: new Date(0),
  later: new Date(1),
  "": 1,
};

Deno.test("expr: means what JavaScript means", () => {
  const same: readonly [string, unknown][] = [
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3 - 10 % 4", 7],
    ["7 / 2", 3.5],
    ["-price + -(-1)", -2],
    ["0.1e1 + .5", 1.5],
    ["2 - 1 - 1", 0],
    ["price * qty >= 7.5 && qty < price", true],
    ["user.age >= 18 && 'admin' in user.roles", true],
    ["'nick' in user && !('toString' in user)", true],
    ["'nn' in user.name", true],
    ['"Hello, " + user.name + "!" + 1 + true', "Hello, Ann!1true"],
    ["user.nick ?? user['na' + 'me'] ?? nobody", "Ann"],
    ["user.nick || 'none'", "none"],
    ["user.nope == undefined && user.nick != undefined", true],
    ["user.nick == null ? 1 : 2", 1],
    ["price > 5 ? 'a' : price > 2 ? 'b' : 'c'", "b"],
    ["items[0].price + items[1]['price']", 5.5],
    ["user.roles.length + user.name.length + user.name[0]", "5A"],
    ["user?.nope?.deeper.still", undefined],
    ["[1, price, [true, null]]", [1, 3, [true, null]]],
    ["at < later && at == at && at != later", true],
    ["true && false || !false", true],
    ["'it\\'s' + \"\\n\"", "it's\n"],
    ["1 == '1'", false],
  ];
  for (const [text, value] of same) assert.deepEqual(evaluate(text, ENV), value, text);
});

Deno.test("expr: has functions of values and over lists", () => {
  const uses: readonly [string, unknown][] = [
    ["sum(map(items, it.n * it.price))", 9],
    ["filter(items, it.price > price)", [{ n: 2, price: 3.5 }]],
    ["find(items, it.n == 2).price", 3.5],
    ["any(user.roles, it == 'admin') && !all(items, it.n > 1)", true],
    ["count(items, any(user.roles, len(it) > 5))", 2],
    ["min(3, 1, 2) + max([4, 9])", 10],
    ["[round(1.005, 2), round(-2.5), round(2.4), floor(-1.5), ceil(1.2), abs(-1)]", [
      1.01,
      -3,
      2,
      -2,
      2,
      1,
    ]],
    ["round(1e-7, 2) + round(5e25, 1)", 5e25],
    ["[upper('a'), lower('B'), trim(' c '), string(1.5), string(at)]", [
      "A",
      "b",
      "c",
      "1.5",
      "1970-01-01T00:00:00.000Z",
    ]],
    ["number(' 4.5 ') + number(at)", 4.5],
    ["join(split('a,b', ','), '-') + join([1, 2])", "a-b1,2"],
    ["[len('abc'), len(items), len(user), sum([]), contains('abc', 'b')]", [3, 2, 4, 0, true]],
    ["startsWith('abc', 'ab') && endsWith('abc', 'bc')", true],
  ];
  for (const [text, value] of uses) assert.deepEqual(evaluate(text, ENV), value, text);
  assert.equal(evaluate("double(price)", { ...ENV, double: (n: number) => n * 2 }), 6);
  assert.equal(evaluate("len('x')", { len: () => "mine" }), "mine");
});

Deno.test("expr: reaches data and nothing behind it", () => {
  const nothing = [
    "user.constructor",
    "user['constructor']",
    "user['__proto__']",
    "user.roles.map",
    "user.name.constructor",
    "user.name['at']",
    "user.__proto__?.polluted",
    "price.toFixed",
  ];
  for (const text of nothing) assert.equal(evaluate(text, ENV), undefined, text);
  const refused = [
    "constructor",
    "__proto__",
    "toString",
    "globalThis",
    "this",
    "constructor('return 1')()",
    "user.constructor.constructor('return 1')()",
    "user.roles.push(1)",
    "hasOwnProperty('a')",
    "'a'.repeat(3)",
    "f",
    "[f]",
    "f.call",
    "price = 4",
    "user.age = 1",
    "a => a",
    "new Date",
    "function(){}",
    "1; 2",
    "(1, 2)",
    "1 2",
    "`a`",
    "/a/",
    "{a: 1}",
    "",
    "len(",
    "price +",
    "[1,,2]",
    "'\\u0041'",
    "user.roles + 1",
    "price < 'a'",
    "user[user]",
    "nobody",
    "nobody.x",
    "user.nick.x",
    "map(price, it)",
    "map(items)",
    "it",
    "min()",
    "number('x')",
  ];
  for (const text of refused) {
    const env = { ...ENV, f: () => 1 };
    assert.throws(() => evaluate(text, env), { code: "EXPR_INVALID" }, text);
  }
  assert.equal(evaluate("a.constructor", JSON.parse('{"a":{"constructor":1}}')), 1);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("expr: says where and what", () => {
  assert.throws(() => evaluate("price * ", ENV), {
    message: 'Cannot evaluate "price * ": Expected expression after * at character 9',
  });
  assert.throws(() => evaluate("prise", { price: 1 }), {
    message: 'Cannot evaluate "prise": there is no name "prise"; there is price',
  });
});

Deno.test("expr: always ends soon, whatever it is made of", () => {
  const many = Array.from({ length: 3000 }, (_, i) => i);
  const doubled = (times: number) =>
    Array.from({ length: times }).reduce((text) => `map(${text}, it + it)`, "['aaaa']") as string;
  const nested = (times: number) =>
    Array.from({ length: times }).reduce((text) => `map([${text}], [it, it])`, "1") as string;
  const tooMuch = [
    "map(many, map(many, map(many, it)))",
    "any(many, count(many, it in many) == 0)",
    doubled(40),
    nested(40),
    "(".repeat(9000),
    "!".repeat(9000) + "1",
    "1" + "+1".repeat(9000),
    "map(many, many)",
  ];
  for (const text of tooMuch) {
    const began = performance.now();
    assert.throws(() => evaluate(text, { many, big: many }), { code: /^EXPR_/ }, text.slice(0, 60));
    assert.ok(performance.now() - began < 5000, text.slice(0, 60));
  }
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  assert.throws(() => evaluate("circle", { circle }), { code: "EXPR_LIMIT" });
});

Deno.test("expr: is right or refuses, and never anything else", () => {
  const piece = fc.constantFrom(
    ..."1 2.5 'a' price user items it . [ ] ( ) , + - * / % ! < == && || ?? ? : ?. in map( len( constructor __proto__ { } ; = \\ \" '"
      .split(" "),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    try {
      evaluate(pieces.join(" "), ENV);
    } catch (error) {
      assert.match((error as { code: string }).code, /^EXPR_/);
    }
  }));
});
