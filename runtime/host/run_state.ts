import type { AppRunState } from "../../kernel/proc/mod.ts";
import type { Isolate } from "./isolate.ts";

/** What is counted of one app since the node started. */
export interface Counts {
  requests: number;
  errors: number;
  coldStarts: number;
  sparesUsed: number;
  restarts: number;
  /** Processor time of isolates that have ended, ms. */
  endedCpuMs: number;
  lastFailure: string | undefined;
}

/** Counts of an app that nobody has asked anything. */
export const noCounts = (): Counts => ({
  requests: 0,
  errors: 0,
  coldStarts: 0,
  sparesUsed: 0,
  restarts: 0,
  endedCpuMs: 0,
  lastFailure: undefined,
});

/** How an app does, from its counts and what lives of it. */
export function runState(
  { endedCpuMs, ...counts }: Counts,
  { isolates, loading, waiting, paused }: {
    readonly isolates: readonly Isolate[];
    readonly loading: number;
    readonly waiting: number;
    readonly paused: boolean;
  },
): AppRunState {
  const sum = (of: (isolate: Isolate) => number) =>
    isolates.reduce((total, isolate) => total + of(isolate), 0);
  const inFlight = sum((isolate) => isolate.inFlight);
  return {
    state: paused
      ? "backoff"
      : isolates.length === 0
      ? loading > 0 || waiting > 0 ? "loading" : "cold"
      : inFlight > 0
      ? "busy"
      : "idle",
    isolates: isolates.length,
    inFlight,
    waiting,
    ...counts,
    cpuMs: Math.round(endedCpuMs + sum((isolate) => isolate.usage.cpuMs)),
    heapBytes: sum((isolate) => isolate.usage.heapBytes),
    externalBytes: sum((isolate) => isolate.usage.externalBytes),
  };
}
