import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { type LimitLevel, type LimitNotice, LimitNotices } from "../guard/mod.ts";
import { GIB } from "../lib/bytes.ts";
import type { Clock } from "../lib/clock.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import { AppTraffic } from "./app_traffic.ts";
import { monthOf, monthStart } from "./month.ts";
import { addTraffic, type TrafficRow, trimTraffic } from "./traffic_operations.ts";

/** What {@link Traffic} works with. */
export interface TrafficDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** The budget an app asks for in its manifest, GiB a month, if it asks for one. */
  readonly askedGb: (appId: string) => number | undefined;
  /** Told once a month of a budget that is nearly, and once of one that is wholly used. */
  readonly onLimit: (notice: LimitNotice & { readonly appId: string }) => void;
  readonly onError: (error: unknown) => void;
}

/** An app's month as the API shows it; bytes of bodies, times in Unix ms. */
export interface TrafficInfo {
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** What `bytesOut` must stay below this month; null without a budget. */
  readonly budget: number | null;
  /** When the month ends and counting begins anew. */
  readonly resetsAt: number;
}

/** Numbers that add up. */
type Sums = Pick<AppTraffic, "requests" | "bytesIn" | "bytesOut">;
/** What the database holds of a month. */
type Written = Sums & { readonly told: LimitLevel | null };

const SETTING = "limits.net.egressGbPerMonth";
/** Months kept. */
const KEEP = 24;
const NONE: Written = { requests: 0, bytesIn: 0, bytesOut: 0, told: null };

/**
 * What visitors of each app sent and got this month. Counted in memory and written down every two
 * seconds: a node that is killed forgets at most that.
 */
export class Traffic {
  readonly #apps = new Map<string, { readonly traffic: AppTraffic; written: Written }>();
  readonly #notices: LimitNotices;
  #month: string;

  constructor(private readonly deps: TrafficDeps) {
    this.#month = monthOf(deps.clock());
    this.#notices = new LimitNotices(deps.clock);
    deps.settings.watch(SETTING, () => {
      for (const appId of this.#apps.keys()) this.sync(appId);
    });
  }

  /** The month of an app. A map look-up after the first time. */
  of(appId: string): AppTraffic {
    return this.#apps.get(appId)?.traffic ?? this.#load(appId);
  }

  /** The same for people. */
  info(appId: string): TrafficInfo {
    const { requests, bytesIn, bytesOut, budget } = this.of(appId);
    return {
      month: this.#month,
      requests,
      bytesIn,
      bytesOut,
      budget: Number.isFinite(budget) ? budget : null,
      resetsAt: monthStart(this.deps.clock(), 1),
    };
  }

  /** Whole seconds until the month ends. */
  get secondsLeft(): number {
    const now = this.deps.clock();
    return Math.ceil((monthStart(now, 1) - now) / 1000);
  }

  /** Takes an app's budget as it is now. */
  sync(appId: string): void {
    const entry = this.#apps.get(appId);
    if (entry === undefined) return;
    entry.traffic.budget = this.#budget(appId);
    this.#notice(appId, entry.traffic);
  }

  /** Bodies of each app since the node started, as far as it was asked for anything. */
  ever(): { readonly appId: string; readonly bytesIn: number; readonly bytesOut: number }[] {
    return [...this.#apps].map(([appId, { traffic }]) => ({ appId, ...traffic.ever }));
  }

  /** Forgets an app: what its last answers still count is written nowhere. */
  forget(appId: string): void {
    this.#apps.delete(appId);
  }

  /** Writes down what came since the last time, and begins a new month when it is time. */
  async flush(): Promise<void> {
    const month = monthOf(this.deps.clock());
    if (month !== this.#month) return await this.#turn(month);
    for (const [appId, { traffic }] of this.#apps) this.#notice(appId, traffic);
    await this.#write();
  }

  /** Forgets months that are long gone. */
  async cleanup(): Promise<void> {
    const before = monthOf(monthStart(this.deps.clock(), -KEEP));
    await this.deps.db.write(trimTraffic, { before });
  }

  async #write(): Promise<void> {
    const rows: TrafficRow[] = [];
    const done: (() => void)[] = [];
    for (const [appId, entry] of this.#apps) {
      const before = entry.written;
      const now = { ...sumsOf(entry.traffic), told: this.#notices.told(appId) ?? null };
      const same = now.requests === before.requests && now.bytesIn === before.bytesIn &&
        now.bytesOut === before.bytesOut && now.told === before.told;
      if (same) continue;
      rows.push({
        month: this.#month,
        appId,
        userId: ANONYMOUS_USER,
        requests: now.requests - before.requests,
        bytesIn: now.bytesIn - before.bytesIn,
        bytesOut: now.bytesOut - before.bytesOut,
        told: now.told,
      });
      done.push(() => entry.written = now);
    }
    if (rows.length === 0) return;
    await this.deps.db.write(addTraffic, { rows });
    for (const note of done) note();
  }

  /** Ends the month: what cannot be written of it now is lost, and never counts against the next. */
  async #turn(month: string): Promise<void> {
    const past = [...this.#apps.values()].map((entry) => ({
      entry,
      sums: sumsOf(entry.traffic),
    }));
    await this.#write().catch(this.deps.onError);
    this.#month = month;
    this.#notices.clear();
    for (const { entry: { traffic }, sums } of past) {
      traffic.requests -= sums.requests;
      traffic.bytesIn -= sums.bytesIn;
      traffic.bytesOut -= sums.bytesOut;
    }
    for (const entry of this.#apps.values()) entry.written = NONE;
  }

  #load(appId: string): AppTraffic {
    const row = this.deps.db.reader.get<Written>(
      "SELECT sum(requests) AS requests, sum(bytes_in) AS bytesIn, sum(bytes_out) AS bytesOut, " +
        "min(told) AS told FROM traffic WHERE month = ? AND app_id = ? GROUP BY app_id",
      this.#month,
      appId,
    );
    const written = { ...NONE, ...row };
    const budget = this.#budget(appId);
    const traffic = Object.assign(new AppTraffic(), sumsOf(written), { budget });
    if (written.told) this.#notices.restore(appId, written.told);
    this.#apps.set(appId, { traffic, written });
    return traffic;
  }

  /** The owner's budget, or the app's own where that is less. */
  #budget(appId: string): number {
    const gb = (value: number | undefined) => value ? value * GIB : Infinity;
    return Math.min(gb(this.deps.settings.get(SETTING)), gb(this.deps.askedGb(appId)));
  }

  #notice(appId: string, { bytesOut, budget }: AppTraffic): void {
    const part = bytesOut / budget;
    const level = this.#notices.rise(appId, part);
    if (level) this.deps.onLimit({ level, limit: "net.egressGbPerMonth", part, appId });
  }
}

function sumsOf({ requests, bytesIn, bytesOut }: Sums): Sums {
  return { requests, bytesIn, bytesOut };
}
