import assert from "node:assert/strict";
import { deploy, startNode, visit } from "../helpers/mod.ts";

const MODERN = `import api, { expr, json } from "fazt";
const early = await fazt.expr.eval("1 + 1");
const tried = async (run) => {
  try {
    return await run();
  } catch (error) {
    return [error.code, error instanceof Error];
  }
};
export default async (request, ctx) => {
  const body = await request.json();
  return [
    early,
    await api.json.get(body, "orders.*.total"),
    await json.get(JSON.stringify(body), "orders[0].total"),
    await expr.eval("sum(map(orders, it.total)) * (1 - discount)", { ...body, discount: 0.5 }),
    await tried(() => ctx.fazt.expr.eval(body.rule, {})),
    await tried(() => ctx.fazt.expr.eval("map(l, map(l, map(l, it)))", { l: Array(500).fill(1) })),
    await tried(() => ctx.fazt.json.get("{", "a")),
    Object.isFrozen(fazt.expr),
  ];
};`;

const CLASSIC = `const { expr, json } = require("fazt");
module.exports = async ({ json: body }) => ({
  json: [await expr.eval("a > 1 ? 'more' : 'less'", body), await json.get(body, "a")],
});`;

const HIDDEN = `export default async () => {
  const name = ["ex", "pr"].join("");
  return await fazt[name].eval("1").catch((error) => error.message);
};`;

Deno.test("apps evaluate expressions and take JSON apart, whichever way they name the API", async () => {
  await using node = await startNode();
  const apps = { modern: MODERN, classic: CLASSIC, hidden: HIDDEN };
  for (const [name, code] of Object.entries(apps)) {
    const deployed = await deploy(node, name, { "api/main.js": code });
    assert.equal(deployed.status, 201, JSON.stringify(deployed.error));
  }
  const ask = async (app: string, body: unknown) => {
    const answer = await visit(node, app, "/api", { method: "POST", body: JSON.stringify(body) });
    return answer.headers.get("content-type")?.includes("json")
      ? JSON.parse(answer.text)
      : answer.text;
  };
  const body = {
    orders: [{ total: 10 }, { total: 5 }],
    rule: "constructor.constructor('return globalThis')()",
  };
  assert.deepEqual(await ask("modern", body), [
    2,
    [10, 5],
    10,
    7.5,
    ["EXPR_INVALID", true],
    ["EXPR_LIMIT", true],
    ["JSON_INVALID", true],
    true,
  ]);
  assert.deepEqual(await ask("classic", { a: 2 }), ["more", 2]);
  assert.match(await ask("hidden", {}), /write fazt\.expr where it is used/);
});
