import assert from "node:assert/strict";
import {
  api,
  appFiles,
  type GitServer,
  makeRepo,
  type TestNode,
  visit,
  withSources,
} from "../helpers/mod.ts";

// deno-lint-ignore no-explicit-any -- whatever shape the API gives
const plan = (node: TestNode, body: any, token?: string) =>
  api(node, "POST", "/api/apps/install", { body, ...(token === undefined ? {} : { token }) });
/** Plans and applies. */
// deno-lint-ignore no-explicit-any -- as above
async function install(node: TestNode, body: any) {
  const planned = await plan(node, body);
  if (planned.error) return planned;
  const { id: commit } = planned.data.plan.commit;
  return await plan(node, { approve: true, ...body, apply: true, commit });
}
// deno-lint-ignore no-explicit-any -- as above
const upgrade = (node: TestNode, app: string, body: any = {}) =>
  api(node, "POST", `/api/apps/${app}/upgrade`, { body });
const names = async (node: TestNode) =>
  // deno-lint-ignore no-explicit-any -- as above
  (await api(node, "GET", "/api/apps")).data.map((app: any) => app.name);

withSources(
  "repositories that cannot be used are refused and leave nothing",
  async (node, server) => {
    const repo = await makeRepo(server, "bad");
    const before = await names(node);
    await Deno.mkdir(`${repo.dir}/linked`, { recursive: true });
    await Deno.symlink("/etc/passwd", `${repo.dir}/linked/secrets.txt`);
    const inner = await makeRepo(server, "inner");
    await inner.commit({ "x.txt": "x" });
    await repo.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      inner.url,
      "sub",
    );
    await repo.commit({
      ...appFiles("linked", { name: "linked" }),
      ...appFiles("good", { name: "good" }),
      ...appFiles("fussy", { name: "fussy" }),
      "fussy/big.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
      "fussy/.faztignore": "big.bin\n",
      ...appFiles("lfs", { name: "lfs" }),
      "lfs/big.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
      ...appFiles("later", { name: "later", fazt: { minVersion: "99.0.0" } }),
      "broken/app.json": "{",
      "docs/readme.md": "no app",
      "site/index.html": "a site",
      "file.txt": "no folder",
    });
    await repo.git("mv", "sub", "good/sub");
    await repo.commit({});
    const at = (folder: string) => `${repo.url}#${folder}`;
    const cases: [source: string, status: number, code: string, says: RegExp][] = [
      [at("linked"), 422, "SOURCE_LINK", /secrets\.txt/],
      [at("good"), 422, "SOURCE_SUBMODULE", /"sub"/],
      [at("lfs"), 422, "SOURCE_LFS", /big\.bin/],
      [at("later"), 422, "MANIFEST_INVALID", /99\.0\.0/],
      [at("broken"), 422, "MANIFEST_INVALID", /app\.json/],
      [at("docs"), 422, "SOURCE_NO_APP", /good/],
      [at("nowhere"), 404, "SOURCE_PATH", /nowhere/],
      [at("file.txt"), 404, "SOURCE_PATH", /it is a file/],
      [`${at("good")}@nope`, 404, "SOURCE_REF", /nope/],
      [`${at("good")}@abcdef1`, 404, "SOURCE_REF", /40 characters/],
      [`${at("good")}@a..b`, 422, "SOURCE_INVALID", /ref/],
      [`${at("good")}@${"0".repeat(40)}`, 409, "SOURCE_COMMIT_GONE", /no such commit/],
      [`${server.url}/none.git`, 404, "SOURCE_NOT_FOUND", /none\.git/],
      ["http://169.254.169.254/x.git", 403, "NET_BLOCKED", /privateHosts/],
      ["https://127.0.0.1:1234/x.git", 403, "NET_BLOCKED", /no public host/],
      ["https://localhost/x.git", 403, "NET_BLOCKED", /privateHosts/],
      ["git@github.com:u/r.git", 422, "SOURCE_INVALID", /https:/],
      ["acme/notes", 404, "NOT_FOUND", /marketplace/],
    ];
    for (const [source, status, code, says] of cases) {
      const { status: got, error } = await plan(node, { source });
      assert.deepEqual([got, error?.code], [status, code], `${source}: ${JSON.stringify(error)}`);
      assert.match(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`, says, source);
    }
    // What .faztignore leaves out may be what it will; a site needs no manifest but a name.
    assert.equal((await plan(node, { source: at("fussy") })).status, 200);
    assert.equal((await plan(node, { source: at("site") })).error.code, "SOURCE_NO_APP");
    assert.equal((await plan(node, { source: at("site"), name: "site" })).status, 200);
    assert.deepEqual(await names(node), before);
  },
);

withSources("a name, a branch and a moment are not taken from anybody", async (node, server, t) => {
  const repo = await makeRepo(server, "one");
  const first = await repo.commit(appFiles("", { name: "one" }, "first"));
  const other = await makeRepo(server, "other");
  await other.commit(appFiles("", { name: "one" }));

  await t.step("two installs at once: one of them makes the app", async () => {
    const done = await Promise.all([
      install(node, { source: repo.url }),
      install(node, { source: repo.url }),
    ]);
    assert.deepEqual(done.map(({ status }) => status).sort(), [201, 409]);
  });
  await t.step("a name that is taken stays whose it is", async () => {
    const again = await plan(node, { source: repo.url });
    assert.deepEqual([again.status, again.error.code], [409, "CONFLICT"]);
    assert.match(again.error.hint, /app upgrade one/);
    const foreign = await plan(node, { source: other.url });
    assert.deepEqual([foreign.status, foreign.error.code], [409, "NAME_TAKEN"]);
    assert.equal((await install(node, { source: other.url, name: "two" })).status, 201);
    await api(node, "DELETE", "/api/apps/two?keepData=1");
    const kept = await plan(node, { source: repo.url, name: "two" });
    assert.equal(kept.error.code, "NAME_TAKEN");
    assert.equal((await install(node, { source: other.url, name: "two" })).status, 201);
  });
  await t.step(
    "a branch that is rewritten after the plan does not change what is done",
    async () => {
      const planned = await repo.commit(appFiles("", { name: "one" }, "planned"));
      const { data } = await upgrade(node, "one");
      assert.equal(data.plan.commit.id, planned);
      await repo.git("reset", "--quiet", "--hard", first);
      const rewritten = await repo.commit(appFiles("", { name: "one" }, "rewritten"));
      const done = await upgrade(node, "one", { apply: true, commit: planned });
      assert.equal(done.status, 201, JSON.stringify(done.error));
      assert.equal((await visit(node, "one", "/")).text, "planned");
      const check = (await upgrade(node, "one", { check: true })).data;
      assert.deepEqual([check.current, check.latest, check.outdated], [planned, rewritten, true]);
      const next = (await upgrade(node, "one")).data.plan;
      assert.deepEqual([next.commit.id, next.files.length], [rewritten, 1]);
    },
  );
  await t.step("what was deployed meanwhile is not replaced unseen", async () => {
    const { plan } = (await upgrade(node, "one")).data;
    const apply = { apply: true, commit: plan.commit.id, base: plan.app.revision - 1 };
    const late = await upgrade(node, "one", apply);
    assert.deepEqual([late.status, late.error.code], [409, "CONFLICT"]);
    assert.equal((await upgrade(node, "one", { apply: true })).error.code, "INVALID");
  });
  await t.step("a commit that changes another folder makes no revision", async () => {
    const { app } = (await api(node, "GET", "/api/apps/two")).data;
    assert.equal(app, undefined);
    await other.git("commit", "--quiet", "--allow-empty", "-m", "nothing");
    await other.git("push", "--quiet", "origin", "HEAD");
    const { plan } = (await upgrade(node, "two")).data;
    assert.equal(plan.unchanged, true);
    const done = await upgrade(node, "two", { apply: true, commit: plan.commit.id });
    assert.deepEqual([done.data.unchanged, done.data.source.commit], [true, plan.commit.id]);
    assert.equal((await upgrade(node, "two", { check: true })).data.outdated, false);
  });
});

/** What a server of repositories may do to who fetches from it. */
async function misbehave(server: GitServer, how: GitServer["options"], run: () => Promise<void>) {
  const { options } = server;
  server.options = { ...options, ...how };
  try {
    await run();
  } finally {
    server.options = options;
  }
}

withSources("servers of repositories may fail, lie and ask who comes", async (node, server, t) => {
  const repo = await makeRepo(server, "repo");
  await repo.commit(appFiles("", { name: "repo" }));
  const source = repo.url;
  const code = async () => (await plan(node, { source })).error?.code;
  const isPack = (request: Request) =>
    request.method === "POST" && request.headers.get("content-type")?.includes("upload-pack");

  await t.step("a network that dies in the middle", async () => {
    let posts = 0;
    const intercept = (request: Request) => {
      if (!isPack(request) || ++posts < 2) return undefined;
      const headers = {
        "content-type": "application/x-git-upload-pack-result",
        "content-length": "1000",
      };
      return new Response(new Blob(["000dpackfile\n"]).stream(), { headers });
    };
    await misbehave(server, { intercept }, async () => assert.equal(await code(), "NET_ERROR"));
  });
  await t.step("what is no git, no pack, or an endless answer", async () => {
    const html = () => new Response("<html>", { headers: { "content-type": "text/html" } });
    await misbehave(server, { intercept: html }, async () => {
      assert.equal(await code(), "SOURCE_NOT_GIT");
    });
    let posts = 0;
    const answerWith = (body: () => BodyInit) => (request: Request) =>
      !isPack(request) || ++posts % 2 === 1 ? undefined : new Response(body(), {
        headers: { "content-type": "application/x-git-upload-pack-result" },
      });
    const noPack = answerWith(() => "000dpackfile\n000d\x01PACKxxxx0000");
    await misbehave(server, { intercept: noPack }, async () => {
      assert.equal(await code(), "SOURCE_DAMAGED");
    });
    const chunk = new Uint8Array(1 << 20);
    const endless = answerWith(() =>
      new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
    );
    await misbehave(server, { intercept: endless }, async () => {
      assert.equal(await code(), "SOURCE_TOO_LARGE");
    });
  });
  await t.step("a redirect is followed, and takes no credential to another host", async () => {
    const moved = (request: Request) => {
      const { pathname, search } = new URL(request.url);
      return pathname.startsWith("/old.git/") && request.method === "GET"
        ? Response.redirect(`${server.url}/repo.git${pathname.slice(8)}${search}`, 301)
        : undefined;
    };
    await misbehave(server, { intercept: moved }, async () => {
      assert.equal((await plan(node, { source: `${server.url}/old.git` })).status, 200);
    });
    const away = () => Response.redirect("http://169.254.169.254/latest", 302);
    await misbehave(server, { intercept: away }, async () => {
      assert.equal(await code(), "NET_BLOCKED");
    });
  });
  await t.step("a private repository takes the node's secret, which nobody sees", async () => {
    const options = { credential: "x-access-token:hunter2" };
    await misbehave(server, options, async () => {
      assert.equal(await code(), "SOURCE_AUTH");
      const secret = (value: string, hosts: string[]) =>
        api(node, "PUT", "/api/secrets", { body: { name: "TOKEN", value, hosts } });
      await secret("wrong", []);
      const wrong = await plan(node, { source, auth: "TOKEN" });
      assert.equal(wrong.error.code, "SOURCE_AUTH");
      await secret("hunter2", ["github.com"]);
      assert.match((await plan(node, { source, auth: "TOKEN" })).error.message, /not for 127/);
      await secret("hunter2", [server.host]);
      const done = await install(node, { source, auth: "TOKEN" });
      assert.equal(done.status, 201, JSON.stringify(done.error));
      assert.equal((await upgrade(node, "repo", { check: true })).data.outdated, false);
      const seen = JSON.stringify([
        done,
        (await api(node, "GET", "/api/apps/repo")).data,
        (await api(node, "GET", "/api/activity?limit=100")).data,
      ]);
      assert.ok(!seen.includes("hunter2") && !seen.includes(btoa(options.credential)));
      // Who deploys may not spend the owner's secrets, nor say whom to trust.
      const key = await api(node, "POST", "/api/keys", {
        body: { name: "ci", scopes: ["deploy", "read"] },
      });
      const asKey = (body: object) => plan(node, { source, name: "x", ...body }, key.data.token);
      assert.equal((await asKey({ auth: "TOKEN" })).status, 403);
      assert.equal((await asKey({ trust: "none" })).status, 403);
    });
  });
  await t.step("a server without version 2 of the protocol gives its branches", async () => {
    await misbehave(server, { v2: false }, async () => {
      const done = await install(node, { source, name: "old-server" });
      assert.equal(done.status, 201, JSON.stringify(done.error));
      assert.equal((await visit(node, "old-server", "/")).text, "one");
    });
  });
}, { "limits.git.packMb": "3" });

withSources("limits hold, each with its name", async (node, server) => {
  const repo = await makeRepo(server, "large");
  await repo.commit({
    ...appFiles("zeros", { name: "zeros" }),
    "zeros/zeros.bin": new Uint8Array(3 * 1_048_576),
    ...appFiles("small", { name: "small" }),
  });
  const at = (folder: string) => ({ source: `${repo.url}#${folder}` });
  // Packed it is a few KB: what it would become is counted before it is made.
  const bomb = await plan(node, at("small"));
  assert.deepEqual([bomb.status, bomb.error.code], [413, "SOURCE_TOO_LARGE"]);
  assert.equal(bomb.error.details.limit, "git.inflatedMb");
  // A server that can leave contents out sends those of the wanted folder only.
  await new Deno.Command("git", {
    args: ["-C", `${server.root}/large.git`, "config", "uploadpack.allowFilter", "true"],
  }).output();
  assert.equal((await plan(node, at("small"))).status, 200);
  assert.equal((await plan(node, at("zeros"))).error.details.limit, "git.inflatedMb");
  const set = (key: string, value: number) =>
    api(node, "PUT", "/api/system/config", { body: { key, value } });
  await set("limits.git.objects", 4);
  assert.equal((await plan(node, at("small"))).error.details.limit, "git.objects");
  await set("limits.git.objects", 1000);
  await set("limits.deploy.entries", 1);
  assert.equal((await plan(node, at("small"))).error.details.limit, "deploy.entries");
  await set("limits.deploy.entries", 1000);
  await set("limits.git.seconds", 1);
  server.options = { intercept: () => new Promise<Response>((done) => silent.push(done)) };
  const silent: ((response: Response) => void)[] = [];
  assert.equal((await plan(node, at("small"))).error.details.limit, "git.seconds");
  for (const done of silent) done(new Response(null, { status: 500 }));
  assert.equal((await api(node, "GET", "/health")).status, 200);
}, { "limits.git.inflatedMb": "2" });
