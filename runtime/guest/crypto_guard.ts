/**
 * Bounds what one call of WebCrypto may cost. Such work runs on threads of the process and goes on
 * when its isolate has ended, so that a deadline does not stop it: too large is refused before it
 * starts, and two at a time are run for one isolate.
 * Everything it needs is taken before the app's code loads, which may change any prototype.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function guardCrypto(): void {
  const MAX = { iterations: 2_000_000, modulusLength: 4096 } as const;
  const AT_ONCE = 2;
  const NativePromise = Promise;
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const { assign } = Object;

  const fault = (algorithm: Record<string, unknown>): Error | undefined => {
    for (const name in MAX) {
      const value = algorithm[name];
      const max = MAX[name as keyof typeof MAX];
      if (value === undefined || (typeof value === "number" && value <= max)) continue;
      return assign(new RangeError(`Cannot derive or generate: ${name} may be ${max} at most`), {
        code: "CRYPTO_LIMIT",
      });
    }
    return undefined;
  };

  interface Turn {
    readonly start: () => void;
    next: Turn | undefined;
  }
  let running = 0;
  let first: Turn | undefined;
  let last: Turn | undefined;
  const done = () => {
    running--;
    const turn = first;
    if (turn === undefined) return;
    first = turn.next;
    turn.start();
  };

  type Method = (...args: unknown[]) => Promise<unknown>;
  const prototype = SubtleCrypto.prototype as unknown as Record<string, Method>;
  for (const name of ["deriveBits", "deriveKey", "generateKey"]) {
    const native = prototype[name]!;
    const guarded = function (this: SubtleCrypto, algorithm: unknown, ...rest: unknown[]) {
      return new NativePromise<unknown>((resolve, reject) => {
        // Read once: a getter cannot answer differently when the work starts.
        const read = typeof algorithm === "object" ? { ...algorithm } : algorithm;
        const wrong = typeof read === "object" && fault(read as Record<string, unknown>);
        if (wrong) return reject(wrong);
        const start = () => {
          running++;
          apply(then, apply(native, this, [read, ...rest]), [
            (value: unknown) => {
              done();
              resolve(value);
            },
            (error: unknown) => {
              done();
              reject(error);
            },
          ]);
        };
        if (running < AT_ONCE) return start();
        const turn: Turn = { start, next: undefined };
        if (first === undefined) first = turn;
        else last!.next = turn;
        last = turn;
      });
    };
    Object.defineProperty(guarded, "name", { value: name });
    Object.defineProperty(prototype, name, {
      value: guarded,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}
