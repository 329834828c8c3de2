// Hostile code in a sandbox: whatever it does, the app that ran it, the node and the others stay.
import assert from "node:assert/strict";
import { api, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";
import { busyPart } from "./busy_part.ts";
import { ATTACKS } from "./sandbox_code.ts";

const MAKER = {
  "app.json": '{"name":"maker","permissions":["storage:kv"]}',
  "api/main.js": `export default async (r) => {
    if (r.method === "GET") {
      await fazt.storage.kv.set("mine", "untouched");
      return [globalThis.left, {}.left, await fazt.storage.kv.get("mine")];
    }
    try {
      return await fazt.sandbox.exec({ timeout: "1s", input: { a: [1] }, ...await r.json() });
    } catch (e) {
      return { code: e.code, message: e.message, logs: e.logs ?? [], line: e.line };
    }
  }`,
};

interface Ran {
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly line?: number;
  readonly logs: readonly { readonly level: string; readonly message: string }[];
}

async function exec(node: TestNode, options: object): Promise<Ran> {
  const body = JSON.stringify(options);
  const answer = await visit(node, "maker", "/api/", { method: "POST", body });
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return JSON.parse(answer.text);
}

Deno.test("hostile code in a sandbox harms nobody but itself", async (t) => {
  await using node = await startNode();
  const made = await deploy(node, "maker", MAKER);
  assert.equal(made.status, 201, JSON.stringify(made.error));
  const env = await api(node, "PUT", "/api/apps/maker/env", { body: { KEY: "of the app" } });
  assert.equal(env.status, 200);
  for (const { name, code, expect = "[]", said } of ATTACKS) {
    await t.step(name, async () => {
      const ran = await exec(node, { code });
      const shown = JSON.stringify(ran).slice(0, 600);
      assert.ok(expect.split("|").includes(ran.code ?? JSON.stringify(ran.value)), shown);
      const text = [ran.message, ...ran.logs.slice(-1).map(({ message }) => message)].join("\n");
      if (said) assert.match(text, said, shown);
      assert.ok(JSON.stringify(ran).length < 2.5e6);
      const maker = await visit(node, "maker", "/api/");
      assert.equal(maker.text, '[null,null,"untouched"]');
      assert.equal((await api(node, "GET", "/api/system/health")).status, 200);
    });
  }
  await t.step("none of it was written to the app's log", async () => {
    const { data } = await api(node, "GET", "/api/apps/maker/logs?limit=100");
    assert.deepEqual(data, []);
  });
  await t.step("no thread of theirs goes on", async () => {
    // What forged its result before it looped is ended with its turn, which may last as an app's.
    await until(async () => await busyPart(node) < 0.3, 60_000);
  });
  await t.step("only so many run at once; the others are told", async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, () => exec(node, { code: "for (;;);", timeout: "4s" })),
    );
    const codes = all.map(({ code }) => code).sort();
    assert.deepEqual(codes, [
      ...Array(3).fill("SANDBOX_BUSY"),
      ...Array(2).fill("SANDBOX_TIMEOUT"),
    ]);
  });
});
