/**
 * Counts the bytes of array buffers and WebAssembly memories, which the isolate's heap limit does
 * not cover, and refuses an allocation past the cap with a `RangeError`. A first net only: the
 * watchdog is the last. Refers to nothing outside itself: its text runs in isolates.
 * @returns reads how many bytes are counted now
 */
export function guardAllocations(maxBytes: number): () => number {
  let used = 0;
  const freed = new FinalizationRegistry<number>((bytes) => used -= bytes);
  const charge = (bytes: number) => {
    if (used + bytes > maxBytes) {
      throw new RangeError(`Cannot allocate ${bytes} bytes: an app may hold ${maxBytes}`);
    }
    used += bytes;
  };
  // What is small is left to the garbage collector and the watchdog: it would only cost time.
  const SMALL = 65_536;

  type Constructor = new (...args: unknown[]) => object;
  const scope = globalThis as unknown as Record<string, Constructor>;
  const wrap = (
    holder: Record<string, Constructor>,
    name: string,
    size: (a: unknown[]) => number,
  ) => {
    const native = holder[name];
    if (native === undefined) return;
    const guarded = new Proxy(native, {
      construct(target, args, newTarget) {
        const bytes = size(args);
        if (!(bytes >= SMALL)) return Reflect.construct(target, args, newTarget);
        charge(bytes);
        let made: object;
        try {
          made = Reflect.construct(target, args, newTarget);
        } catch (error) {
          used -= bytes;
          throw error;
        }
        freed.register(made, bytes);
        return made;
      },
    });
    Object.defineProperty(native.prototype, "constructor", { value: guarded, configurable: true });
    Object.defineProperty(holder, name, { value: guarded, writable: true, configurable: true });
  };

  const bufferSize = ([length, options]: unknown[]) =>
    Math.max(
      Number(length) || 0,
      Number((options as { maxByteLength?: number })?.maxByteLength) || 0,
    );
  wrap(scope, "ArrayBuffer", bufferSize);
  wrap(scope, "SharedArrayBuffer", bufferSize);
  for (
    const name of [
      "Int8Array",
      "Uint8Array",
      "Uint8ClampedArray",
      "Int16Array",
      "Uint16Array",
      "Float16Array",
      "Int32Array",
      "Uint32Array",
      "Float32Array",
      "Float64Array",
      "BigInt64Array",
      "BigUint64Array",
    ]
  ) {
    const width = (scope[name] as unknown as { BYTES_PER_ELEMENT?: number })?.BYTES_PER_ELEMENT ??
      1;
    wrap(scope, name, ([first]) => {
      if (typeof first === "number") return first * width;
      // A view shares its buffer; a copy of an array or another view does not.
      const length = (first as { length?: unknown } | null)?.length;
      return typeof length === "number" ? length * width : 0;
    });
  }
  const wasm = (globalThis as { WebAssembly?: Record<string, unknown> }).WebAssembly;
  if (wasm) {
    wrap(
      wasm as Record<string, Constructor>,
      "Memory",
      ([descriptor]) => (Number((descriptor as { initial?: number })?.initial) || 0) * 65_536,
    );
    const memory = wasm.Memory as { prototype: { grow(pages: number): number } };
    const grow = memory.prototype.grow;
    memory.prototype.grow = function (pages: number) {
      charge(pages * 65_536);
      return grow.call(this, pages);
    };
  }
  return () => used;
}
