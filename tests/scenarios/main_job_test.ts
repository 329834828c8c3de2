// The main job on real input: each fixture is deployed with the command line and used over HTTP.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { CLASSIC, EVENTS, SPA, TOOL, WEBHOOK } from "../fixtures/apps.ts";
import { bigSite, video } from "../fixtures/site.ts";
import { cli, type Files, folderOf, startNode, type TestNode, visit } from "../helpers/mod.ts";

async function deployFolder(node: TestNode, folder: string, ...more: string[]) {
  const ran = await cli(node, "app", "deploy", folder, "--json", ...more);
  assert.equal(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}
async function deployFiles(node: TestNode, files: Files) {
  const folder = await folderOf(files);
  try {
    return await deployFolder(node, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the main job", async (t) => {
  await using node = await startNode();

  await t.step("a new node answers, welcomes and tells how to go on", async () => {
    assert.match((await visit(node, "welcome", "/")).text, /This page lives in your database/);
    const status = await cli(node, "status", "--json");
    assert.equal(JSON.parse(status.stdout).apps, 1);
    const home = await fetch(`${node.url}/`);
    assert.match(await home.text(), /\/assets\/app-\w+\.js/);
  });

  await t.step("a site of 1,000 files and 20 MB, then nothing to send again", async () => {
    const folder = await Deno.makeTempDir({ prefix: "fazt-big-" });
    const made = await bigSite(folder);
    await Deno.mkdir(`${folder}/node_modules/x`, { recursive: true });
    await Deno.writeTextFile(`${folder}/node_modules/x/index.js`, "never shipped");
    await Deno.writeTextFile(`${folder}/.env`, "SECRET=1");
    const first = await deployFolder(node, folder, "--name", "big");
    assert.equal(first.files, made.files);
    assert.equal(first.size, made.bytes);
    const again = await deployFolder(node, folder, "--name", "big");
    assert.equal(again.unchanged, true);
    for (
      const [path, text] of [
        ["/", "<h1>big site</h1>"],
        ["/.well-known/security.txt", "Contact: mailto:owner@example.com\n"],
        ["/with%20space/%C3%BCber%20uns.html", "<p>über uns</p>"],
        [
          "/" + encodeURIComponent("日本語") + "/" + encodeURIComponent("ページ.html"),
          "<p>ページ</p>",
        ],
      ]
    ) assert.equal((await visit(node, "big", path!)).text, text);
    assert.equal((await visit(node, "big", "/.env")).status, 404);
    assert.equal((await visit(node, "big", "/node_modules/x/index.js")).status, 404);
    await Deno.remove(folder, { recursive: true });
  });

  await t.step("a 12 MB video, by ranges as a player asks", async () => {
    const bytes = video();
    await deployFiles(node, { "app.json": '{"name":"cinema"}', "film.mp4": bytes });
    const whole = [];
    for (let at = 0; at < bytes.length; at += 5_000_000) {
      const part = await visit(node, "cinema", "/film.mp4", {
        headers: { range: `bytes=${at}-${at + 4_999_999}` },
      });
      assert.equal(part.status, 206);
      whole.push(...[part.bytes]);
    }
    assert.ok(
      new Uint8Array(await new Blob(whole as Uint8Array<ArrayBuffer>[]).arrayBuffer()).every((
        b,
        i,
      ) => b === bytes[i]),
    );
  });

  await t.step("a single-page app", async () => {
    await deployFiles(node, SPA);
    assert.match((await visit(node, "spa", "/deep/link")).text, /main-BX3k9d2a/);
  });

  await t.step("a TypeScript micro-tool with zod and kv", async () => {
    const { grants } = await deployFiles(node, TOOL);
    assert.deepEqual(grants.approved, ["storage:kv"]);
    const send = (body: unknown) =>
      visit(node, "tool", "/api/", { method: "POST", body: JSON.stringify(body) });
    assert.equal((await send({ page: "a", count: 2 })).text, '{"page":"a","total":2}');
    assert.equal((await send({ page: "a", count: 3 })).text, '{"page":"a","total":5}');
    const refused = await send({ page: "", count: -1 });
    assert.deepEqual([refused.status, refused.text], [422, '{"problems":2}']);
  });

  await t.step("a classic CommonJS app", async () => {
    await deployFiles(node, CLASSIC);
    const answer = await visit(node, "classic", "/api/x", {
      method: "POST",
      body: "a=1&b=2",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assert.deepEqual(JSON.parse(answer.text), {
      method: "POST",
      form: { a: "1", b: "2" },
      words: ["ONE", "TWO"],
    });
    assert.deepEqual([answer.status, answer.headers.get("x-kind"), answer.headers.getSetCookie()], [
      201,
      "classic",
      ["a=1", "b=2"],
    ]);
    assert.equal(
      (await visit(node, "classic", "/api/?away=1")).headers.get("location"),
      "/elsewhere",
    );
  });

  await t.step("a webhook receiver that checks a signature over the raw bytes", async () => {
    await deployFiles(node, WEBHOOK);
    const set = await cli(node, "app", "env", "set", "webhook", "SECRET=whsec_1");
    assert.equal(set.code, 0, set.stderr);
    const body = new Uint8Array([0, 255, 10, 13, 128, 34]);
    const signature = createHmac("sha256", "whsec_1").update(body).digest("hex");
    const send = (x: string) =>
      visit(node, "webhook", "/api/hook", { method: "POST", body, headers: { "x-signature": x } });
    assert.equal((await send(signature)).text, "accepted");
    assert.equal((await send(signature.replace(/^./, "x"))).status, 401);
    const shown = await cli(node, "app", "env", "list", "webhook", "--json");
    assert.doesNotMatch(shown.stdout, /whsec_1/);
  });

  await t.step("server-sent events arrive one by one", async () => {
    await deployFiles(node, EVENTS);
    const answer = await visit(node, "events", "/api/");
    assert.equal(answer.headers.get("content-type"), "text/event-stream");
    assert.equal(
      answer.text,
      "id: 0\ndata: tick 0\n\nid: 1\ndata: tick 1\n\nid: 2\ndata: tick 2\n\n",
    );
  });
});
