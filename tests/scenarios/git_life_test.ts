import assert from "node:assert/strict";
import { api, appFiles, cli, makeRepo, startNode, visit, withSources } from "../helpers/mod.ts";

const SERVER = `import fazt from "fazt";
  export default async (r) => {
    const kv = fazt.storage.kv;
    if (r.method === "POST") await kv.set("n", ((await kv.get("n")) ?? 0) + 1);
    return { n: (await kv.get("n")) ?? 0 };
  };`;

withSources(
  "an app lives from its repository to another node without a prompt",
  async (node, server) => {
    const repo = await makeRepo(server, "apps");
    const first = await repo.commit({
      ...appFiles("notes", { name: "notes", version: "1.0.0", permissions: ["storage:kv"] }),
      "notes/api/main.js": SERVER,
      "README.md": "apps",
    });
    const source = `${repo.url}#notes`;
    // deno-lint-ignore no-explicit-any -- whatever the command prints
    const json = async (...args: string[]): Promise<any> => {
      const done = await cli(node, ...args, "--json");
      assert.equal(done.code, 0, done.stderr);
      return JSON.parse(done.stdout);
    };

    const plan = await json("app", "install", source, "--dry-run");
    assert.deepEqual(
      [plan.kind, plan.name, plan.commit.id, plan.permissions.added, plan.fileCount],
      ["install", "notes", first, ["storage:kv"], 3],
    );
    assert.deepEqual(await json("app", "list"), (await api(node, "GET", "/api/apps")).data);
    assert.equal((await api(node, "GET", "/api/apps/notes")).status, 404);

    const installed = await json("app", "install", source, "--yes");
    assert.equal(installed.app.source.commit, first);
    assert.deepEqual(installed.app.grants, { approved: ["storage:kv"], pending: [] });
    assert.equal(JSON.parse((await visit(node, "notes", "/api/", { method: "POST" })).text).n, 1);
    assert.equal((await visit(node, "notes", "/README.md")).status, 404);

    assert.equal((await json("app", "upgrade", "notes", "--check")).outdated, false);
    const second = await repo.commit({
      ...appFiles("notes", {
        name: "notes",
        version: "2.0.0",
        permissions: ["storage:kv", "net:fetch:api.example.com"],
      }, "two"),
    });
    const before = server.requests.length;
    const check = await json("app", "upgrade", "notes", "--check");
    assert.deepEqual([check.current, check.latest, check.outdated], [first, second, true]);
    // Names only: what a fetch of objects would take is one request more.
    assert.equal(server.requests.length - before, 2);
    const [line] = await json("app", "outdated");
    assert.deepEqual([line.name, line.latest, line.outdated], ["notes", second, true]);

    // A script that says yes to everything does not widen what an app may do.
    const refused = await cli(node, "app", "upgrade", "notes", "--yes");
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /asks for net:fetch:api\.example\.com/);
    assert.match(refused.stderr, /~ index\.html/);
    assert.match(refused.stderr, /--grant/);
    assert.equal((await visit(node, "notes", "/")).text, "one");
    assert.equal((await api(node, "GET", "/api/apps/notes/revisions")).data.length, 1);

    const grant = "net:fetch:api.example.com";
    const upgraded = await json("app", "upgrade", "notes", "--grant", grant);
    assert.deepEqual(upgraded.app.grants.approved, ["storage:kv", grant]);
    assert.equal((await visit(node, "notes", "/")).text, "two");
    const [newest, oldest] = (await api(node, "GET", "/api/apps/notes/revisions")).data;
    assert.deepEqual([newest.origin.commit, oldest.origin.commit], [second, first]);
    assert.equal(newest.origin.path, "notes");

    await json("app", "rollback", "notes");
    assert.equal((await visit(node, "notes", "/")).text, "one");
    assert.equal((await json("app", "upgrade", "notes", "--check")).outdated, true);

    // Once approved, always approved: the way forward again asks for nothing.
    await json("app", "upgrade", "notes");
    const fork = await json("app", "fork", "notes", "--name", "notes-beta");
    assert.equal(fork.app.source, undefined);
    await json("app", "split", "try", "notes=1", "notes-beta=1");
    assert.equal((await visit(node, "try", "/")).text, "two");

    await using other = await startNode();
    const token = (await api(other, "POST", "/api/keys", {
      body: { name: "move", scopes: ["admin"] },
    })).data.token;
    await json("peer", "add", "other", "--url", other.url, "--token", token);
    const file = `${server.root}/notes.fazt`;
    await json("app", "export", "notes", "-o", file);
    await json("app", "import", file, "--to", "other", "--approve");
    assert.equal((await visit(other, "notes", "/")).text, "two");
    assert.equal(JSON.parse((await visit(other, "notes", "/api/")).text).n, 1);
    const { source: moved } = (await api(other, "GET", "/api/apps/notes")).data;
    assert.deepEqual([moved.commit, moved.path, moved.modified], [second, "notes", false]);
  },
);
