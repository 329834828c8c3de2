import assert from "node:assert/strict";
import { beginFork, forkFiles } from "./fork_operations.ts";
import { type AppsFixture, manifest, OWNER, withApps } from "./testing.ts";

const DAY = 86_400_000;
const files = (name: string) => ({
  "app.json": manifest(name, { permissions: ["storage:kv"] }),
  "index.html": name,
});
const forkOf = async (t: AppsFixture, ref: string, name: string) => {
  t.now += 1000;
  return (await t.apps.fork(ref, { name }, OWNER)).app;
};
const nodes = (t: AppsFixture, ref: string) =>
  t.apps.lineage(ref).nodes.map(({ name, state }) => `${name} ${state}`);

Deno.test(
  "a fork is nowhere to be seen before its last step, and what was cut is forgotten at the start",
  withApps(async (t) => {
    const { app } = await t.deploy(files("blog"));
    const id = "app_cutcutcutcut";
    const begun = {
      from: app.id,
      n: 1,
      id,
      revisionId: "rev_cutcutcutcut",
      userId: OWNER.userId,
      name: "copy",
      message: "",
      at: t.now,
    };
    await t.db.write(beginFork, begun);
    await t.db.write(forkFiles, { from: app.id, n: 1, id, after: "" });
    assert.deepEqual(t.apps.list().map(({ name }) => name), ["blog"]);
    for (const ref of [id, "copy"]) assert.throws(() => t.apps.info(ref), { code: "NOT_FOUND" });
    assert.deepEqual(nodes(t, "blog"), ["blog active"]);
    assert.deepEqual([t.count("files", id), t.count("revisions", id)], [2, 1]);
    // The hourly purge of what was removed leaves a fork that goes on alone.
    await t.apps.purge(t.now + 60 * DAY);
    assert.equal(t.count("files", id), 2);
    await t.restarted().cleanForks();
    assert.deepEqual([t.count("files", id), t.count("revisions", id)], [0, 0]);
    assert.equal(t.count("apps"), 1);
    assert.equal((await forkOf(t, "blog", "copy")).name, "copy");
  }),
);

Deno.test(
  "an app that is removed while it is forked ends the fork, which leaves nothing",
  withApps(async (t) => {
    const { app } = await t.deploy(files("blog"));
    const forking = t.apps.fork("blog", { name: "copy" }, OWNER);
    const removed = t.apps.remove("blog", { keepData: true }, OWNER);
    const outcome = await forking.then(() => "made", (error) => error.code);
    await removed;
    assert.ok(["made", "CONFLICT", "NOT_FOUND"].includes(outcome), outcome);
    const left = t.db.reader.all<{ id: string }>("SELECT id FROM apps WHERE id <> ?", app.id);
    assert.equal(left.length, outcome === "made" ? 1 : 0);
    if (outcome === "made") assert.equal(t.serves(left[0]!.id, "index.html"), "blog");
  }),
);

Deno.test(
  "a purged ancestor leaves its id while there are descendants, and goes with the last",
  withApps(async (t) => {
    const { app } = await t.deploy(files("blog"));
    const child = await forkOf(t, "blog", "child");
    await forkOf(t, "child", "grandchild");
    await t.apps.remove("blog", {}, OWNER);
    await t.apps.remove("child", {}, OWNER);
    assert.deepEqual(nodes(t, "grandchild"), ["blog gone", "child gone", "grandchild active"]);
    t.now += 31 * DAY;
    await t.apps.purge(t.now - 30 * DAY);
    assert.equal(t.count("apps"), 1);
    const left = [`${app.id} gone`, `${child.id} gone`, "grandchild active"];
    assert.deepEqual(nodes(t, "grandchild"), left);
    await t.apps.remove("grandchild", {}, OWNER);
    t.now += 31 * DAY;
    await t.apps.purge(t.now - 30 * DAY);
    assert.deepEqual([t.count("apps"), t.count("ancestors")], [0, 0]);
  }),
);

Deno.test(
  "removing either end of a line leaves the other as it is",
  withApps(async (t) => {
    await t.deploy(files("blog"));
    const child = await forkOf(t, "blog", "child");
    await t.apps.remove("blog", {}, OWNER);
    assert.equal(t.serves(child.id, "index.html"), "blog");
    t.now += 31 * DAY;
    await t.apps.purge(t.now - 30 * DAY);
    await t.vfs.sweep();
    assert.equal(t.serves(child.id, "index.html"), "blog");
    await t.deploy(files("blog"));
    assert.deepEqual(nodes(t, "blog"), ["blog active"]);
  }),
);
