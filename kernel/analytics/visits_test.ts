import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { readFields } from "../lib/request_fields.ts";
import { DailySalt } from "./daily_salt.ts";
import type { NameKind } from "./names.ts";
import { type Step, STEPS } from "./steps.ts";
import { alignedSpan, visitApps, visitNames, visitReport } from "./visit_reads.ts";
import { Visits } from "./visits.ts";

const DAY = 86_400_000;
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36";

/** Visits on a database of their own, and whoever comes. */
class Town {
  readonly visits: Visits;
  bytes = { bytesIn: 0, bytesOut: 0 };

  constructor(readonly t: AppsFixture) {
    this.visits = new Visits({
      db: t.db,
      settings: t.settings,
      clock: () => t.now,
      takeBytes: () => {
        const taken = this.bytes;
        this.bytes = { bytesIn: 0, bytesOut: 0 };
        return taken;
      },
      addressOf: (peer) => peer.hostname,
    });
  }

  /** Somebody asks an app for a page. */
  come(what: {
    readonly path?: string;
    readonly who?: string;
    readonly appId?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly response?: Response;
    readonly method?: string;
    readonly watched?: boolean;
  } = {}): void {
    const { path = "/", who = "192.0.2.1", appId = "app_a" } = what;
    const { method = "GET", response = html() } = what;
    this.visits.count(
      visitOf({ path, who, appId, watched: what.watched ?? true, headers: what.headers }),
      { method, status: response.status, type: response.headers.get("content-type"), ms: 1 },
    );
  }

  async report(step: Step = "day", appId: string | undefined = "app_a") {
    await this.visits.flush();
    const { now } = this.t;
    const span = alignedSpan({ appId, step, from: now - now % STEPS[step], to: now + 1 });
    return await this.t.db.query(visitReport, span);
  }

  async top(kind: NameKind, limit = 1000) {
    await this.visits.flush();
    const { now } = this.t;
    return await this.t.db.query(visitNames, {
      appId: "app_a",
      step: "day",
      from: now - now % DAY,
      to: now + 1,
      kind,
      limit,
    });
  }
}

function visitOf(
  of: {
    readonly path: string;
    readonly who: string;
    readonly appId: string;
    readonly watched: boolean;
    readonly headers?: Readonly<Record<string, string>> | undefined;
  },
) {
  const headers = new Headers({ host: "a.example", "user-agent": CHROME, ...of.headers });
  return {
    appId: of.appId,
    watched: of.watched,
    headers,
    fields: readFields(headers),
    path: of.path,
    host: "a.example",
    info: { remoteAddr: { transport: "tcp", hostname: of.who, port: 1 } as const },
  };
}

const html = (status = 200) =>
  new Response("x", { status, headers: { "content-type": "text/html; charset=utf-8" } });
const text = (status = 200) => new Response(status === 304 ? null : "x", { status });

Deno.test(
  "views, visitors, names and answers are counted by minute, hour and day",
  withApps(async (t) => {
    const town = new Town(t);
    town.come({ headers: { referer: "https://news.example/secret" } });
    town.come({ path: "/about?x=1" });
    town.come({ path: "/about", who: "192.0.2.2" });
    town.come({ path: "/x.css", response: text() });
    town.come({ path: "/gone", response: html(404) });
    town.come({ path: "/api", response: text(503), method: "POST" });
    town.bytes = { bytesIn: 10, bytesOut: 4000 };
    for (const step of ["minute", "hour", "day"] as const) {
      const { totals, statuses, latency, series } = await town.report(step);
      assert.deepEqual(totals, {
        visitors: 2,
        views: 3,
        events: 0,
        requests: 6,
        bytesIn: 10,
        bytesOut: 4000,
      });
      assert.deepEqual(statuses, { "1xx": 0, "2xx": 4, "3xx": 0, "4xx": 1, "5xx": 1 });
      assert.ok(latency.p50! <= latency.p99!);
      assert.equal(series.at(-1)!.views, 3);
      assert.equal(series.at(-1)!.errors, 1);
    }
    const names = async (kind: NameKind) =>
      (await town.top(kind)).items.map(({ name, views, visitors }) => [name, views, visitors]);
    assert.deepEqual(await names("path"), [["/about", 2, 1], ["/", 1, 1]]);
    assert.deepEqual(await names("referrer"), [["", 2, 1], ["news.example", 1, 1]]);
    assert.deepEqual(await names("browser"), [["Chrome", 3, 2]]);
    assert.deepEqual(await names("status"), [["200", 4, 0], ["404", 1, 0], ["503", 1, 0]]);
    assert.deepEqual(await names("country"), []);
    assert.deepEqual(town.visits.live("app_a").pages, [{ name: "/about", views: 2 }, {
      name: "/",
      views: 1,
    }]);
    assert.equal(town.visits.live().visitors, 2);
    t.now += 6 * 60_000;
    assert.equal(town.visits.live("app_a").visitors, 0);
  }),
);

Deno.test(
  "what is no person's look at a page, or wants not to be counted, is only an answer",
  withApps(async (t) => {
    const town = new Town(t);
    town.come({ headers: { "user-agent": "curl/8" } });
    town.come({ headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } });
    town.come({ headers: { dnt: "1" } });
    town.come({ headers: { "sec-gpc": "1" } });
    town.come({ headers: { "sec-fetch-dest": "iframe" } });
    town.come({ headers: { "sec-fetch-dest": "empty" } });
    town.come({ headers: { "sec-purpose": "prefetch" } });
    town.come({ method: "HEAD" });
    town.come({ watched: false });
    town.come({ response: text(304) });
    assert.deepEqual((await town.report()).totals, {
      visitors: 0,
      views: 0,
      events: 0,
      requests: 10,
      bytesIn: 0,
      bytesOut: 0,
    });
    // A page that the browser has already is looked at all the same.
    town.come({
      response: new Response(null, { status: 304 }),
      headers: { accept: "text/html,*/*" },
    });
    assert.equal((await town.report()).totals.views, 1);
    await t.settings.set("analytics.enabled", false, t.now);
    town.come();
    assert.equal((await town.report()).totals.views, 1);
    assert.equal((await town.report()).totals.requests, 12);
  }),
);

Deno.test(
  "pages tell of views without a load and of events; countries come from the header that is set",
  withApps(async (t) => {
    const town = new Town(t);
    const visit = visitOf({
      path: "/track",
      who: "192.0.2.1",
      appId: "app_a",
      watched: true,
      headers: { "cf-ipcountry": "DE" },
    });
    await t.settings.set("analytics.countryHeader", "cf-ipcountry", t.now);
    town.visits.signal(visit, { path: "/spa" });
    town.visits.signal(visit, { event: "signed up" });
    town.visits.signal({ ...visit, watched: false }, { event: "hidden" });
    const { totals } = await town.report();
    assert.deepEqual([totals.views, totals.events, totals.requests], [1, 1, 0]);
    assert.deepEqual((await town.top("event")).items.map(({ name }) => name), ["signed up"]);
    assert.deepEqual((await town.top("country")).items.map(({ name }) => name), ["DE"]);
  }),
);

Deno.test(
  "a flood of paths and of visitors is bounded, and what people look at stays in the list",
  withApps(async (t) => {
    const town = new Town(t);
    for (let round = 0; round < 8; round++) {
      for (let n = 0; n < 3; n++) town.come({ path: "/real" });
      for (let n = 0; n < 280; n++) {
        town.come({
          path: `/junk-${round}-${n}`,
          headers: { referer: `https://j${round}-${n}.example/` },
        });
      }
      await town.visits.flush();
    }
    const { items, other } = await town.top("path");
    assert.deepEqual([items[0]!.name, items[0]!.views], ["/real", 24]);
    assert.ok(items.length <= 1000, String(items.length));
    assert.equal(items.reduce((sum, { views }) => sum + views, other.views), 8 * 283);
    // More than may wait: they are views all the same.
    for (let n = 0; n < 7000; n++) town.come({ path: `/${n}` });
    assert.equal((await town.report()).totals.views, 8 * 283 + 7000);
    assert.ok(t.db.reader.get<{ n: number }>("SELECT count(*) AS n FROM visit_names")!.n < 5000);
  }),
);

Deno.test(
  "a visitor counts once a day; nothing that is written tells who it was",
  withApps(async (t) => {
    const town = new Town(t);
    for (let day = 0; day < 3; day++) {
      town.come();
      town.come();
      await town.visits.flush();
      t.now += DAY;
    }
    const { now } = t;
    const span = alignedSpan({ appId: "app_a", step: "hour", from: now - 7 * DAY, to: now });
    assert.equal((await t.db.query(visitReport, span)).totals.visitors, 3);
    const before = alignedSpan({ appId: "app_a", step: "day", from: now, to: now + 3 * DAY });
    assert.equal((await t.db.query(visitReport, before)).previous.visitors, 3);
    for (const table of ["visit_counts", "visit_names"]) {
      const rows = JSON.stringify(t.db.reader.all(`SELECT * FROM ${table}`));
      assert.doesNotMatch(rows, /192\.0\.2\.1|AppleWebKit/);
    }
    const salt = new DailySalt();
    const name = salt.nameOf(0, "app_a 192.0.2.1");
    assert.equal(salt.nameOf(DAY - 1, "app_a 192.0.2.1"), name);
    assert.notEqual(salt.nameOf(0, "app_b 192.0.2.1"), name);
    salt.nameOf(DAY, "app_a 192.0.2.1");
    // The salt of a day that is over does not come back with the clock.
    assert.notEqual(salt.nameOf(0, "app_a 192.0.2.1"), name);
  }),
);

Deno.test(
  "a node that may not write counts on, and writes when it may; a clock that goes back harms nothing",
  withApps(async (t) => {
    const town = new Town(t);
    t.db.gate = () => {
      throw new FaztError("READ_ONLY", "Cannot write");
    };
    for (let n = 0; n < 3; n++) {
      town.come({ path: `/${n}` });
      await assert.rejects(town.visits.flush());
    }
    t.db.gate = () => {};
    assert.deepEqual((await town.report()).totals.views, 3);
    assert.deepEqual((await town.top("status")).items.map(({ views }) => views), [3]);
    t.now -= 40 * DAY;
    town.come();
    assert.equal((await town.report()).totals.views, 1);
    assert.equal(town.visits.live("app_a").visitors, 1);
  }),
);

Deno.test(
  "what is old goes, by its step; what an app had can be forgotten at once",
  withApps(async (t) => {
    const town = new Town(t);
    await t.settings.set("analytics.keepMinutesHours", 1, t.now);
    await t.settings.set("analytics.keepHoursDays", 2, t.now);
    await t.settings.set("analytics.keepDays", 3, t.now);
    town.come();
    town.come({ appId: "app_b" });
    await town.visits.flush();
    const steps = () =>
      t.db.reader.all<{ step: number }>("SELECT DISTINCT step FROM visit_counts ORDER BY step").map(
        ({ step }) => step,
      );
    assert.deepEqual(steps(), [60_000, 3_600_000, DAY]);
    for (
      const [later, left] of [[2 * 3_600_000, [3_600_000, DAY]], [2 * DAY, [DAY]], [
        2 * DAY,
        [],
      ]] as const
    ) {
      t.now += later;
      await town.visits.cleanup();
      assert.deepEqual(steps(), left);
    }
    town.come();
    town.come({ appId: "app_b" });
    await town.visits.flush();
    town.come();
    assert.ok(await town.visits.forget("app_a") > 0);
    await town.visits.flush();
    const span = alignedSpan({ step: "day", from: t.now - DAY, to: t.now + 1 });
    assert.deepEqual((await t.db.query(visitApps, span)).map(({ appId }) => appId), ["app_b"]);
  }),
);

Deno.test("a time without length, or with too many parts, is refused", () => {
  assert.throws(() => alignedSpan({ step: "day", from: DAY, to: DAY }), /ends before/);
  assert.throws(() => alignedSpan({ step: "minute", from: 0, to: 7 * DAY }), /more than 2000/);
});
