import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { Connection } from "../db/mod.ts";
import { Activity, type ActivityEntry } from "./activity.ts";

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
  "the newest 100,000 entries are kept",
  withApps(async (t) => {
    const { activity, record } = activityOf(t);
    const fill = new Connection(t.db.path);
    fill.exec(
      "INSERT INTO activity (at, user_id, actor, action, target, result) " +
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001) " +
        "SELECT i, 'usr_owner', 'owner', 'app.deploy', i, 'ok' FROM n",
    );
    fill.close();
    await record(entry({ target: "newest" }));
    assert.equal(t.count("activity"), 100_000);
    assert.equal(activity.list({ limit: 1 })[0]!.target, "newest");
    await activity.cleanup();
    assert.equal(t.count("activity"), 100_000);
    const oldest = t.db.reader.get<{ target: string }>("SELECT target FROM activity ORDER BY id");
    assert.equal(oldest!.target, "3");
  }),
);
