/** How often something may happen: tokens flow in at `perSecond`, `burst` fit. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const SECONDS = { s: 1, min: 60, h: 3600, d: 86_400 } as const;

/** The form of a rate's text. */
export const RATE_TEXT = /^([1-9]\d{0,8})\/(s|min|h|d)$/;

/** Reads a rate such as `5/min`: five at once, then one every twelve seconds. */
export function parseRate(text: string): Rate {
  const [, count, unit] = RATE_TEXT.exec(text) ?? [];
  if (count === undefined) throw new TypeError(`not a rate: ${text}`);
  const burst = Number(count);
  return { burst, perSecond: burst / SECONDS[unit as keyof typeof SECONDS] };
}
