import type { Clock } from "../lib/clock.ts";

/** 80 % of a limit, or its end. */
export type LimitLevel = "warning" | "exceeded";

const WARNING = 0.8;
/** A use that came back below this part is a new one when it rises again. */
const CALM = 0.72;
/** Between two notices of one level, ms: who makes a use go up and down makes no storm of them. */
const QUIET_MS = 60_000;

/**
 * Tells of each limit once on the way up, and again only after the use was clearly below and a
 * minute has passed.
 */
export class LimitNotices {
  readonly #told = new Map<string, { readonly level: LimitLevel; readonly at: number }>();

  constructor(private readonly clock: Clock) {}

  /** The level to tell of now, if there is one that was not told. */
  rise(limit: string, part: number): LimitLevel | undefined {
    const now = this.clock();
    const before = this.#told.get(limit);
    const level = part >= 1 ? "exceeded" : part >= WARNING ? "warning" : undefined;
    if (level === undefined) {
      if (before && part < CALM && now - before.at > QUIET_MS) this.#told.delete(limit);
      return undefined;
    }
    if (before?.level === level || before?.level === "exceeded") return undefined;
    this.#told.set(limit, { level, at: now });
    return level;
  }

  /** What was told last of a limit that has not calmed down since. */
  told(limit: string): LimitLevel | undefined {
    return this.#told.get(limit)?.level;
  }

  /** Takes as told what an earlier process told. */
  restore(limit: string, level: LimitLevel): void {
    this.#told.set(limit, { level, at: this.clock() });
  }

  /** Takes nothing as told. */
  clear(): void {
    this.#told.clear();
  }
}
