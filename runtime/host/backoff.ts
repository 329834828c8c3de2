/** Failures in a row after which an app is paused, and the longest pause. */
const TOLERATED = 3;
const MAX_PAUSE_MS = 60_000;
/** Pause of an app that left a thread behind that nothing can stop, ms. */
const STUCK_PAUSE_MS = 600_000;

/** How an app that keeps failing is kept from starting again and again. */
export class Backoff {
  #failures = 0;
  #until = 0;

  /** Milliseconds until it may start again; 0 or less when it may. */
  get remainingMs(): number {
    return this.#until - performance.now();
  }

  /** Failures since it last did something well. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure; returns for how long it pauses, if it does. */
  failed(): number | undefined {
    this.#failures++;
    if (this.#failures < TOLERATED) return undefined;
    const pause = Math.min(MAX_PAUSE_MS, 250 * 2 ** (this.#failures - TOLERATED));
    this.#until = performance.now() + pause;
    return pause;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** It holds a thread that cannot be stopped: a second one must not come to it. */
  stuck(): void {
    this.#until = performance.now() + STUCK_PAUSE_MS;
  }

  /** It is suspected to have ended the node. */
  suspect(ms: number): void {
    this.#until = performance.now() + ms;
  }

  /** Other code is other luck. */
  reset(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
