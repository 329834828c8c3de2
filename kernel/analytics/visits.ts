import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import type { RequestFields } from "../lib/request_fields.ts";
import { DailySalt } from "./daily_salt.ts";
import { latencyClass } from "./latency.ts";
import { type LiveCount, LiveWindow } from "./live_window.ts";
import { countryName, OTHER, pathName, referrerName } from "./names.ts";
import { Pending } from "./pending.ts";
import { STEPS } from "./steps.ts";
import { readUserAgent } from "./user_agent.ts";
import { addNames, addVisits, forgetVisits, nameRows, trimVisits } from "./visit_operations.ts";
import { visitRow } from "./visit_operations.ts";
import { VisitorTally } from "./visitor_tally.ts";

/** What {@link Visits} works with. */
export interface VisitsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Bytes of bodies of an app since it was last asked for. */
  readonly takeBytes: (appId: string) => { readonly bytesIn: number; readonly bytesOut: number };
  /** Where a request came from. */
  readonly addressOf: (peer: Deno.NetAddr, headers: Headers) => string | undefined;
}

/** What the edge knows of a request to an app. */
export interface Visit {
  readonly appId: string;
  /** Whether the app lets its visitors be counted. */
  readonly watched: boolean;
  /** Of the request's target. */
  readonly path: string;
  readonly host: string;
  readonly fields: RequestFields;
  readonly headers: Headers;
  /** Asked of a page only: who is there takes a call to know. */
  readonly info: { readonly remoteAddr: Deno.NetAddr };
}

/** What an app answered. */
export interface VisitAnswer {
  readonly method: string;
  readonly status: number;
  /** Its media type. */
  readonly type: string | null;
  /** Time until it began. */
  readonly ms: number;
}

/** What a page of the app tells by itself. */
export interface PageSignal {
  readonly path?: string | undefined;
  readonly referrer?: string | undefined;
  readonly event?: string | undefined;
}

/** A view that waits to be looked at: what it says of a person is gone within a second or two. */
interface Sighting {
  readonly app: AppVisits;
  readonly path: string;
  readonly referrer: string | null;
  readonly host: string;
  readonly agent: string;
  readonly address: string;
  readonly country: string | undefined;
  readonly event?: string;
}

/** What was found out already in one flush: people look at the same pages. */
interface Memo {
  readonly hashes: Map<string, number>;
  readonly paths: Map<string, string>;
  readonly referrers: Map<string, string | undefined>;
}

function remembered<T>(known: Map<string, T>, key: string, find: (key: string) => T): T {
  if (known.has(key)) return known.get(key)!;
  const found = find(key);
  known.set(key, found);
  return found;
}

/** One app in memory. */
class AppVisits {
  pending = new Pending();
  readonly minute = new VisitorTally("minute");
  readonly hour = new VisitorTally("hour");
  readonly day = new VisitorTally("day");
  usedAt = 0;

  constructor(readonly appId: string) {}
}

/** Views that may wait to be looked at, in a second; of more, nothing is known but their number. */
const MAX_WAITING = 2000;
/** Views looked at in one turn of the loop: about a millisecond. */
const TURN = 100;
/** Apps that may be in memory without having been visited for a day. */
const IDLE_MS = STEPS.day;

/**
 * Counts what visitors of apps do. On the way of an answer it only adds to numbers and, of a page,
 * notes the fields that will be looked at; everything else happens in {@link Visits.flush}.
 */
export class Visits {
  readonly #apps = new Map<string, AppVisits>();
  readonly #live = new LiveWindow();
  readonly #salt: DailySalt;
  #waiting: Sighting[] = [];
  #flushing: Promise<void> | undefined;

  constructor(private readonly deps: VisitsDeps, salt: DailySalt = new DailySalt()) {
    this.#salt = salt;
  }

  /** Counts an answer of an app. Never throws: nobody's page depends on being counted. */
  count(visit: Visit, answer: VisitAnswer): void {
    const app = this.#apps.get(visit.appId) ?? this.#open(visit.appId);
    const { statuses, latencies } = app.pending;
    const { status } = answer;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    latencies[latencyClass(answer.ms)]!++;
    if (!visit.watched || !isSeen(visit.fields, answer) || !this.#enabled) return;
    this.#note(app, visit, { path: visit.path, referrer: visit.fields.referrer });
  }

  /** Counts what a page tells of itself. */
  signal(visit: Visit, { path, referrer, event }: PageSignal): void {
    if (!visit.watched || visit.fields.refuses || !this.#enabled) return;
    const app = this.#apps.get(visit.appId) ?? this.#open(visit.appId);
    this.#note(app, visit, {
      path: path ?? "/",
      referrer: referrer ?? null,
      ...(event === undefined ? {} : { event }),
    });
  }

  /** Who is on an app, or on any, now. */
  live(appId?: string): LiveCount {
    return this.#live.count(this.deps.clock(), appId);
  }

  /** Looks at what waits and writes down what was counted. */
  flush(): Promise<void> {
    return this.#flushing ??= this.#flush().finally(() => this.#flushing = undefined);
  }

  /** Deletes what is older than the owner wants it. */
  async cleanup(): Promise<void> {
    const now = this.deps.clock();
    const { settings, db } = this.deps;
    const before = [
      [STEPS.minute, now - settings.get("analytics.keepMinutesHours") * STEPS.hour],
      [STEPS.hour, now - settings.get("analytics.keepHoursDays") * STEPS.day],
      [STEPS.day, now - settings.get("analytics.keepDays") * STEPS.day],
    ] as const;
    for (const [step, at] of before) {
      while (await db.write(trimVisits, { step, before: at }) > 0);
    }
    for (const [appId, app] of this.#apps) {
      if (now - app.usedAt > IDLE_MS && app.pending.empty) this.#apps.delete(appId);
    }
    this.#live.sweep(now);
  }

  /** Forgets what was counted of an app, or of all: what its last answers still count as well. */
  async forget(appId?: string): Promise<number> {
    this.drop(appId);
    await this.#flushing?.catch(() => {});
    let rows = 0;
    for (;;) {
      const gone = await this.deps.db.write(forgetVisits, { appId: appId ?? null });
      if (gone === 0) return rows;
      rows += gone;
    }
  }

  /** Forgets what is in memory of an app, or of all. */
  drop(appId?: string): void {
    const ids = appId === undefined ? [...this.#apps.keys()] : [appId];
    this.#waiting = this.#waiting.filter(({ app }) => !ids.includes(app.appId));
    for (const id of ids) {
      this.#apps.delete(id);
      this.#live.forget(id);
    }
  }

  get #enabled(): boolean {
    return this.deps.settings.get("analytics.enabled");
  }

  #open(appId: string): AppVisits {
    const app = new AppVisits(appId);
    this.#apps.set(appId, app);
    return app;
  }

  #note(app: AppVisits, { info, fields, headers, host }: Visit, what: {
    readonly path: string;
    readonly referrer: string | null;
    readonly event?: string;
  }): void {
    if (this.#waiting.length >= MAX_WAITING) {
      if (what.event !== undefined) return;
      app.pending.views++;
      app.pending.name("path", OTHER, ONE_VIEW);
      return;
    }
    const countryHeader = this.deps.settings.get("analytics.countryHeader");
    this.#waiting.push({
      ...what,
      app,
      host,
      agent: fields.agent,
      address: this.deps.addressOf(info.remoteAddr, headers) ?? "",
      country: countryHeader === "" ? undefined : countryName(headers.get(countryHeader)),
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const memo: Memo = { hashes: new Map(), paths: new Map(), referrers: new Map() };
    for (let i = 0; i < waiting.length; i += TURN) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, 0));
      const now = this.deps.clock();
      for (const sighting of waiting.slice(i, i + TURN)) this.#look(sighting, now, memo);
    }
    const now = this.deps.clock();
    for (const app of [...this.#apps.values()]) await this.#write(app, now);
  }

  #look(sighting: Sighting, now: number, { hashes, paths, referrers }: Memo): void {
    const { app, event } = sighting;
    // It was forgotten in the meantime.
    if (this.#apps.get(app.appId) !== app) return;
    const agent = readUserAgent(sighting.agent);
    if (agent.bot) return;
    const { pending } = app;
    if (event !== undefined) {
      pending.events++;
      pending.name("event", event, { views: 1, visitors: 0 });
      return;
    }
    const { appId } = app;
    const hash = remembered(
      hashes,
      `${appId}\n${sighting.address}\n${sighting.agent}`,
      (key) => this.#salt.nameOf(now, key),
    );
    const visitors = app.day.add(now, hash);
    pending.views++;
    pending.visitors.minute += app.minute.add(now, hash);
    pending.visitors.hour += app.hour.add(now, hash);
    pending.visitors.day += visitors;
    const path = remembered(paths, sighting.path, pathName);
    const seen = { views: 1, visitors };
    pending.name("path", path, seen);
    const { referrer: from, host } = sighting;
    const referrer = from === null || from === ""
      ? ""
      : remembered(referrers, `${host}\n${from}`, () => referrerName(from, host));
    if (referrer !== undefined) pending.name("referrer", referrer, seen);
    if (sighting.country !== undefined) pending.name("country", sighting.country, seen);
    pending.name("device", agent.device, seen);
    pending.name("browser", agent.browser, seen);
    pending.name("os", agent.os, seen);
    this.#live.add(appId, { at: now, hash, path });
  }

  async #write(app: AppVisits, now: number): Promise<void> {
    const { pending } = app;
    const bytes = this.deps.takeBytes(app.appId);
    pending.bytesIn += bytes.bytesIn;
    pending.bytesOut += bytes.bytesOut;
    if (pending.empty) return;
    app.pending = new Pending();
    app.usedAt = now;
    for (const [status, n] of pending.statuses) {
      pending.name("status", String(status), { views: n, visitors: 0 });
    }
    try {
      await this.deps.db.write(addVisits, { at: now, row: visitRow(app.appId, pending) });
    } catch (error) {
      // A node that may not write now counts on, and writes when it may.
      pending.names.delete("status");
      if (this.#apps.get(app.appId) === app) app.pending.add(pending);
      throw error;
    }
    for (const part of nameRows(pending)) {
      await this.deps.db.write(addNames, { at: now, appId: app.appId, ...part });
    }
  }
}

const ONE_VIEW = { views: 1, visitors: 0 };

/** Whether a person looks at a page, and lets that be counted; what a browser has already counts too. */
function isSeen(
  { refuses, part, accept }: RequestFields,
  { method, status, type }: VisitAnswer,
): boolean {
  if (method !== "GET" || refuses || part) return false;
  if (status === 200) return type?.startsWith("text/html") === true;
  return status === 304 && accept.includes("text/html");
}
