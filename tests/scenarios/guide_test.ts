// Every example of the guide is executed: apps are deployed and called, tools are called, command
// lines are run, in the order in which they stand.
import assert from "node:assert/strict";
import { GUIDE } from "../../kernel/guide/mod.ts";
import { cliHere, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";
import { blocksOf, type GuideBlock, isAsSaid, requestOf } from "../helpers/guide.ts";
import { McpClient } from "../helpers/mcp.ts";

/** Languages of blocks that show something and cannot be executed. */
const SHOWN = new Set([""]);

Deno.test("every example of the guide works as it says", async (t) => {
  // Limits are not what is tried here, and the builder of a deploy counts as the node's memory.
  await using node = await startNode({
    settings: {
      "limits.global.memoryMb": "2048",
      "limits.storage.rd.queryMs": "20000",
      "limits.storage.rd.writeMs": "5000",
    },
  });
  await using mcp = await McpClient.overHttp(node);
  const cwd = await Deno.makeTempDir({ prefix: "fazt-guide-" });
  const deployed = new Set<string>();
  let executed = 0;
  // The library is packed once; a busy machine may take more than one build's time for it.
  const libraries = 'import { z } from "zod"; import { Hono } from "hono";\n' +
    "export default () => [typeof z, typeof Hono];";
  await until(
    async () => (await deploy(node, "warm", { "api/main.js": libraries })).status === 201,
    240_000,
  );
  try {
    for (const { path, text } of GUIDE) {
      const blocks = blocksOf(path, text);
      const files = appsOf(blocks);
      // A page may use apps of the pages before it.
      await t.step(path, async () => {
        for (const block of blocks) {
          const { app, file, tool } = block.fields;
          const place = `${block.file}:${block.line}`;
          if (file !== undefined || SHOWN.has(block.language)) continue;
          executed++;
          if (tool !== undefined) {
            const answer = await mcp.call(tool, JSON.parse(block.text));
            assert.equal(answer.failed, false, `${place}: ${JSON.stringify(answer.error)}`);
          } else if (block.language === "sh") {
            for (const name of Object.keys(files)) await put(node, deployed, name, files[name]!);
            await run(node, cwd, block);
          } else {
            assert.equal(block.language, "http", `${place} is not executed`);
            if (files[app!]) await put(node, deployed, app!, files[app!]!);
            await ask(node, block);
          }
        }
        for (const name of Object.keys(files)) await put(node, deployed, name, files[name]!);
      });
    }
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
  assert.ok(executed >= 30, `only ${executed} examples were found`);
});

function appsOf(blocks: readonly GuideBlock[]): Record<string, Record<string, string>> {
  const apps: Record<string, Record<string, string>> = {};
  for (const { fields: { app, file }, text } of blocks) {
    if (app !== undefined && file !== undefined) (apps[app] ??= {})[file] = text;
  }
  return apps;
}

async function put(
  node: TestNode,
  deployed: Set<string>,
  name: string,
  files: Record<string, string>,
): Promise<void> {
  if (deployed.has(name)) return;
  deployed.add(name);
  const { status, error, data } = await deploy(node, name, files);
  assert.equal(status, 201, `${name}: ${JSON.stringify(error)}`);
  assert.deepEqual(data.warnings, [], name);
}

async function ask(node: TestNode, block: GuideBlock): Promise<void> {
  const { app, until: waits } = block.fields;
  const { method, path, headers, body, status, expected } = requestOf(block.text);
  let seen = "";
  const once = async () => {
    const answer = await visit(node, app!, path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    seen = `${answer.status} ${answer.text}`;
    return answer.status === status &&
      (expected === undefined || isAsSaid(expected, answer.text));
  };
  const place = `${block.file}:${block.line}`;
  if (waits !== undefined) return await until(once, 30_000);
  assert.ok(await once(), `${place} says ${status} ${expected ?? ""}, and it is ${seen}`);
}

async function run(node: TestNode, cwd: string, block: GuideBlock): Promise<void> {
  for (const line of block.text.trim().split("\n")) {
    const [program, ...words] = line.match(/'[^']*'|"[^"]*"|\S+/g)!
      .map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
    assert.equal(program, "fazt", line);
    const { code, stderr } = await cliHere({ db: node.db, cwd }, ...words);
    assert.equal(code, 0, `${block.file}: ${line}: ${stderr}`);
  }
}
