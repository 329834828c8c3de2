import assert from "node:assert/strict";
import type { ManifestFault } from "./manifest.ts";
import { DEPLOYER, manifest, OWNER, withApps } from "./testing.ts";

Deno.test(
  "a first deploy makes the app, its address and its first revision",
  withApps(async (t) => {
    const done = await t.deploy({ "index.html": "hi", "app.json": manifest("blog") }, {
      message: "first",
    });
    assert.equal(done.created, true);
    assert.equal(done.unchanged, false);
    assert.equal(done.previous, undefined);
    assert.equal(done.url, "http://blog.localhost:8080");
    assert.deepEqual([done.files, done.size], [2, 2 + manifest("blog").length]);
    const { n, createdBy, message, current, hasServer } = done.revision;
    assert.deepEqual([n, createdBy, message, current, hasServer], [
      1,
      "usr_owner",
      "first",
      true,
      false,
    ]);
    assert.deepEqual(t.apps.list(), [done.app]);
    assert.equal(t.apps.info("blog").id, done.app.id);
    assert.equal(t.serves(done.app.id, "index.html"), "hi");
    assert.deepEqual(t.activity.map(({ action, result, appId }) => [action, result, appId]), [
      ["app.deploy", "ok", done.app.id],
    ]);
  }),
);

Deno.test(
  "missing blobs are named and nothing changes until they are there",
  withApps(async (t) => {
    const files = t.list({ "index.html": "a", "b.html": "b" });
    const answer = await t.apps.deploy({ name: "blog", files }, OWNER);
    assert.deepEqual(answer, { missing: files.map(({ cid }) => cid) });
    assert.deepEqual([t.apps.list(), t.activity], [[], []]);
    await t.upload({ "index.html": "a" });
    assert.deepEqual(await t.apps.deploy({ name: "blog", files }, OWNER), {
      missing: [files[1]!.cid],
    });
  }),
);

Deno.test(
  "files without app.json need a name, and get storage:kv",
  withApps(async (t) => {
    await assert.rejects(() => t.deploy({ "index.html": "hi" }), /no name/);
    const done = await t.deploy({ "index.html": "hi" }, { name: "plain" });
    assert.deepEqual(done.grants, { approved: ["storage:kv"], pending: [] });
  }),
);

Deno.test(
  "a name in the call goes before the manifest's",
  withApps(async (t) => {
    const done = await t.deploy({ "app.json": manifest("blog") }, { name: "staging" });
    assert.equal(done.app.name, "staging");
  }),
);

Deno.test(
  "a web app manifest is no manifest of ours",
  withApps(async (t) => {
    const pwa = JSON.stringify({ name: "My App", start_url: "/", icons: [] });
    const done = await t.deploy({ "index.html": "x", "manifest.json": pwa }, { name: "pwa" });
    assert.equal(done.warnings.length, 1);
    const own = await t.deploy({ "manifest.json": manifest("old-style", { spa: true }) });
    assert.equal(own.app.name, "old-style");
    assert.equal(t.apps.site(own.app.id)!.spa, true);
  }),
);

Deno.test(
  "deploying the same files again makes no revision",
  withApps(async (t) => {
    const files = { "index.html": "hi", "api/main.js": "x", "app.json": manifest("blog") };
    await t.deploy(files);
    const again = await t.deploy(files);
    assert.deepEqual([again.unchanged, again.revision.n, again.created], [true, 1, false]);
    assert.equal(t.bundler.calls.length, 1);
    const changed = await t.deploy({ ...files, "index.html": "ho" });
    assert.deepEqual([changed.unchanged, changed.revision.n, changed.previous], [false, 2, 1]);
    const fewer = await t.deploy({ "index.html": "ho", "app.json": manifest("blog") });
    assert.deepEqual([fewer.revision.n, fewer.app.hasServer], [3, false]);
  }),
);

Deno.test(
  "server code is bundled, and again only when api/ changed",
  withApps(async (t) => {
    const app = manifest("tool", { cron: [{ schedule: "@daily", handler: "api/clean.ts" }] });
    const files = { "app.json": app, "api/main.ts": "one", "api/clean.ts": "c", "a.html": "1" };
    const { app: { id } } = await t.deploy(files);
    assert.deepEqual(t.bundler.calls[0]!.handlers, ["api/clean.ts"]);
    assert.equal(t.apps.runnable(id)!.module(), "/* api/main.ts */ one");
    await t.deploy({ ...files, "a.html": "2" });
    assert.equal(t.bundler.calls.length, 1);
    assert.equal(t.apps.runnable(id)!.module(), "/* api/main.ts */ one");
    await t.deploy({ ...files, "api/main.ts": "two" });
    assert.equal(t.apps.runnable(id)!.module(), "/* api/main.ts */ two");
  }),
);

Deno.test(
  "a bad deploy is refused with its code, and the old revision keeps serving",
  withApps(async (t) => {
    const good = { "index.html": "good", "app.json": manifest("blog") };
    const { app: { id } } = await t.deploy(good);
    await t.deploy({ "index.html": "other", "app.json": manifest("other") });
    await t.settings.set("limits.vfs.fileMb", 1, 0);
    const table: [string, Record<string, string | Uint8Array>, { app?: string; name?: string }?][] =
      [
        ["MANIFEST_INVALID", { "app.json": "{" }],
        ["MANIFEST_INVALID", { "app.json": " ".repeat(300_000) }],
        ["MANIFEST_INVALID", { "app.json": manifest("blog", { spa: "yes" }) }],
        ["MANIFEST_INVALID", { "app.json": manifest("blog", { permissions: ["run"] }) }],
        ["MANIFEST_INVALID", {
          "app.json": manifest("blog", { permissions: [`fs:read:${t.dir}`] }),
        }],
        ["MANIFEST_INVALID", {
          "app.json": manifest("blog", { permissions: ["net:direct:127.0.0.1:8080"] }),
        }],
        ["MANIFEST_INVALID", { "app.json": manifest("blog", { fazt: { minVersion: "9.0.0" } }) }],
        ["NAME_RESERVED", { "app.json": manifest("admin") }],
        ["NAME_RESERVED", { "index.html": "x" }, { name: "www" }],
        ["NO_ENTRY", { "app.json": manifest("blog"), "api/hello.ts": "x" }],
        ["BUNDLE_FAILED", { "app.json": manifest("blog"), "api/main.ts": "SYNTAX ERROR" }],
        ["PATH_INVALID", { "app.json": manifest("blog"), "../x": "x" }],
        ["PATH_INVALID", { "app.json": manifest("blog"), "/x": "x" }],
        ["TOO_LARGE", { "app.json": manifest("blog"), "x": new Uint8Array(1024 * 1024 + 1) }],
        ["INVALID", {}, { name: "blog" }],
        ["NOT_FOUND", { "index.html": "x" }, { app: "app_123456789abc" }],
      ];
    for (const [code, files, options] of table) {
      await assert.rejects(() => t.deploy(files, options), (error: { code: string }) => {
        assert.equal(error.code, code, `${JSON.stringify(files)}: ${error}`);
        return true;
      });
      assert.equal(t.serves(id, "index.html"), "good");
      assert.equal(t.apps.revisions(id).length, 1);
      assert.equal(t.activity.at(-1)!.result, code);
    }
    assert.equal(t.apps.list().length, 2);
  }),
);

Deno.test(
  "sizes are what the node counted, not what the client says",
  withApps(async (t) => {
    await t.settings.set("limits.vfs.fileMb", 1, 0);
    const big = new Uint8Array(1024 * 1024 + 1);
    const files = (await t.upload({ "x": big })).map((file) => ({ ...file, size: 1 }));
    await assert.rejects(() => t.apps.deploy({ name: "big", files }, OWNER), { code: "TOO_LARGE" });
  }),
);

Deno.test(
  "too many files, a path twice and a wrong cid are refused",
  withApps(async (t) => {
    await t.settings.set("limits.deploy.entries", 2, 0);
    const [file] = await t.upload({ "a": "a" });
    const deploy = (files: readonly { path: string; cid: string; size: number }[]) =>
      t.apps.deploy({ name: "x", files }, OWNER);
    await assert.rejects(() => deploy([file!, file!, file!]), { code: "TOO_MANY_FILES" });
    await assert.rejects(() => deploy([file!, file!]), { code: "PATH_INVALID" });
    await assert.rejects(() => deploy([{ ...file!, cid: "nonsense" }]), { code: "INVALID" });
    await deploy([file!, { ...file!, path: "b" }]);
  }),
);

Deno.test(
  "a limit the app raises above the owner's is not raised, and told",
  withApps(async (t) => {
    const app = manifest("tool", { limits: { runtime: { seconds: 5, heapMb: 4096 } } });
    const done = await t.deploy({ "app.json": app, "api/main.js": "x" });
    assert.match(done.warnings[0]!, /heapMb 4096.*64 applies/);
    const { limits, generation } = t.apps.runnable(done.app.id)!;
    assert.deepEqual([limits.timeMs, limits.heapMb], [5000, 64]);
    await t.settings.set("limits.runtime.heapMb", 32, 0);
    const lowered = t.apps.runnable(done.app.id)!;
    assert.equal(lowered.limits.heapMb, 32);
    assert.notEqual(lowered.generation, generation);
  }),
);

Deno.test(
  "two deploys of one app at once both happen, one after the other",
  withApps(async (t) => {
    const name = { name: "blog" };
    const deploys = Array.from(
      { length: 8 },
      (_, i) => t.deploy({ "index.html": `v${i}`, "api/main.js": `v${i}` }, name),
    );
    const done = await Promise.all(deploys);
    assert.deepEqual(done.map(({ revision }) => revision.n).sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(done.filter(({ created }) => created).length, 1);
    const served = t.serves(done[0]!.app.id, "index.html");
    assert.equal(t.serves(done[0]!.app.id, "api/main.js"), served);
  }),
);

Deno.test(
  "the old revision is served while the new one is being built",
  withApps(async (t) => {
    const files = { "index.html": "old", "api/main.js": "old", "app.json": manifest("tool") };
    const { app: { id } } = await t.deploy(files);
    const gate = Promise.withResolvers<void>();
    t.bundler.gate = gate.promise;
    const deploy = t.deploy({ ...files, "index.html": "new", "api/main.js": "new" });
    while (t.bundler.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(t.serves(id, "index.html"), "old");
    gate.resolve();
    await deploy;
    assert.equal(t.serves(id, "index.html"), "new");
  }),
);

Deno.test(
  "a blob that goes away during a deploy fails it whole",
  withApps(async (t) => {
    const files = await t.upload({ "index.html": "x", "api/main.js": "x" });
    const gate = Promise.withResolvers<void>();
    t.bundler.gate = gate.promise;
    const deploy = t.apps.deploy({ name: "blog", files }, OWNER);
    while (t.bundler.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const sweep = new (await import("../db/mod.ts")).Connection(`${t.dir}/data.db`);
    sweep.run("DELETE FROM blobs WHERE cid = ?", files[0]!.cid);
    sweep.close();
    gate.resolve();
    await assert.rejects(deploy, { code: "BLOB_MISSING", status: 409 });
    assert.deepEqual([t.apps.list(), t.count("revisions"), t.count("files")], [[], 0, 0]);
  }),
);

Deno.test(
  "a full disk refuses the deploy, and the old revision keeps serving",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "index.html": "old" }, { name: "blog" });
    const noise = (n: number) => crypto.getRandomValues(new Uint8Array(n));
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 60; i++) files[`f${i}`] = noise(60_000);
    await assert.rejects(() => t.deploy(files, { name: "blog" }), { code: "DISK_FULL" });
    assert.equal(t.serves(id, "index.html"), "old");
    assert.equal(t.apps.revisions(id).length, 1);
  }, { maxMb: 2 }),
);

Deno.test(
  "a disk that fills up in the last write leaves nothing of it",
  withApps(async (t) => {
    const [file] = await t.upload({ "x": "x" });
    const files = Array.from(
      { length: 15_000 },
      (_, i) => ({ ...file!, path: `${"long/".repeat(20)}${i}` }),
    );
    await assert.rejects(() => t.apps.deploy({ name: "wide", files }, OWNER), {
      code: "DISK_FULL",
    });
    assert.deepEqual([t.apps.list(), t.count("files"), t.count("aliases")], [[], 0, 0]);
    await t.deploy({ "x": "x" }, { name: "wide" });
  }, { maxMb: 2 }),
);

Deno.test(
  "text is compressed once for all revisions that have it",
  withApps(async (t) => {
    const page = "<p>hello</p>".repeat(200);
    await t.deploy({ "index.html": page }, { name: "blog" });
    const rows = () =>
      t.db.reader.all<{ brotli_cid: string; gzip_cid: string }>(
        "SELECT brotli_cid, gzip_cid FROM files WHERE path = 'index.html' ORDER BY revision",
      );
    const blobs = t.count("blobs");
    await t.deploy({ "index.html": page, "b": "b" }, { name: "blog" });
    const [first, second] = rows();
    assert.ok(first!.brotli_cid && first!.gzip_cid);
    assert.deepEqual(second, first);
    assert.equal(t.count("blobs"), blobs + 1);
  }),
);

Deno.test(
  "a new app's name cannot be what another answers at",
  withApps(async (t) => {
    const { app } = await t.deploy({ "a": "a" }, { name: "blog" });
    await t.apps.addresses.set("news", { app: app.id }, OWNER);
    await assert.rejects(() => t.deploy({ "a": "a" }, { name: "news" }), { code: "NAME_TAKEN" });
    await assert.rejects(() => t.apps.create({ name: "blog" }, OWNER), {
      code: "NAME_TAKEN",
      status: 409,
    });
  }),
);

Deno.test(
  "the faults of a manifest are told field by field",
  withApps(async (t) => {
    const app = manifest("blog", { nme: 1, cron: [{ schedule: "x", handler: "api/a.ts" }] });
    await assert.rejects(
      () => t.deploy({ "app.json": app }),
      (error: { details: ManifestFault[]; hint: string }) => {
        assert.deepEqual(error.details.map(({ path }) => path).sort(), ["cron.0.schedule", "nme"]);
        assert.match(error.hint, /fazt app validate/);
        return true;
      },
    );
  }),
);

Deno.test(
  "who may not approve is told so, and its code runs without the grants",
  withApps(async (t) => {
    const app = manifest("tool", { permissions: ["storage:kv"] });
    const files = { "app.json": app, "api/main.js": "x" };
    const done = await t.deploy(files, { by: DEPLOYER, approve: true });
    assert.deepEqual(done.grants, { approved: [], pending: ["storage:kv"] });
    assert.match(done.warnings.join(), /administrator/);
    assert.deepEqual(t.apps.runnable(done.app.id)!.grants, []);
  }),
);

Deno.test(
  "an app that asks to be closed is served to nobody",
  withApps(async (t) => {
    const app = manifest("secret", { visibility: "private" });
    const done = await t.deploy({ "app.json": app, "index.html": "x" });
    assert.match(done.warnings.join(), /serves the app to nobody/);
    assert.equal(t.apps.site(done.app.id), undefined);
  }),
);
