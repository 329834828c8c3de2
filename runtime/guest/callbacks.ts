/**
 * Makes every way by which the event loop calls app code go through `run`, and takes away those
 * that cannot be led there: timers, native promises, finalizers, listeners.
 * Returns how a promise of native code is led there.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function routeCallbacks(
  run: (job: () => void, last?: () => void) => void,
  defer: (task: () => void) => void,
): (promise: unknown) => Promise<unknown> {
  type Callback = (...args: unknown[]) => unknown;
  type Holder = Record<string, unknown>;
  const scope = globalThis as unknown as Holder;
  const NativePromise = Promise;
  const { apply } = Reflect;
  const { then } = NativePromise.prototype;
  const define = (holder: Holder, name: string, value: unknown) => {
    Object.defineProperty(value, "name", { value: name, configurable: true });
    Object.defineProperty(holder, name, { value, writable: true, configurable: true });
  };

  const clear = scope.clearInterval as Callback;
  for (const name of ["setTimeout", "setInterval"]) {
    const native = scope[name] as Callback;
    define(scope, name, (callback: unknown, delay?: unknown, ...args: unknown[]) => {
      if (typeof callback !== "function") {
        throw new TypeError(`Cannot ${name}: the callback is no function`);
      }
      const call = () => void apply(callback as Callback, undefined, args);
      // An interval would keep the thread of an ended isolate busy for ever.
      const timer = native(() => run(call, () => clear(timer)), delay);
      return timer;
    });
  }

  // Promises that native code settles: what waits for them goes on inside a turn, and that cannot
  // begin among the microtasks, where those it leaves would run after it.
  const settleInTurn = (promise: unknown) =>
    new NativePromise<unknown>((resolve, reject) => {
      apply(then, promise, [
        (value: unknown) => defer(() => run(() => resolve(value))),
        (error: unknown) => defer(() => run(() => reject(error))),
      ]);
    });
  const reroute = (holder: unknown, names: readonly string[]) => {
    for (const name of names) {
      const native = (holder as Holder)[name] as Callback | undefined;
      if (native === undefined) continue;
      define(holder as Holder, name, function (this: unknown, ...args: unknown[]) {
        return settleInTurn(apply(native, this, args));
      });
    }
  };
  reroute(
    SubtleCrypto.prototype,
    ("encrypt decrypt sign verify digest deriveKey deriveBits generateKey importKey exportKey " +
      "wrapKey unwrapKey").split(" "),
  );
  reroute(Blob.prototype, ["arrayBuffer", "bytes", "text"]);
  reroute(WebAssembly, ["compile", "instantiate", "compileStreaming", "instantiateStreaming"]);

  const NativeRegistry = FinalizationRegistry;
  define(
    scope,
    "FinalizationRegistry",
    class FinalizationRegistry<T> extends NativeRegistry<T> {
      constructor(cleanup: (held: T) => void) {
        super((held) => run(() => cleanup(held)));
      }
    },
  );
  const { abort } = AbortController.prototype;
  const schedule = scope.setTimeout as Callback;
  define(AbortSignal as unknown as Holder, "timeout", (ms: unknown) => {
    const controller = new AbortController();
    const reason = () => new DOMException("Signal timed out.", "TimeoutError");
    schedule(() => apply(abort, controller, [reason()]), ms);
    return controller.signal;
  });
  const { addEventListener } = EventTarget.prototype;
  define(
    EventTarget.prototype as unknown as Holder,
    "addEventListener",
    function (this: unknown, ...args: unknown[]) {
      if (this === globalThis || this === undefined) {
        throw new TypeError("Cannot listen: events of the global object are not for apps");
      }
      return apply(addEventListener, this, args);
    },
  );
  for (const name of ["MessageChannel", "MessagePort", "FileReader"]) delete scope[name];
  delete (Atomics as unknown as Holder).waitAsync;
  return settleInTurn;
}
