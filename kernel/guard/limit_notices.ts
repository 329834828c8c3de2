/** 80 % of a limit, or its end. */
export type LimitLevel = "warning" | "exceeded";

const WARNING = 0.8;
/** A use that came back below this part is a new one when it rises again. */
const CALM = 0.72;

/** Tells of each limit once on the way up, and again only after the use was clearly below. */
export class LimitNotices {
  readonly #told = new Map<string, LimitLevel>();

  /** The level to tell of now, if there is one that was not told. */
  rise(limit: string, part: number): LimitLevel | undefined {
    const level = part >= 1 ? "exceeded" : part >= WARNING ? "warning" : undefined;
    if (level === undefined) {
      if (part < CALM) this.#told.delete(limit);
      return undefined;
    }
    const before = this.#told.get(limit);
    if (before === level || before === "exceeded") return undefined;
    this.#told.set(limit, level);
    return level;
  }

  /** What was told last of a limit that has not calmed down since. */
  told(limit: string): LimitLevel | undefined {
    return this.#told.get(limit);
  }

  /** Takes as told what an earlier process told. */
  restore(limit: string, level: LimitLevel): void {
    this.#told.set(limit, level);
  }

  /** Takes nothing as told. */
  clear(): void {
    this.#told.clear();
  }
}
