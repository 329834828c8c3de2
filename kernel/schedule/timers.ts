/** A timer's handle, for whoever made it. */
export type TimerHandle = unknown;

/** How a moment is waited for; tests put their own in and move time themselves. */
export interface Timers {
  /** Calls `run` once, `ms` milliseconds from now. */
  set(ms: number, run: () => void): TimerHandle;
  clear(handle: TimerHandle): void;
}

/** The process's timers, which do not keep it alive. */
export const systemTimers: Timers = {
  set(ms, run) {
    const handle = setTimeout(run, ms);
    Deno.unrefTimer(handle);
    return handle;
  },
  clear: (handle) => clearTimeout(handle as number),
};
