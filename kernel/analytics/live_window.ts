import { STEPS } from "./steps.ts";

const MINUTES = 5;
/** What the live counts of all apps together may hold: visitors and pages. */
const MAX_ENTRIES = 100_000;
/** Pages of one app in a minute. */
const MAX_PAGES = 200;

/** How long a visitor counts as being there, ms. */
export const LIVE_MS = MINUTES * STEPS.minute;

/** Who is there now. */
export interface LiveCount {
  readonly visitors: number;
  readonly views: number;
  readonly windowMs: number;
  /** Most views first. */
  readonly pages: readonly { readonly name: string; readonly views: number }[];
}

interface Minute {
  readonly n: number;
  views: number;
  readonly visitors: Set<number>;
  readonly pages: Map<string, number>;
}

/** Visitors and pages of the last five minutes, by app; of more than fit, views alone. */
export class LiveWindow {
  readonly #apps = new Map<string, Minute[]>();
  #entries = 0;

  /** Counts a view. */
  add(appId: string, view: { readonly at: number; readonly hash: number; readonly path: string }) {
    let minutes = this.#apps.get(appId);
    if (minutes === undefined) this.#apps.set(appId, minutes = []);
    const n = Math.floor(view.at / STEPS.minute);
    let minute = minutes.at(-1);
    if (minute?.n !== n) {
      this.#trim(minutes, n);
      minutes.push(minute = { n, views: 0, visitors: new Set(), pages: new Map() });
    }
    minute.views++;
    if (this.#entries >= MAX_ENTRIES) return;
    const before = minute.visitors.size + minute.pages.size;
    minute.visitors.add(view.hash);
    const views = minute.pages.get(view.path);
    if (views !== undefined || minute.pages.size < MAX_PAGES) {
      minute.pages.set(view.path, (views ?? 0) + 1);
    }
    this.#entries += minute.visitors.size + minute.pages.size - before;
  }

  /** Of one app, or of all together. */
  count(now: number, appId?: string): LiveCount {
    this.sweep(now);
    const minutes = appId === undefined
      ? [...this.#apps.values()].flat()
      : this.#apps.get(appId) ?? [];
    const visitors = new Set<number>();
    const pages = new Map<string, number>();
    let views = 0;
    for (const minute of minutes) {
      views += minute.views;
      for (const hash of minute.visitors) visitors.add(hash);
      for (const [path, n] of minute.pages) pages.set(path, (pages.get(path) ?? 0) + n);
    }
    return {
      visitors: visitors.size,
      views,
      windowMs: LIVE_MS,
      pages: [...pages].map(([name, n]) => ({ name, views: n }))
        .sort((a, b) => b.views - a.views || (a.name < b.name ? -1 : 1)).slice(0, 20),
    };
  }

  /** Forgets what is too old. */
  sweep(now: number): void {
    const n = Math.floor(now / STEPS.minute);
    for (const [appId, minutes] of this.#apps) {
      this.#trim(minutes, n);
      if (minutes.length === 0) this.#apps.delete(appId);
    }
  }

  /** Forgets an app. */
  forget(appId: string): void {
    const minutes = this.#apps.get(appId);
    if (minutes === undefined) return;
    this.#trim(minutes, Infinity);
    this.#apps.delete(appId);
  }

  /** Also what lies ahead goes: the clock was put back. */
  #trim(minutes: Minute[], n: number): void {
    for (let i = minutes.length - 1; i >= 0; i--) {
      const minute = minutes[i]!;
      if (minute.n > n - MINUTES && minute.n <= n) continue;
      this.#entries -= minute.visitors.size + minute.pages.size;
      minutes.splice(i, 1);
    }
  }
}
