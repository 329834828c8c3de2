/** What the bootstrap keeps for itself from before the app's code loads. */
export interface Privates {
  readonly inspect: (value: unknown) => string;
  readonly nativeFetch: typeof fetch;
}

/**
 * Takes away every global that is not on the list, the ways to make code from text, and what a
 * global object's prototype offers. Refers to nothing outside itself: its text runs in isolates.
 */
export function lockdown(keepSockets: boolean): Privates {
  const deno = (globalThis as unknown as { Deno: typeof Deno }).Deno;
  const inspect = deno.inspect;
  const privates: Privates = {
    inspect: (value) => inspect(value, { depth: 4, iterableLimit: 50, strAbbreviateSize: 10_000 }),
    nativeFetch: globalThis.fetch.bind(globalThis),
  };

  const keep = new Set(
    ("Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String " +
      "Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError " +
      "SyntaxError TypeError URIError SuppressedError globalThis JSON Math Intl Temporal " +
      "ArrayBuffer SharedArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array " +
      "Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray Float16Array " +
      "Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy " +
      "Reflect FinalizationRegistry DisposableStack AsyncDisposableStack decodeURI " +
      "decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN console " +
      "AbortController AbortSignal Blob ByteLengthQueuingStrategy CountQueuingStrategy " +
      "CompressionStream DecompressionStream CryptoKey SubtleCrypto Crypto crypto CustomEvent " +
      "DOMException Event EventTarget ErrorEvent MessageEvent CloseEvent ProgressEvent " +
      "PromiseRejectionEvent File FileReader FormData Headers Performance PerformanceEntry " +
      "PerformanceMark PerformanceMeasure performance ReadableStream ReadableStreamDefaultReader " +
      "ReadableByteStreamController ReadableStreamBYOBReader ReadableStreamBYOBRequest " +
      "ReadableStreamDefaultController TransformStream TransformStreamDefaultController " +
      "WritableStream WritableStreamDefaultWriter WritableStreamDefaultController Request " +
      "Response TextDecoder TextEncoder TextDecoderStream TextEncoderStream URL URLPattern " +
      "URLSearchParams MessageChannel MessagePort atob btoa clearInterval clearTimeout " +
      "setInterval setTimeout queueMicrotask structuredClone reportError fetch WebAssembly")
      .split(" "),
  );
  if (keepSockets) { for (const name of ["WebSocket", "EventSource"]) keep.add(name); }

  // Ways to make a function from text: the V8 flag is the first net, this is the second.
  const refuse = function () {
    throw new EvalError("Code generation from strings is not available to apps");
  };
  for (
    const sample of [
      function () {},
      async function () {},
      function* () {},
      async function* () {},
    ]
  ) {
    const prototype = Object.getPrototypeOf(sample);
    Object.defineProperty(prototype, "constructor", {
      value: prototype === Function.prototype ? fakeFunction() : refuse,
      writable: false,
      configurable: false,
    });
  }
  function fakeFunction() {
    // `x instanceof Function` goes on working; calling or constructing it does not.
    const fake = function Function() {
      return refuse();
    };
    Object.defineProperty(fake, "prototype", { value: Function.prototype, writable: false });
    Object.defineProperty(globalThis, "Function", {
      value: fake,
      writable: false,
      configurable: false,
    });
    return fake;
  }

  // The global object and its prototypes, up to but not into EventTarget.
  for (
    let object: object | null = globalThis;
    object && object !== EventTarget.prototype && object !== Object.prototype;
    object = Object.getPrototypeOf(object)
  ) {
    for (const key of Reflect.ownKeys(object)) {
      // Symbols hold the brand and the listeners of the event target: no capability.
      if (typeof key === "symbol" || keep.has(key)) continue;
      if (key === "constructor" || key === "self") continue;
      if (!Reflect.deleteProperty(object, key)) {
        try {
          Object.defineProperty(object, key, { value: undefined, writable: false });
        } catch {
          (object as Record<PropertyKey, unknown>)[key] = undefined;
        }
      }
    }
    const owner = Object.getOwnPropertyDescriptor(object, "constructor");
    if (owner?.configurable && object !== globalThis) {
      Object.defineProperty(object, "constructor", { value: Object, configurable: false });
    }
  }
  return privates;
}
