/** Runs everything of an app, a piece at a time. */
export interface Turns {
  /**
   * Runs `job` and what it leaves in the microtask queue; ends the isolate if that takes too long.
   * Before it ends, `last` is called: nothing runs after.
   */
  run(job: () => void, last?: () => void): void;
  /** From here on each turn may take this long, and leave so much in the heap. */
  limit(timeoutMs: number, heapBytes: number): void;
}

/** The parts of node's `vm` and of Deno's core that turns are made of. */
export interface TurnNatives {
  /** Calls the global `__faztTurn` under a time limit; throws when it was exceeded. */
  readonly callLimited: (timeoutMs: number) => void;
  readonly runMicrotasks: () => void;
  /** Lets the isolate end as soon as it is back in its event loop. */
  readonly close: () => void;
  /**
   * Shared with the kernel: 0 between turns, 1 while one runs, 2 once one took too long, 3 once the
   * kernel said that none is to begin, 4 once one left more in the heap than the app may have. Its
   * second number counts the turns, its third is 1 once a turn took much more than the heap.
   */
  readonly vital: Int32Array;
  /** Bytes of heap in use, with what is garbage. */
  readonly heapUsed: () => number;
  readonly collectGarbage: () => void;
}

/**
 * Lets app code run in turns only, each with a time limit that V8 enforces: `terminate()` of a
 * worker does not stop a thread that never returns to its event loop (Deno issue 35657), the time
 * limit of `vm` does. Refers to nothing outside itself: its text runs in isolates.
 */
export function createTurns(
  { callLimited, runMicrotasks, close, vital, heapUsed, collectGarbage }: TurnNatives,
  report: (error: unknown) => void,
): Turns {
  const { add, compareExchange, store } = Atomics;
  const DRAIN_MS = 20;
  let timeout = 0;
  let heapMax = Infinity;
  let collectAt = Infinity;
  /** Bytes of heap from which on a turn took much. */
  let muchAt = Infinity;
  let running = false;
  let ended = false;
  let pending: (() => void) | undefined;

  /** Not by `process.exit()`: once the kernel has said `terminate()`, that spins for ever. */
  const end = (last?: () => void) => {
    last?.();
    if (ended) return;
    ended = true;
    close();
    // What the app left in the queue would run on the way back. V8 empties the queue where it ends it.
    pending = () => {};
    try {
      callLimited(DRAIN_MS);
    } catch {
      // It is empty now.
    }
  };
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
  /** Whether more is in use than may be; what is garbage is not counted. */
  const full = () => {
    let used = heapUsed();
    if (used > muchAt) store(vital, 2, 1);
    if (used <= collectAt) return false;
    collectGarbage();
    used = heapUsed();
    // Not at the end of each turn, where an app lives close to its limit.
    collectAt = Math.max(heapMax, used + heapMax / 4);
    return used > heapMax;
  };
  return {
    limit(timeoutMs, heapBytes) {
      timeout = timeoutMs;
      // What the isolate itself takes is not the app's doing.
      heapMax = collectAt = heapUsed() + heapBytes;
      muchAt = heapMax + heapBytes / 2;
      // Whoever else calls it finds nothing to do.
      Object.defineProperty(globalThis, "__faztTurn", { value: turn });
    },
    run(job, last) {
      if (ended) return last?.();
      if (timeout === 0 || running) return job();
      if (compareExchange(vital, 0, 0, 1) !== 0) return end(last);
      add(vital, 1, 1);
      running = true;
      pending = job;
      try {
        callLimited(timeout);
      } catch {
        if (heapUsed() > muchAt) store(vital, 2, 1);
        store(vital, 0, 2);
        return end(last);
      }
      if (full()) {
        store(vital, 0, 4);
        return end(last);
      }
      store(vital, 0, 0);
      running = false;
    },
  };
}
