/** `node:timers/promises`. */

/** What may end a wait. */
interface WaitOptions {
  readonly signal?: AbortSignal;
}

/** Waits, then gives the value. */
export function setTimeout<T>(ms = 1, value?: T, { signal }: WaitOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = globalThis.setTimeout(() => resolve(value as T), ms);
    signal?.addEventListener("abort", () => {
      globalThis.clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

/** Gives the value once what waits has run. */
export function setImmediate<T>(value?: T): Promise<T> {
  return setTimeout(0, value);
}

export const scheduler = { wait: (ms: number): Promise<void> => setTimeout(ms) };
export default { scheduler, setImmediate, setTimeout };
