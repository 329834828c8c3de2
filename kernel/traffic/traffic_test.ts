import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { GIB } from "../lib/bytes.ts";
import { Traffic, type TrafficDeps } from "./mod.ts";

const NOVEMBER = Date.UTC(2026, 10, 20);
const SETTING = "limits.net.egressGbPerMonth";

interface Fixture {
  /** The counting of a node that just started. */
  readonly start: (more?: Partial<TrafficDeps>) => Traffic;
  readonly told: string[];
}

function fixture(t: AppsFixture): Fixture {
  t.now = NOVEMBER;
  const told: string[] = [];
  return {
    told,
    start: (more = {}) =>
      new Traffic({
        db: t.db,
        settings: t.settings,
        clock: () => t.now,
        askedGb: () => undefined,
        onLimit: ({ appId, level }) => told.push(`${appId} ${level}`),
        onError: (error) => told.push(String(error)),
        ...more,
      }),
  };
}

/** What one visit adds. */
function visit(traffic: Traffic, appId: string, bytesOut: number): void {
  const mine = traffic.of(appId);
  mine.requests++;
  mine.received(10);
  mine.sent(bytesOut);
}

const sums = (traffic: Traffic, appId: string) => {
  const { month, requests, bytesIn, bytesOut } = traffic.info(appId);
  return [month, requests, bytesIn, bytesOut];
};

Deno.test(
  "each app's month adds up over restarts, and what was written is not written twice",
  withApps(async (t) => {
    const f = fixture(t);
    const first = f.start();
    visit(first, "app_a", 100);
    visit(first, "app_a", 200);
    visit(first, "app_b", 5);
    await first.flush();
    await first.flush();
    visit(first, "app_a", 1);
    await first.flush();
    const second = f.start();
    visit(second, "app_a", 1000);
    assert.deepEqual(sums(second, "app_a"), ["2026-11", 4, 40, 1301]);
    assert.deepEqual(sums(second, "app_b"), ["2026-11", 1, 10, 5]);
    assert.equal(t.count("traffic"), 2);
  }),
);

Deno.test(
  "a new month begins at nought in UTC, and the one before is kept",
  withApps(async (t) => {
    await t.settings.set(SETTING, 1, t.now);
    const f = fixture(t);
    const traffic = f.start();
    visit(traffic, "app_a", GIB);
    assert.equal(traffic.of("app_a").spent, true);
    assert.equal(traffic.info("app_a").resetsAt, Date.UTC(2026, 11, 1));
    t.now = Date.UTC(2026, 11, 1);
    await traffic.flush();
    assert.equal(traffic.of("app_a").spent, false);
    visit(traffic, "app_a", 7);
    await traffic.flush();
    assert.deepEqual(sums(traffic, "app_a"), ["2026-12", 1, 10, 7]);
    const rows = t.db.reader.all("SELECT month, bytes_out FROM traffic ORDER BY month");
    assert.deepEqual(rows.map((row) => ({ ...row as object })), [
      { month: "2026-11", bytes_out: GIB },
      { month: "2026-12", bytes_out: 7 },
    ]);
    t.now = Date.UTC(2029, 0, 1);
    await traffic.cleanup();
    assert.equal(t.count("traffic"), 0);
  }),
);

Deno.test(
  "of a budget the owner is told at 80 % and at its end, once a month, also over a restart",
  withApps(async (t) => {
    await t.settings.set(SETTING, 1, t.now);
    const f = fixture(t);
    const first = f.start();
    for (const part of [0.5, 0.35, 0.01]) {
      visit(first, "app_a", part * GIB);
      await first.flush();
    }
    assert.deepEqual(f.told, ["app_a warning"]);
    visit(first, "app_a", GIB);
    await first.flush();
    const second = f.start();
    visit(second, "app_a", GIB);
    await second.flush();
    assert.deepEqual(f.told, ["app_a warning", "app_a exceeded"]);
    t.now = Date.UTC(2026, 11, 2);
    await second.flush();
    visit(second, "app_a", GIB);
    await second.flush();
    assert.deepEqual(f.told.slice(2), ["app_a exceeded"]);
  }),
);

Deno.test(
  "a raised budget opens the app at once, a lowered one closes it",
  withApps(async (t) => {
    const f = fixture(t);
    const traffic = f.start();
    visit(traffic, "app_a", GIB);
    assert.equal(traffic.of("app_a").spent, false);
    await t.settings.set(SETTING, 0.5, t.now);
    assert.equal(traffic.of("app_a").spent, true);
    assert.deepEqual(f.told, ["app_a exceeded"]);
    await t.settings.set(SETTING, 2, t.now);
    assert.equal(traffic.of("app_a").spent, false);
  }),
);

Deno.test(
  "an app may ask for a smaller budget, never for a larger one",
  withApps(async (t) => {
    let asked: number | undefined;
    const traffic = fixture(t).start({ askedGb: () => asked });
    const budget = () => {
      traffic.sync("app_a");
      return traffic.info("app_a").budget;
    };
    assert.equal(budget(), null);
    asked = 2;
    assert.equal(budget(), 2 * GIB);
    await t.settings.set(SETTING, 1, t.now);
    assert.equal(budget(), GIB);
    asked = 0.25;
    assert.equal(budget(), GIB / 4);
  }),
);

Deno.test(
  "what cannot be written waits for the next time, and never counts against the next month",
  withApps(async (t) => {
    const traffic = fixture(t).start();
    visit(traffic, "app_a", 100);
    t.db.gate = () => {
      throw new Error("the disk is full");
    };
    await assert.rejects(() => traffic.flush(), /disk is full/);
    t.db.gate = () => {};
    visit(traffic, "app_a", 1);
    await traffic.flush();
    assert.deepEqual(sums(fixture(t).start(), "app_a"), ["2026-11", 2, 20, 101]);
    visit(traffic, "app_a", 50);
    t.db.gate = () => {
      throw new Error("the disk is full");
    };
    t.now = Date.UTC(2026, 11, 1);
    await traffic.flush();
    assert.deepEqual(sums(traffic, "app_a"), ["2026-12", 0, 0, 0]);
  }),
);
