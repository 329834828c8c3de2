/**
 * Refuses calls of native functions that would take much of the heap at once, with a `RangeError`:
 * V8 ends the process, and not the isolate, over one allocation that does not fit into twice the
 * heap's limit. A first net only: what operators do by themselves no function can stand in for.
 * Refers to nothing outside itself: its text runs in isolates.
 * @param maxBytes what a text or a list may take that one call reads or makes
 */
export function guardNatives(maxBytes: number): void {
  type Native = (...args: unknown[]) => unknown;
  const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
  const TooLarge = RangeError;
  const text = String;
  const number = Number;
  const { isArray } = Array;
  // A character takes two bytes at most, a place in a list eight.
  const CHARS = Math.floor(maxBytes / 2);
  const PLACES = Math.floor(maxBytes / 8);

  const refuse = (name: string): never => {
    throw new TooLarge(`Cannot ${name}: it would take more memory than the app has`);
  };
  /** Puts `make(native)` in the place of a function; it keeps its name, length and attributes. */
  const wrap = (holder: object, name: string, make: (native: Native) => Native) => {
    const found = getOwnPropertyDescriptor(holder, name);
    // What Deno loads only when it is asked for stands behind a getter.
    const native = found?.value ?? (holder as Record<string, unknown>)[name];
    if (typeof native !== "function") return;
    const guarded = make(native as Native);
    for (const key of ["name", "length"] as const) {
      defineProperty(guarded, key, { value: native[key], configurable: true });
    }
    const enumerable = found?.enumerable === true;
    defineProperty(holder, name, {
      value: guarded,
      writable: true,
      enumerable,
      configurable: true,
    });
  };
  // Below, methods and no functions: as natives, they are no constructors. Nothing in them goes
  // through what an app may replace, such as the iterator of lists.

  /** Bounds the text a method is called on, and the text it makes. */
  const bound = (name: string, max: number) =>
    wrap(String.prototype, name, (native) => ({
      method(this: unknown, ...args: unknown[]) {
        // Read once: an object cannot be another text when the work starts.
        const self = typeof this === "object" && this !== null ? text(this) : this;
        if (typeof self === "string" && self.length > max) refuse(name);
        const made = apply(native, self, args);
        return typeof made === "string" && made.length > CHARS ? refuse(name) : made;
      },
    }.method));
  for (
    const name of ("toUpperCase toLowerCase toLocaleUpperCase toLocaleLowerCase toWellFormed " +
      "match matchAll search replace replaceAll").split(" ")
  ) bound(name, CHARS);
  // One character can become eighteen.
  bound("normalize", CHARS / 4);

  wrap(String.prototype, "repeat", (native) => ({
    method(this: unknown, count: unknown) {
      const self = typeof this === "object" && this !== null ? text(this) : this;
      const times = number(count);
      if (typeof self === "string" && self.length * times > CHARS) refuse("repeat");
      return apply(native, self, [times]);
    },
  }.method));
  for (const name of ["padStart", "padEnd"]) {
    wrap(String.prototype, name, (native) => ({
      method(this: unknown, length: unknown, fill: unknown) {
        const wanted = number(length);
        if (wanted > CHARS) refuse(name);
        return apply(native, this, [wanted, fill]);
      },
    }.method));
  }
  wrap(String.prototype, "split", (native) => ({
    method(this: unknown, separator: unknown, limit: unknown) {
      const self = typeof this === "object" && this !== null ? text(this) : this;
      if (typeof self !== "string" || self.length <= PLACES) {
        return apply(native, self, [separator, limit]);
      }
      if (self.length > CHARS) refuse("split");
      const parts = apply(native, self, [separator, limit === undefined ? PLACES + 1 : limit]);
      return isArray(parts) && parts.length > PLACES ? refuse("split") : parts;
    },
  }.method));

  // An escaped character takes up to nine others.
  for (
    const name of ("encodeURI encodeURIComponent escape decodeURI decodeURIComponent unescape " +
      "btoa atob").split(" ")
  ) {
    const max = name.startsWith("e") ? CHARS / 4 : CHARS;
    wrap(globalThis, name, (native) => ({
      method(this: unknown, ...args: unknown[]) {
        if (typeof args[0] === "object" && args[0] !== null) args[0] = text(args[0]);
        if (typeof args[0] === "string" && args[0].length > max) refuse(name);
        return apply(native, this, args);
      },
    }.method));
  }
  wrap(JSON, "stringify", (native) => ({
    method(this: unknown, ...args: unknown[]) {
      const value = args[0];
      if (typeof value === "string" && value.length > CHARS / 2) refuse("stringify");
      const made = apply(native, this, args);
      return typeof made === "string" && made.length > CHARS ? refuse("stringify") : made;
    },
  }.method));
  for (const [holder, name] of [[JSON, "parse"], [Symbol, "for"]] as const) {
    wrap(holder, name, (native) => ({
      method(this: unknown, ...args: unknown[]) {
        if (typeof args[0] === "object" && args[0] !== null) args[0] = text(args[0]);
        if (typeof args[0] === "string" && args[0].length > CHARS) refuse(name);
        return apply(native, this, args);
      },
    }.method));
  }

  const lengthOf = (value: unknown): number => {
    if (typeof value === "string") return value.length;
    if (typeof value !== "object" || value === null) return 0;
    const length = number((value as { length?: unknown }).length);
    return length > 0 ? length : 0;
  };
  wrap(Array, "from", (native) => ({
    method(this: unknown, ...args: unknown[]) {
      if (lengthOf(args[0]) > PLACES) refuse("make a list");
      return apply(native, this, args);
    },
  }.method));
  // These make a whole second list at once, and are seldom called where a nanosecond counts.
  for (const name of "concat with toSorted toReversed toSpliced flat fill".split(" ")) {
    wrap(Array.prototype, name, (native) => ({
      method(this: unknown, ...args: unknown[]) {
        let places = lengthOf(this);
        for (let i = 0; name === "concat" && i < args.length; i++) {
          if (isArray(args[i])) places += lengthOf(args[i]);
        }
        if (places > PLACES) refuse(name);
        return apply(native, this, args);
      },
    }.method));
  }
  wrap(Array.prototype, "join", (native) => ({
    method(this: unknown, separator: unknown) {
      const between = separator === undefined ? separator : text(separator);
      const places = lengthOf(this);
      let chars = places * (between?.length ?? 1);
      if (isArray(this) && chars <= CHARS) {
        for (let i = 0; i < places; i++) {
          const part = this[i];
          if (typeof part === "string") chars += part.length;
        }
      }
      return chars > CHARS ? refuse("join") : apply(native, this, [between]);
    },
  }.method));
  wrap(TextDecoder.prototype, "decode", (native) => ({
    method(this: unknown, ...args: unknown[]) {
      const bytes = (args[0] as { byteLength?: unknown } | undefined)?.byteLength;
      if (number(bytes) > CHARS) refuse("decode");
      return apply(native, this, args);
    },
  }.method));
}
