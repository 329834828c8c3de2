import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "./doctor/finding.ts";
import { FakeNode } from "./testing/fake_node.ts";
import { VERSION } from "./version.ts";

const health = { version: VERSION, mode: "normal", url: "http://localhost" };

async function examine(node: FakeNode, db = node.dbPath) {
  const env = { FAZT_SERVER_PORT: new URL(node.url).port };
  const { code, io } = await node.run(["doctor", "--json", "--db", db], { env });
  const { findings } = io.json<{ findings: Finding[] }>();
  return { code, states: new Map(findings.map((f) => [f.check, f.state])), findings };
}

Deno.test("doctor finds a sound node sound", async () => {
  await using node = new FakeNode({ "GET /api/system/health": health });
  const { states, findings } = await examine(node);
  for (const check of ["database", "node", "port", "clock"]) {
    assert.equal(states.get(check), "ok", JSON.stringify(findings));
  }
});

Deno.test("doctor says what to do about everything it minds", async () => {
  await using node = new FakeNode({ "GET /api/system/health": { ...health, version: "0.0.1" } });
  chmodSync(node.dbPath, 0o644);
  const { states, findings } = await examine(node);
  assert.equal(states.get("database"), "warn");
  assert.equal(states.get("node"), "warn");
  for (const finding of findings) assert.equal(finding.fix === undefined, finding.state === "ok");
});

Deno.test("doctor fails on a damaged database and looks at the rest", async () => {
  await using node = new FakeNode();
  const damaged = join(node.folder, "damaged.db");
  writeFileSync(damaged, "SQLite format 3\0 but not really".repeat(200));
  const { code, states } = await examine(node, damaged);
  assert.equal(code, 1);
  assert.equal(states.get("database"), "fail");
  assert.equal(states.get("clock"), "ok");
});

Deno.test("doctor warns where there is no node yet", async () => {
  await using node = new FakeNode();
  const { code, states } = await examine(node, join(node.folder, "none.db"));
  assert.equal(states.get("database"), "warn");
  assert.equal(states.get("node"), "warn");
  assert.equal(states.get("port"), "warn");
  assert.equal(code, states.get("flags") === "fail" ? 1 : 0);
});
