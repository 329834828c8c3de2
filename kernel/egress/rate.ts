/** How long a window is, ms. */
export const WINDOW_MS = 60_000;

interface Window {
  /** Number of the minute since 1970. */
  n: number;
  count: number;
  before: number;
}

/** Whether one more may go, and if not, when to ask again. */
export interface RateAnswer {
  readonly ok: boolean;
  /** Counted within the last minute, this one included if it may go. */
  readonly used: number;
  /** Milliseconds until it is worth another try; 0 when ok. */
  readonly retryAfterMs: number;
}

/**
 * Counts events of the last minute per key, in two numbers each: those of this minute and, by
 * the share of it that is still within 60 s, those of the minute before.
 */
export class RateWindows {
  readonly #windows = new Map<string, Window>();

  /** Counts one event if there is room for it. */
  take(key: string, max: number, now: number): RateAnswer {
    const window = this.#window(key, now);
    const used = weigh(window, now);
    // The weights are fractions: a hair's breadth is not an event.
    if (used + 1 > max + 1e-6) {
      return { ok: false, used: Math.ceil(used), retryAfterMs: waitFor(window, max, now) };
    }
    window.count++;
    return { ok: true, used: Math.ceil(used) + 1, retryAfterMs: 0 };
  }

  /** Takes an event back that was counted and did not happen. */
  giveBack(key: string, now: number): void {
    const window = this.#window(key, now);
    if (window.count > 0) window.count--;
  }

  /** Events of the last minute, without counting one. */
  used(key: string, now: number): number {
    const window = this.#windows.get(key);
    return window === undefined ? 0 : Math.ceil(weigh(roll(window, now), now));
  }

  /** Keys with events in the last two minutes. */
  keys(now: number): string[] {
    this.#prune(now);
    return [...this.#windows.keys()];
  }

  #window(key: string, now: number): Window {
    let window = this.#windows.get(key);
    if (window === undefined) {
      if (this.#windows.size >= 1000) this.#prune(now);
      this.#windows.set(key, window = { n: minute(now), count: 0, before: 0 });
    }
    return roll(window, now);
  }

  #prune(now: number): void {
    for (const [key, window] of this.#windows) {
      if (Math.abs(minute(now) - window.n) > 1) this.#windows.delete(key);
    }
  }
}

const minute = (now: number) => Math.floor(now / WINDOW_MS);

function roll(window: Window, now: number): Window {
  const n = minute(now);
  if (n !== window.n) {
    // A clock that jumps, either way, starts over.
    window.before = n === window.n + 1 ? window.count : 0;
    window.count = 0;
    window.n = n;
  }
  return window;
}

function weigh(window: Window, now: number): number {
  const rest = 1 - (now - window.n * WINDOW_MS) / WINDOW_MS;
  return window.count + window.before * rest;
}

/** When the minute before has faded enough, or else this one has become the minute before. */
function waitFor(window: Window, max: number, now: number): number {
  const into = now - window.n * WINDOW_MS;
  const fading = window.count + 1 <= max && window.before > 0
    ? (1 - (max - 1 - window.count) / window.before) * WINDOW_MS - into
    : WINDOW_MS - into + fade(window.count, max);
  return Math.max(1, Math.ceil(fading));
}

function fade(count: number, max: number): number {
  return count === 0 ? 0 : Math.max(0, (1 - (max - 1) / count) * WINDOW_MS);
}
