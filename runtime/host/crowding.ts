/** Delay of an event loop at which requests wait for each other, ms. */
const LAG_MS = 50;
/** Silence of an event loop after which nobody waits for its answer, ms. */
const SILENT_MS = 250;
/** Answers in a row that have to come late: one alone may be the compiler's or a collection's. */
const SIGNS = 2;

/**
 * Tells whether the requests of an isolate wait for its processor rather than for something else:
 * only then does a second isolate make them faster.
 */
export class Crowding {
  #signs = 0;

  /**
   * A ping was answered `delayMs` after it was sent, in which the isolate used `cpuMs` of processor
   * time; `calls` were open when it was sent. Tells whether they were in each other's way.
   */
  answered(
    { delayMs, cpuMs, calls }: {
      readonly delayMs: number;
      readonly cpuMs: number;
      readonly calls: number;
    },
  ): boolean {
    // A machine that has no time for the isolate would have none for a second one either.
    const late = calls >= 2 && delayMs >= LAG_MS && cpuMs >= delayMs / 2;
    this.#signs = late ? this.#signs + 1 : 0;
    return this.#signs >= SIGNS;
  }

  /** The same for a ping that has not been answered for `silentMs`. */
  unanswered({ silentMs, calls }: { readonly silentMs: number; readonly calls: number }): boolean {
    return calls >= 2 && silentMs >= SILENT_MS;
  }
}
