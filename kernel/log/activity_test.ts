import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { Connection } from "../db/mod.ts";
import { Activity, type ActivityEntry, type ActivityFilter } from "./activity.ts";

const entry = (more: Partial<ActivityEntry> = {}): ActivityEntry => ({
  userId: "usr_owner",
  actor: "owner",
  action: "app.deploy",
  result: "ok",
  ...more,
});

interface Recorded {
  readonly activity: Activity;
  readonly errors: unknown[];
  /** Records entries and waits until each is kept or refused. */
  readonly record: (...entries: readonly ActivityEntry[]) => Promise<void>;
}

function activityOf(t: AppsFixture): Recorded {
  const errors: unknown[] = [];
  const activity = new Activity(t.db, () => t.now, (error) => errors.push(error));
  const record = async (...entries: readonly ActivityEntry[]) => {
    for (const one of entries) activity.record(one);
    // Writes are done in the order they were asked for.
    await activity.cleanup();
  };
  return { activity, errors, record };
}

Deno.test(
  "an entry says who did what to which, from where, when and with what result",
  withApps(async (t) => {
    const { activity, record } = activityOf(t);
    const first = t.now;
    await record(entry({
      address: "127.0.0.1",
      appId: "app_a",
      target: "blog",
      result: "NAME_TAKEN",
      details: { revision: 2, list: ["é", null] },
    }));
    t.now += 7;
    await record(entry({ actor: "ci", action: "key.revoke" }));
    const rows = activity.list();
    assert.deepEqual(rows.map(({ id: _, ...row }) => row), [
      {
        at: first + 7,
        actor: "ci",
        address: null,
        action: "key.revoke",
        appId: null,
        target: null,
        result: "ok",
      },
      {
        at: first,
        actor: "owner",
        address: "127.0.0.1",
        action: "app.deploy",
        appId: "app_a",
        target: "blog",
        result: "NAME_TAKEN",
        details: { revision: 2, list: ["é", null] },
      },
    ]);
  }),
);

Deno.test(
  "entries are paged from the newest backwards, at most 1,000 at a time",
  withApps(async (t) => {
    const { activity, record } = activityOf(t);
    await record(...Array.from({ length: 1050 }, (_, i) => entry({ target: `${i}` })));
    const pages: string[] = [];
    let page = activity.list({ limit: 400 });
    while (page.length > 0 && pages.length < 9) {
      pages.push(`${page[0]!.target}-${page.at(-1)!.target}`);
      page = activity.list({ limit: 400, before: page.at(-1)!.id });
    }
    assert.deepEqual(pages, ["1049-650", "649-250", "249-0"]);
    assert.equal(activity.list().length, 100);
    assert.equal(activity.list({ limit: 5000 }).length, 1000);
  }),
);

Deno.test(
  "an entry that cannot be kept is reported, and neither throws nor takes others with it",
  withApps(async (t) => {
    const { activity, errors, record } = activityOf(t);
    await record(
      entry({ target: "before" }),
      entry({ details: () => "functions cannot be cloned" }),
      entry({ details: { n: 1n } }),
      entry({ target: "after" }),
    );
    assert.equal(errors.length, 2);
    assert.deepEqual(activity.list().map(({ target }) => target), ["after", "before"]);
  }),
);

Deno.test(
  "the newest entries are kept, as many and as long as is set",
  withApps(async (t) => {
    const limits = { keepDays: 30, keepRows: 6000 };
    const activity = new Activity(
      t.db,
      () => t.now,
      (error) => assert.fail(String(error)),
      () => limits,
    );
    const fill = new Connection(t.db.path);
    fill.exec(
      "INSERT INTO activity (at, user_id, actor, action, target, result) " +
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12001) " +
        `SELECT ${t.now}, 'usr_owner', 'owner', 'app.deploy', i, 'ok' FROM n`,
    );
    fill.close();
    activity.record(entry({ target: "newest" }));
    await activity.cleanup();
    assert.equal(t.count("activity"), 6000);
    assert.equal(activity.list({ limit: 1 })[0]!.target, "newest");
    const oldest = t.db.reader.get<{ target: string }>("SELECT target FROM activity ORDER BY id");
    assert.equal(oldest!.target, "6003");
    t.now += 30 * 86_400_000;
    activity.record(entry({ target: "late" }));
    await activity.cleanup();
    assert.equal(t.count("activity"), 6000);
    t.now += 1;
    await activity.cleanup();
    assert.deepEqual(activity.list().map(({ target }) => target), ["late"]);
  }),
);

Deno.test(
  "entries are chosen by who, what, where to, result, time and text; every page of them",
  withApps(async (t) => {
    const { activity, record } = activityOf(t);
    const first = t.now;
    await record(
      entry({ target: "a", appId: "app_a", details: { note: "Straße" } }),
      entry({ actor: "ci", action: "app.delete", result: "FORBIDDEN", address: "203.0.113.9" }),
      entry({ actor: "ci", action: "apple.eat", target: "50%_x" }),
    );
    t.now += 1000;
    await record(
      entry({ action: "session.create", result: "UNAUTHORIZED" }),
      entry({ target: "z" }),
    );
    const found = (filter: ActivityFilter) =>
      activity.list(filter).map(({ actor, action }) => `${actor} ${action}`);
    assert.deepEqual(found({ actor: "ci" }), ["ci apple.eat", "ci app.delete"]);
    assert.deepEqual(found({ action: "app." }), [
      "owner app.deploy",
      "ci app.delete",
      "owner app.deploy",
    ]);
    assert.deepEqual(found({ action: "app%" }), []);
    assert.deepEqual(found({ appId: "app_a" }), ["owner app.deploy"]);
    assert.deepEqual(found({ result: "failed" }), ["owner session.create", "ci app.delete"]);
    assert.deepEqual(found({ result: "FORBIDDEN" }), ["ci app.delete"]);
    assert.deepEqual(found({ since: first + 1 }).length, 2);
    assert.deepEqual(found({ until: first + 1000 }).length, 3);
    assert.deepEqual(found({ text: "203.0" }), ["ci app.delete"]);
    assert.deepEqual(found({ text: "%_X" }), ["ci apple.eat"]);
    assert.deepEqual(found({ text: "straße" }), ["owner app.deploy"]);
    assert.deepEqual(found({ actor: "ci", result: "ok", text: "" }), ["ci apple.eat"]);
    await record(...Array.from({ length: 2500 }, () => entry({ action: "many.times" })));
    const pages = [...activity.pages({ action: "many." })];
    assert.deepEqual(pages.map((page) => page.length), [1000, 1000, 500]);
    assert.equal(new Set(pages.flat().map(({ id }) => id)).size, 2500);
  }),
);
