import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  api,
  assertRefused,
  cli,
  deploy,
  startNode,
  type TestNode,
  visit,
  visitHost,
} from "../helpers/mod.ts";

const version = (n: number, fields: Record<string, unknown> = {}) => ({
  "app.json": JSON.stringify({ name: "blog", permissions: ["storage:kv"], ...fields }),
  "index.html": `page ${n}`,
  "api/main.js": `import fazt from "fazt";
    let started = 0;
    export default async () => {
      const count = ((await fazt.storage.kv.get("count")) ?? 0) + 1;
      await fazt.storage.kv.set("count", count);
      return { code: ${n}, count, inThisIsolate: ++started };
    };`,
});

// deno-lint-ignore no-explicit-any -- whatever shape the API gives
const previewed = async (node: TestNode, n: number, options: any = {}) => {
  const done = await deploy(node, "blog", version(n), { preview: true, ...options });
  assert.equal(done.status, 201, JSON.stringify(done.error));
  return done;
};
const ask = async (node: TestNode, label: string) =>
  JSON.parse((await visit(node, label, "/api/")).text);

Deno.test("a preview runs beside the served revision, in isolates of its own, on its data", async () => {
  await using node = await startNode();
  await deploy(node, "blog", version(1));
  const { data } = await previewed(node, 2);
  assert.equal(data.url, `http://2--blog.localhost:${node.port}`);
  assert.deepEqual([data.app.revision, data.revision.current], [1, false]);
  assert.deepEqual(await ask(node, "blog"), { code: 1, count: 1, inThisIsolate: 1 });
  assert.deepEqual(await ask(node, "2--blog"), { code: 2, count: 2, inThisIsolate: 1 });
  // Neither ends the other's isolates.
  assert.deepEqual(await ask(node, "blog"), { code: 1, count: 3, inThisIsolate: 2 });
  assert.deepEqual(await ask(node, "2--blog"), { code: 2, count: 4, inThisIsolate: 2 });
  const page = await visit(node, "2--blog", "/");
  assert.deepEqual([page.text, page.headers.get("x-robots-tag")], ["page 2", "noindex"]);
  assert.equal((await visit(node, "2--blog", "/missing")).headers.get("x-robots-tag"), "noindex");
  assert.equal((await visit(node, "blog", "/")).headers.get("x-robots-tag"), null);
  // What is only previewed is nothing to roll back to.
  await deploy(node, "blog", version(3));
  const back = await api(node, "POST", "/api/apps/blog/rollback", { body: {} });
  assert.equal(back.data.revision.n, 1);
});

Deno.test("a preview is promoted in one step, by the command line too, and rolled back", async () => {
  await using node = await startNode();
  await deploy(node, "blog", version(1));
  await previewed(node, 2);
  const listed = await cli(node, "app", "revisions", "blog");
  assert.match(listed.stdout, /2--blog\.localhost/);
  const done = await cli(node, "app", "promote", "blog", "--revision", "2", "--json");
  assert.equal(done.code, 0, done.stderr);
  const { revision, previous } = JSON.parse(done.stdout);
  assert.deepEqual([revision.n, revision.current, previous], [2, true, 1]);
  assert.equal((await visit(node, "blog", "/")).text, "page 2");
  assert.equal((await ask(node, "blog")).code, 2);
  assert.equal((await cli(node, "app", "rollback", "blog")).code, 0);
  assert.equal((await ask(node, "blog")).code, 1);
  assertRefused(await api(node, "POST", "/api/apps/blog/promote", { body: { revision: 9 } }), {
    status: 404,
    code: "NOT_FOUND",
    message: /no revision 9/,
  });
  const { data: log } = await api(node, "GET", "/api/activity?limit=100");
  const actions = log.map((row: { action: string }) => row.action);
  assert.ok(actions.includes("app.promote"));
});

Deno.test("what a preview cannot be of is refused", async () => {
  await using node = await startNode({ settings: { "limits.previews.perApp": "2" } });
  await deploy(node, "blog", version(1));
  const preview = (body: unknown, app = "blog") =>
    api(node, "POST", `/api/apps/${app}/preview`, { body });
  const expected = (status: number, code: string, message: RegExp) => ({ status, code, message });
  assertRefused(await preview({ revision: 7 }), expected(404, "NOT_FOUND", /no revision 7/));
  assertRefused(await preview({ revision: 0 }), expected(422, "INVALID", /revision/));
  assertRefused(await preview({ expires: "soon" }), expected(422, "INVALID", /duration/));
  assertRefused(await preview({ expires: "0s" }), expected(422, "INVALID", /out of range/));
  assertRefused(await preview({ expires: "9999d" }), expected(422, "INVALID", /out of range/));
  assertRefused(await preview({}, "nothing"), expected(404, "NOT_FOUND", /no app "nothing"/));
  await api(node, "POST", "/api/apps", { body: { name: "empty" } });
  assertRefused(await preview({}, "empty"), expected(404, "NOT_FOUND", /no revision/));
  await previewed(node, 2);
  await previewed(node, 3);
  assertRefused(await preview({ revision: 1 }), {
    ...expected(429, "QUOTA", /limits\.previews\.perApp is 2, in use 2/),
    hint: /--off/,
  });
  const off = await cli(node, "app", "preview", "blog", "--revision", "2", "--off");
  assert.equal(off.code, 0, off.stderr);
  assert.equal((await visit(node, "2--blog", "/")).status, 404);
  assert.equal((await preview({ revision: 1 })).status, 201);
  // Deploying the same again prolongs its preview and makes no revision.
  const again = await previewed(node, 3);
  assert.deepEqual([again.data.unchanged, again.data.revision.n], [true, 3]);
  assertRefused(
    await api(node, "DELETE", "/api/apps/blog/preview/2"),
    expected(404, "NOT_FOUND", /no preview of revision 2/),
  );
});

Deno.test("only the exact label of a preview answers, and no app or alias can take its form", async () => {
  await using node = await startNode();
  await deploy(node, "blog", version(1));
  await previewed(node, 2);
  const { data: app } = await api(node, "GET", "/api/apps/blog");
  const at = async (host: string) =>
    (await visitHost(node, `${host}:${node.port}`, "/")).text.startsWith("page 2");
  for (const host of ["2--blog.localhost", "2--BLOG.localhost", "2--blog.localhost."]) {
    assert.equal(await at(host), true, host);
  }
  const tricks = [
    "1--blog",
    "02--blog",
    "+2--blog",
    "2-blog",
    "2---blog",
    "2--blog--",
    "--blog",
    "2--",
    "2--2--blog",
    "-2--blog",
    "2--blo",
    "2--admin",
    "a.2--blog",
    "2--blog.blog",
    "xn--2--blog",
    `2--${app.id.replace("_", "-")}`,
    "999999999999999999999--blog",
    "2--blog.example",
  ];
  for (const label of tricks) assert.equal(await at(`${label}.localhost`), false, label);
  assert.equal(await at("2--blog.example.com"), false);
  for (const name of ["2--blog", "7--x"]) {
    assertRefused(await deploy(node, name, { "index.html": "mine" }), {
      status: 422,
      code: "NAME_RESERVED",
      message: /Cannot use the name/,
    });
    const alias = await api(node, "PUT", `/api/aliases/${name}`, { body: { app: "blog" } });
    assert.equal(alias.error.code, "NAME_RESERVED");
  }
});

Deno.test("a preview follows its app's name, is remembered by the node, and ends with either", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-previews-" });
  const db = `${dir}/data.db`;
  try {
    const first = await startNode({ db });
    await deploy(first, "blog", version(1));
    await previewed(first, 2);
    const long = "a".repeat(62);
    const named = await deploy(first, long, { "index.html": "page 2" }, { preview: true });
    assert.match(named.data.url, /^http:\/\/1--app-[1-9a-km-z]{12}\.localhost/);
    assert.equal(
      (await visit(first, new URL(named.data.url).host.split(".")[0]!, "/")).status,
      200,
    );
    await cli(first, "app", "rename", "blog", "journal");
    assert.equal((await visit(first, "2--blog", "/")).status, 404);
    assert.equal((await visit(first, "2--journal", "/")).text, "page 2");
    await first[Symbol.asyncDispose]();
    const second = await startNode({ db });
    assert.equal((await visit(second, "2--journal", "/")).text, "page 2");
    await second[Symbol.asyncDispose]();
    const raw = new DatabaseSync(db);
    raw.prepare("UPDATE previews SET expires_at = ?").run(Date.now() - 1);
    raw.close();
    const third = await startNode({ db });
    assert.equal((await visit(third, "2--journal", "/")).status, 404);
    assert.equal((await visit(third, "journal", "/")).text, "page 1");
    await previewed(third, 5, { app: (await api(third, "GET", "/api/apps/journal")).data.id });
    assert.equal((await visit(third, "3--journal", "/")).text, "page 5");
    await api(third, "DELETE", "/api/apps/journal");
    assert.equal((await visit(third, "3--journal", "/")).status, 404);
    await third[Symbol.asyncDispose]();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("what a preview asks for beyond what is approved it does not get", async () => {
  await using node = await startNode();
  await deploy(node, "blog", version(1));
  const wider = version(2, { permissions: ["storage:kv", "net:direct:example.com:443"] });
  const done = await deploy(node, "blog", wider, { preview: true });
  assert.deepEqual(done.data.grants, { approved: [], pending: ["net:direct:example.com:443"] });
  assert.equal((await ask(node, "2--blog")).code, 2);
});

Deno.test("a diff names files, sizes, permissions and fields, with text where asked for", async () => {
  await using node = await startNode();
  await deploy(node, "blog", {
    ...version(1),
    "gone.txt": "bye\n",
    "x.bin": new Uint8Array([0, 1]),
  });
  const wider = version(2, { permissions: ["net:fetch"], title: "Blog" });
  await deploy(node, "blog", { ...wider, "new.txt": "hello\n", "x.bin": new Uint8Array([0, 2]) }, {
    preview: true,
  });
  const { data } = await api(node, "GET", "/api/apps/blog/diff?text=1");
  assert.deepEqual([data.from, data.to], [1, 2]);
  assert.deepEqual(
    data.files.map((f: { path: string; change: string }) => `${f.change} ${f.path}`),
    [
      "changed api/main.js",
      "changed app.json",
      "removed gone.txt",
      "changed index.html",
      "added new.txt",
      "changed x.bin",
    ],
  );
  assert.deepEqual(data.permissions, { added: ["net:fetch"], removed: ["storage:kv"] });
  assert.deepEqual(data.manifest, [{ field: "title", from: null, to: "Blog" }]);
  const patches = new Map<string, { patch?: string; omitted?: string }>(
    data.patches.map((p: { path: string }) => [p.path, p]),
  );
  assert.match(patches.get("index.html")!.patch!, /^--- a\/index.html\n\+\+\+ b\/index.html\n@@ /);
  assert.match(patches.get("index.html")!.patch!, /\n-page 1\n[^]*\n\+page 2\n/);
  assert.match(patches.get("new.txt")!.patch!, /^--- \/dev\/null\n/);
  assert.equal(patches.get("x.bin")!.omitted, "binary");
  const shown = await cli(node, "app", "diff", "blog", "--from", "2", "--to-revision", "1");
  assert.match(shown.stdout, /revision 2 -> 1: 1 file added, 1 removed, 4 changed/);
  assert.match(shown.stdout, /! asks for storage:kv/);
  assertRefused(await api(node, "GET", "/api/apps/blog/diff?from=1&to=9"), {
    status: 404,
    code: "NOT_FOUND",
    message: /no revision 9/,
  });
  assert.equal((await api(node, "GET", "/api/apps/blog/diff?from=x")).error.code, "INVALID");
  await deploy(node, "one", { "index.html": "1" });
  assert.equal((await api(node, "GET", "/api/apps/one/diff")).error.code, "NOT_FOUND");
});
