/** How a stored value becomes text and back: JSON plus `Date` and `Uint8Array`. */
export interface ValueCodec {
  /** @throws {TypeError} naming the path of what cannot be stored. */
  encode(value: unknown): string;
  decode(text: string): unknown;
}

/**
 * Makes a codec. The function refers to nothing outside itself, because its text is also run
 * inside isolates, where values are encoded before they reach the kernel's thread.
 * `{"$date": ms}` and `{"$bytes": base64}` stand for the two extra types; an object that looks
 * like one of them is wrapped in `{"$plain": …}`.
 */
export function createValueCodec(maxDepth = 100): ValueCodec {
  const TAGS = ["$date", "$bytes", "$plain"];

  const isTagged = (object: object) => {
    const keys = Object.keys(object);
    return keys.length === 1 && TAGS.includes(keys[0]!);
  };
  const toBase64 = (bytes: Uint8Array) => {
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return btoa(text);
  };
  const refuse = (what: string, path: string): never => {
    throw new TypeError(`Cannot store ${what} at ${path}`);
  };

  function toJson(value: unknown, path: string, depth: number, above: object[]): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") {
      return Number.isFinite(value) ? value : refuse(String(value), path);
    }
    if (typeof value !== "object") {
      return refuse(value === undefined ? "undefined" : `a ${typeof value}`, path);
    }
    if (depth > maxDepth) refuse(`more than ${maxDepth} levels`, path);
    if (above.includes(value)) refuse("a cycle", path);
    if (value instanceof Date) {
      const at = value.getTime();
      return Number.isNaN(at) ? refuse("an invalid date", path) : { $date: at };
    }
    if (value instanceof Uint8Array) return { $bytes: toBase64(value) };
    const below = [...above, value];
    if (Array.isArray(value)) {
      return value.map((item, i) =>
        item === undefined ? null : toJson(item, `${path}[${i}]`, depth + 1, below)
      );
    }
    const custom = (value as { toJSON?: unknown }).toJSON;
    if (typeof custom === "function") {
      return toJson(custom.call(value), path, depth + 1, below);
    }
    const prototype = Object.getPrototypeOf(value);
    if (
      prototype !== null && prototype !== Object.prototype &&
      Object.getPrototypeOf(prototype) === Object.prototype &&
      typeof (value as { size?: unknown }).size === "number"
    ) refuse(`a ${prototype.constructor?.name ?? "collection"}`, path);
    const out: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || typeof item === "function") continue;
      out[key] = toJson(item, path === "value" ? key : `${path}.${key}`, depth + 1, below);
    }
    return isTagged(out) ? { $plain: out } : out;
  }

  function fromJson(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(fromJson);
    const record = value as Record<string, unknown>;
    if (isTagged(record)) {
      if (typeof record["$date"] === "number") return new Date(record["$date"]);
      if (typeof record["$bytes"] === "string") {
        return Uint8Array.from(atob(record["$bytes"]), (c) => c.charCodeAt(0));
      }
      const plain = record["$plain"];
      if (typeof plain === "object" && plain !== null) return entriesFromJson(plain);
    }
    return entriesFromJson(record);
  }

  // defineProperty: an own key named __proto__ stays a key.
  function entriesFromJson(record: object): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(record)) {
      if (key === "__proto__") {
        Object.defineProperty(out, key, {
          value: fromJson(item),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else out[key] = fromJson(item);
    }
    return out;
  }

  return {
    encode: (value) => JSON.stringify(toJson(value, "value", 0, [])),
    decode: (text) => fromJson(JSON.parse(text)),
  };
}
