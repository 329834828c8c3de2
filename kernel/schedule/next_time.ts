import { Cron } from "croner";

/**
 * The rules of summer time, which are Vixie cron's: a schedule that names its hours and minutes
 * runs at the first moment after an hour that is left out and once in an hour that comes twice;
 * one with `*` or a step follows the clock that really passes.
 */
const RULES = { mode: "5-part", fixedTimeRule: "no-wildcard" } as const;

/** When a schedule of five fields runs. */
export interface Recurrence {
  /** Such as `0 3 * * mon-fri` or `@daily`. */
  readonly schedule: string;
  /** IANA name. */
  readonly timezone: string;
}

/**
 * The first time after `after` (both Unix ms), or undefined when there is none.
 * @throws {TypeError} (or a kind of it) for a schedule or time zone that cannot be read.
 */
export function nextTime(when: Recurrence, after: number): number | undefined {
  const next = parse(when).nextRun(new Date(after))?.getTime();
  return next === undefined || Number.isNaN(next) ? undefined : next;
}

/** The last time at or before `until` (both Unix ms), or undefined when there was none. */
export function lastTime(when: Recurrence, until: number): number | undefined {
  return parse(when).previousRuns(1, new Date(until + 1))[0]?.getTime();
}

/** Why nothing can run at these times, or undefined. */
export function recurrenceFault(when: Recurrence): string | undefined {
  try {
    return nextTime(when, FIRST) === undefined ? "no such day ever comes" : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^\w+: /, "");
  }
}

/** Milliseconds between the two closest of the next times, which clock changes do not touch. */
export function closestTimes(schedule: string): number {
  const times = parse({ schedule, timezone: "UTC" }).nextRuns(SAMPLE, new Date(FIRST))
    .map((time) => time.getTime());
  return Math.min(Infinity, ...times.slice(1).map((time, i) => time - times[i]!));
}

/** Enough to see a day of any schedule that runs every quarter of an hour, and the day after. */
const SAMPLE = 200;
/** 2024-01-01: what is possible does not depend on when it is asked. */
const FIRST = 1_704_067_200_000;

function parse({ schedule, timezone }: Recurrence): Cron {
  return new Cron(schedule.trim(), { ...RULES, timezone });
}
