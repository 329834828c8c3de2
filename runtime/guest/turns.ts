/** Runs everything of an app, a piece at a time. */
export interface Turns {
  /** Runs `job` and what it leaves in the microtask queue; ends the isolate if that takes too long. */
  run(job: () => void): void;
  /** From here on each turn may take this long. */
  limit(timeoutMs: number): void;
}

/** The parts of node's `vm` and of Deno's core that turns are made of. */
export interface TurnNatives {
  /** Calls the global `__faztTurn` under a time limit; throws when it was exceeded. */
  readonly callLimited: (timeoutMs: number) => void;
  readonly runMicrotasks: () => void;
  /** Ends the isolate. */
  readonly exit: () => void;
  /**
   * Shared with the kernel: 0 between turns, 1 while one runs, 2 once one took too long, 3 once the
   * kernel said that none is to begin.
   */
  readonly vital: Int32Array;
}

/**
 * Lets app code run in turns only, each with a time limit that V8 enforces: `terminate()` of a
 * worker does not stop a thread that never returns to its event loop (Deno issue 35657), the time
 * limit of `vm` does. Refers to nothing outside itself: its text runs in isolates.
 */
export function createTurns(
  { callLimited, runMicrotasks, exit, vital }: TurnNatives,
  report: (error: unknown) => void,
): Turns {
  const { compareExchange, store } = Atomics;
  let timeout = 0;
  let running = false;
  let pending: (() => void) | undefined;

  const turn = () => {
    const job = pending;
    pending = undefined;
    if (job === undefined) return;
    try {
      job();
    } catch (error) {
      report(error);
    }
    runMicrotasks();
  };
  return {
    limit(timeoutMs) {
      timeout = timeoutMs;
      // Whoever else calls it finds nothing to do.
      Object.defineProperty(globalThis, "__faztTurn", { value: turn });
    },
    run(job) {
      if (timeout === 0 || running) return job();
      if (compareExchange(vital, 0, 0, 1) !== 0) return exit();
      running = true;
      pending = job;
      try {
        callLimited(timeout);
      } catch {
        store(vital, 0, 2);
        return exit();
      }
      store(vital, 0, 0);
      running = false;
    },
  };
}
