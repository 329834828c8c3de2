import { netError } from "./errors.ts";

/** The time one request has, from its first look-up to its last byte. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #end: number;
  readonly #forget: () => void;

  /** `also` ends it early, with an error of egress and not with its own reason. */
  constructor(ms: number, also: readonly (AbortSignal | undefined)[] = []) {
    this.#end = performance.now() + ms;
    this.#timer = setTimeout(() => this.#controller.abort(timeout(ms)), ms);
    const abort = () => this.#controller.abort(given());
    const others = also.filter((signal) => signal !== undefined);
    for (const signal of others) {
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    }
    this.#forget = () => {
      for (const signal of others) signal.removeEventListener("abort", abort);
    };
  }

  /** Aborts at the end of the time; its reason is the error to show. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds left. */
  get left(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#end - performance.now());
  }

  /** Waits; fails at once when the time is over. */
  async sleep(ms: number): Promise<void> {
    this.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const abort = () => reject(this.signal.reason);
    this.signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener("abort", abort);
    }
  }

  /** Stops the clock: nothing is aborted any more. */
  done(): void {
    clearTimeout(this.#timer);
    this.#forget();
  }
}

function timeout(ms: number) {
  return netError("NET_TIMEOUT", `it took more than ${ms} ms`, {
    hint: "ask for more with timeout, up to 300000 ms",
    details: { limit: "net.seconds", ms },
  });
}

function given() {
  return netError("NET_ERROR", "it was given up", { details: { reason: "aborted" } });
}
