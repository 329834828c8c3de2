/** Lengths of the times that are counted apart, ms. Days are those of UTC. */
export const STEPS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** A length of time that is counted apart. */
export type Step = keyof typeof STEPS;

/** The beginning of the step that a moment lies in, Unix ms. */
export function startOf(step: Step, at: number): number {
  return at - at % STEPS[step];
}

/** The step that shows a span of time in a useful number of parts. */
export function stepFor(ms: number): Step {
  return ms <= 6 * STEPS.hour ? "minute" : ms <= 7 * STEPS.day ? "hour" : "day";
}
