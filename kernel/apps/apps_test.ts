import assert from "node:assert/strict";
import { DEPLOYER, manifest, OWNER, withApps } from "./testing.ts";

const DAY = 86_400_000;

Deno.test(
  "an app is found by id, name and alias, and each can be forced",
  withApps(async (t) => {
    const app = await t.apps.create({ name: "blog", title: "My blog" }, OWNER);
    await t.apps.addresses.set("news", { app: "blog" }, OWNER);
    for (const ref of [app.id, "blog", "news"]) assert.equal(t.apps.info(ref).id, app.id);
    assert.deepEqual([app.title, app.files, app.state], ["My blog", 0, "active"]);
    assert.throws(() => t.apps.info("blog", { as: "id" }), { code: "NOT_FOUND" });
    assert.throws(() => t.apps.info(app.id, { as: "alias" }), { code: "NOT_FOUND" });
    assert.equal(t.apps.info("news", { as: "alias" }).name, "blog");
    assert.throws(() => t.apps.info("blgo"), { code: "NOT_FOUND", hint: /did you mean blog/ });
    assert.equal(t.apps.site(app.id), undefined);
    assert.equal(t.apps.runnable(app.id), undefined);
  }),
);

Deno.test(
  "names that are taken, reserved or malformed are refused",
  withApps(async (t) => {
    await t.apps.create({ name: "blog" }, OWNER);
    await t.apps.addresses.set("elsewhere", { redirect: "https://example.com/" }, OWNER);
    const table: [string, string][] = [
      ["blog", "NAME_TAKEN"],
      ["elsewhere", "NAME_TAKEN"],
      ["admin", "NAME_RESERVED"],
      ["app-123456789abc", "NAME_RESERVED"],
      ["Blog", "INVALID"],
      ["-blog", "INVALID"],
      ["a.b", "INVALID"],
      ["a\nb", "INVALID"],
      ["", "INVALID"],
      ["x".repeat(64), "INVALID"],
    ];
    for (const [name, code] of table) {
      await assert.rejects(() => t.apps.create({ name }, OWNER), { code }, name);
    }
    await assert.rejects(() => t.apps.create({ name: "x", title: "a\u001b[1m" }, OWNER), {
      code: "INVALID",
    });
    await t.apps.create({ name: "x".repeat(63) }, OWNER);
  }),
);

Deno.test(
  "a rename moves the name's address and nothing else",
  withApps(async (t) => {
    const { app } = await t.deploy({ "index.html": "hi" }, { name: "old" });
    await t.apps.addresses.set("second", { app: "old" }, OWNER);
    const renamed = await t.apps.update("old", { name: "new", title: "T" }, OWNER);
    assert.deepEqual([renamed.id, renamed.name, renamed.title], [app.id, "new", "T"]);
    assert.deepEqual(t.apps.addresses.list().map(({ label }) => label), ["new", "second"]);
    assert.equal(renamed.urls.includes("http://new.localhost:8080"), true);
    assert.equal(renamed.urls.includes("http://old.localhost:8080"), false);
    assert.equal(t.serves(app.id, "index.html"), "hi");
    assert.equal(t.apps.revisions("new").length, 1);
    await t.apps.create({ name: "old" }, OWNER);
    await assert.rejects(() => t.apps.update("new", { name: "old" }, OWNER), {
      code: "NAME_TAKEN",
    });
    await t.apps.update("new", { name: "second" }, OWNER);
    assert.equal(t.apps.info("second").id, app.id);
    assert.equal((await t.apps.update("second", { title: null }, OWNER)).title, undefined);
  }),
);

Deno.test(
  "a rollback serves the revision before, or the one that is named",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "index.html": "one" }, { name: "blog" });
    await assert.rejects(() => t.apps.rollback(id, undefined, OWNER), { code: "NOT_FOUND" });
    await t.deploy({ "index.html": "two" }, { name: "blog" });
    await t.deploy({ "index.html": "three" }, { name: "blog" });
    const back = await t.apps.rollback("blog", undefined, OWNER);
    assert.deepEqual([back.revision.n, back.revision.current, back.app.revision], [2, true, 2]);
    assert.equal(t.serves(id, "index.html"), "two");
    await t.apps.rollback("blog", 3, OWNER);
    assert.equal(t.serves(id, "index.html"), "three");
    await assert.rejects(() => t.apps.rollback("blog", 9, OWNER), { code: "NOT_FOUND" });
    await t.apps.rollback("blog", 1, OWNER);
    const next = await t.deploy({ "index.html": "four" }, { name: "blog" });
    assert.deepEqual([next.revision.n, next.previous], [4, 1]);
    assert.deepEqual(t.apps.revisions("blog").map(({ n, current }) => [n, current]), [
      [4, true],
      [3, false],
      [2, false],
      [1, false],
    ]);
  }),
);

Deno.test(
  "files of any revision are listed and read",
  withApps(async (t) => {
    await t.deploy({ "a b/ü.txt": "one", "x": "x" }, { name: "blog" });
    await t.deploy({ "a b/ü.txt": "two" }, { name: "blog" });
    const paths = (n?: number) => t.apps.files("blog", n).map(({ path }) => path);
    assert.deepEqual([paths(), paths(1)], [["a b/ü.txt"], ["a b/ü.txt", "x"]]);
    const text = async (n?: number) => {
      const { stream, size, type } = t.apps.readFile("blog", "a b/ü.txt", n);
      assert.deepEqual([size, type], [3, "text/plain; charset=utf-8"]);
      return await new Response(stream).text();
    };
    assert.deepEqual([await text(), await text(1)], ["two", "one"]);
    assert.throws(() => t.apps.readFile("blog", "a b/u.txt"), { code: "NOT_FOUND", hint: /ü/ });
    assert.throws(() => t.apps.files("blog", 7), { code: "NOT_FOUND" });
  }),
);

Deno.test(
  "a removed app is gone at once, its rows after 30 days",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "index.html": "hi", "api/main.js": "x" }, {
      name: "blog",
    });
    await t.apps.setEnv(id, { A: "1" }, OWNER);
    await t.apps.addresses.set("second", { app: id }, OWNER);
    const heard: string[] = [];
    t.apps.onChange((appId) => heard.push(appId));
    assert.deepEqual(await t.apps.remove("blog", {}, OWNER), {
      id,
      name: "blog",
      keptData: false,
    });
    assert.deepEqual(heard, [id]);
    assert.deepEqual([t.apps.list(), t.apps.addresses.list()], [[], []]);
    assert.deepEqual([t.apps.site(id), t.apps.runnable(id)], [undefined, undefined]);
    for (const ref of [id, "blog", "second"]) {
      assert.throws(() => t.apps.info(ref), { code: "NOT_FOUND" });
    }
    await t.apps.purge(t.now - 30 * DAY);
    assert.equal(t.count("revisions", id), 1);
    const fresh = await t.deploy({ "index.html": "new" }, { name: "blog" });
    assert.notEqual(fresh.app.id, id);
    t.now += 31 * DAY;
    await t.apps.purge(t.now - 30 * DAY);
    for (const table of ["revisions", "files", "app_env", "grants", "aliases"]) {
      assert.equal(t.count(table, id), 0, table);
    }
    assert.equal(t.count("apps"), 1);
    assert.equal(t.serves(fresh.app.id, "index.html"), "new");
  }),
);

Deno.test(
  "a purge of many rows goes in small steps and leaves other apps alone",
  withApps(async (t) => {
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`f${i}`, "x"]));
    const gone = await t.deploy(many, { name: "gone" });
    const stays = await t.deploy({ "index.html": "x" }, { name: "stays" });
    await t.apps.remove("gone", {}, OWNER);
    t.now += 1;
    await t.apps.purge(t.now);
    assert.deepEqual([t.count("files", gone.app.id), t.count("files", stays.app.id)], [0, 1]);
  }),
);

Deno.test(
  "kept data waits for an administrator to deploy the name again",
  withApps(async (t) => {
    const files = { "index.html": "hi", "api/main.js": "x" };
    const { app: { id } } = await t.deploy(files, { name: "shop" });
    await t.deploy({ ...files, "index.html": "two" }, { name: "shop" });
    await t.apps.setEnv(id, { A: "1" }, OWNER);
    await t.apps.remove("shop", { keepData: true }, OWNER);
    assert.deepEqual([t.count("files", id), t.count("revisions", id)], [0, 0]);
    assert.equal(t.count("app_env", id), 1);
    assert.deepEqual([t.apps.list(), t.apps.addresses.list()], [[], []]);
    assert.equal(t.apps.info(id).state, "kept");
    assert.throws(() => t.apps.revisions(id), { code: "NOT_FOUND", hint: /comes back/ });
    t.now += 365 * DAY;
    await t.apps.purge(t.now);

    await assert.rejects(() => t.deploy(files, { name: "shop", by: DEPLOYER }), {
      code: "NAME_TAKEN",
    });
    const back = await t.deploy(files, { name: "shop" });
    assert.deepEqual([back.app.id, back.created, back.app.state], [id, true, "active"]);
    assert.equal(t.apps.env(id)[0]!.set, true);
    // A number that was served before must never mean other content: caches hold on to it.
    assert.equal(back.revision.n, 3);
    assert.deepEqual(back.grants.approved, ["storage:kv"]);
  }),
);

Deno.test(
  "kept data can be removed for good",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "x": "x" }, { name: "shop" });
    await t.apps.remove("shop", { keepData: true }, OWNER);
    await t.apps.remove(id, {}, OWNER);
    assert.throws(() => t.apps.info(id), { code: "NOT_FOUND" });
    const next = await t.apps.create({ name: "shop" }, DEPLOYER);
    assert.notEqual(next.id, id);
  }),
);

Deno.test(
  "the environment is set, unset, listed without secrets, and seen by the code",
  withApps(async (t) => {
    const env = [
      { name: "KEY", required: true, secret: true, description: "The key" },
      { name: "COLOR", default: "red" },
    ];
    const app = manifest("tool", { env });
    const done = await t.deploy({ "app.json": app, "api/main.js": "x" });
    assert.deepEqual(done.warnings, ["the app needs KEY: fazt app env set tool KEY=…"]);
    const before = t.apps.runnable(done.app.id)!;
    assert.deepEqual(before.env, { COLOR: "red" });
    const list = await t.apps.setEnv("tool", { KEY: "s3cret", COLOR: "blue", OTHER: "x" }, OWNER);
    assert.deepEqual(list, [
      {
        name: "KEY",
        set: true,
        secret: true,
        required: true,
        description: "The key",
        default: null,
      },
      {
        name: "COLOR",
        set: true,
        secret: false,
        required: false,
        description: null,
        default: "red",
        value: "blue",
      },
      {
        name: "OTHER",
        set: true,
        secret: true,
        required: false,
        description: null,
        default: null,
      },
    ]);
    const after = t.apps.runnable(done.app.id)!;
    assert.notEqual(after.generation, before.generation);
    assert.deepEqual(after.env, { COLOR: "blue", KEY: "s3cret", OTHER: "x" });
    await t.apps.setEnv("tool", { COLOR: null }, OWNER);
    assert.equal(t.apps.runnable(done.app.id)!.env.COLOR, "red");
    assert.equal(JSON.stringify(t.activity).includes("s3cret"), false);
  }),
);

Deno.test(
  "wrong names and too much environment are refused whole",
  withApps(async (t) => {
    await t.apps.create({ name: "tool" }, OWNER);
    for (const name of ["1A", "A-B", "", "A B", "a".repeat(129)]) {
      await assert.rejects(() => t.apps.setEnv("tool", { OK: "1", [name]: "x" }, OWNER), {
        code: "INVALID",
      });
    }
    const half = "x".repeat(32 * 1024 - 1);
    await t.apps.setEnv("tool", { A: half, B: half }, OWNER);
    await assert.rejects(() => t.apps.setEnv("tool", { C: "x" }, OWNER), { code: "TOO_LARGE" });
    assert.deepEqual(t.apps.env("tool").map(({ name }) => name), ["A", "B"]);
  }),
);

Deno.test(
  "a first deploy by the owner approves, a later widening waits",
  withApps(async (t) => {
    const deploy = (permissions: readonly string[], options = {}) =>
      t.deploy({ "app.json": manifest("tool", { permissions }), "api/main.js": "x" }, options);
    const first = await deploy(["storage:kv"]);
    assert.deepEqual(first.grants, { approved: ["storage:kv"], pending: [] });
    const wider = await deploy(["storage:kv", "net:fetch"]);
    assert.deepEqual(wider.grants, { approved: [], pending: ["net:fetch"] });
    const before = t.apps.runnable(first.app.id)!;
    assert.deepEqual(before.grants, ["storage:kv"]);
    await assert.rejects(() => t.apps.changeGrants("tool", { approve: ["net:fetch"] }, DEPLOYER), {
      code: "FORBIDDEN",
    });
    await assert.rejects(() => t.apps.changeGrants("tool", { approve: ["email"] }, OWNER), {
      code: "INVALID",
    });
    assert.deepEqual(await t.apps.changeGrants("tool", { approve: ["net:fetch"] }, OWNER), {
      requested: ["storage:kv", "net:fetch"],
      approved: ["storage:kv", "net:fetch"],
      pending: [],
    });
    const after = t.apps.runnable(first.app.id)!;
    assert.notEqual(after.generation, before.generation);
    assert.deepEqual([...after.grants].sort(), ["net:fetch", "storage:kv"]);
    const revoked = await t.apps.changeGrants("tool", { revoke: ["storage:kv"] }, OWNER);
    assert.deepEqual(revoked.pending, ["storage:kv"]);
    assert.deepEqual(t.apps.runnable(first.app.id)!.grants, ["net:fetch"]);
    const said = await deploy(["storage:kv", "net:fetch"], { approve: true });
    assert.deepEqual([said.unchanged, said.grants.approved], [true, ["storage:kv"]]);
  }),
);

Deno.test(
  "what an app without administrator asked for stays pending through its deploys",
  withApps(async (t) => {
    const files = { "app.json": manifest("tool", { permissions: ["storage:kv"] }) };
    await t.deploy(files, { by: DEPLOYER });
    const second = await t.deploy({ ...files, "x": "x" });
    assert.deepEqual(second.grants, { approved: [], pending: ["storage:kv"] });
    const third = await t.deploy({ ...files, "x": "y" }, { approve: true });
    assert.deepEqual(third.grants, { approved: ["storage:kv"], pending: [] });
  }),
);

Deno.test(
  "addresses lead to apps, elsewhere or nowhere",
  withApps(async (t) => {
    const a = await t.apps.create({ name: "a" }, OWNER);
    const b = await t.apps.create({ name: "b" }, OWNER);
    assert.equal((await t.apps.addresses.set("x", { app: "a" }, OWNER)).appId, a.id);
    assert.equal((await t.apps.addresses.set("x", { app: "b" }, OWNER)).appId, b.id);
    const { type, target } = await t.apps.addresses.set("x", { redirect: "https://e.org" }, OWNER);
    assert.deepEqual([type, target], ["redirect", "https://e.org/"]);
    assert.equal((await t.apps.addresses.set("y", { reserved: true }, OWNER)).type, "reserved");
    for (const redirect of ["javascript:alert(1)", "/x", "https://u:p@e.org", "ftp://e.org"]) {
      await assert.rejects(() => t.apps.addresses.set("z", { redirect }, OWNER), {
        code: "INVALID",
      });
    }
    await assert.rejects(() => t.apps.addresses.set("admin", { app: "a" }, OWNER), {
      code: "NAME_RESERVED",
    });
    await assert.rejects(() => t.apps.addresses.set("z", { app: "nobody" }, OWNER), {
      code: "NOT_FOUND",
    });
    await t.apps.addresses.remove("a", OWNER);
    assert.equal(t.apps.info("a").id, a.id);
    assert.equal(t.apps.info("a").urls.length, 1);
    await assert.rejects(() => t.apps.addresses.remove("a", OWNER), { code: "NOT_FOUND" });
  }),
);

Deno.test(
  "the object of a running app is the same until something of it changes",
  withApps(async (t) => {
    const files = { "app.json": manifest("tool"), "api/main.js": "x" };
    const { app: { id } } = await t.deploy(files);
    const first = t.apps.runnable(id);
    assert.equal(t.apps.runnable(id), first);
    await t.deploy({ "index.html": "x" }, { name: "other" });
    assert.equal(t.apps.runnable(id), first);
    await t.deploy({ ...files, "x": "x" });
    const second = t.apps.runnable(id)!;
    assert.notEqual(second.generation, first!.generation);
    assert.equal(second.revision, 2);
  }),
);

Deno.test(
  "every change is in the activity log once, failures with their code",
  withApps(async (t) => {
    const app = await t.apps.create({ name: "blog" }, OWNER);
    await assert.rejects(() => t.apps.create({ name: "blog" }, OWNER));
    await t.apps.update("blog", { title: "x" }, OWNER);
    await assert.rejects(() => t.apps.rollback("blog", undefined, OWNER));
    await t.apps.addresses.set("x", { app: "blog" }, OWNER);
    await t.apps.remove("blog", {}, OWNER);
    await assert.rejects(() => t.apps.remove("blog", {}, DEPLOYER));
    assert.deepEqual(t.activity.map((a) => [a.action, a.result, a.appId === app.id]), [
      ["app.create", "ok", true],
      ["app.create", "NAME_TAKEN", true],
      ["app.update", "ok", true],
      ["app.rollback", "NOT_FOUND", true],
      ["alias.set", "ok", false],
      ["app.remove", "ok", true],
      ["app.remove", "NOT_FOUND", false],
    ]);
  }),
);

Deno.test(
  "everything is there again after the node starts anew",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "index.html": "hi", "api/main.js": "x" }, {
      name: "blog",
    });
    await t.apps.setEnv(id, { A: "1" }, OWNER);
    const generation = t.apps.runnable(id)!.generation;
    const again = t.restarted();
    assert.equal(again.runnable(id)!.generation, generation);
    assert.equal(again.info("blog").revision, 1);
  }),
);
