import { Buffer } from "node:buffer";
import { failure } from "./crypto_bytes.ts";

/** Most bytes one call of the web's generator gives. */
const PER_CALL = 65_536;

/** The web's generator. */
export function getRandomValues<T extends ArrayBufferView<ArrayBuffer>>(into: T): T {
  return globalThis.crypto.getRandomValues(into);
}

/** A random UUID (RFC 9562, version 4). */
export function randomUUID(): string {
  return globalThis.crypto.randomUUID();
}

/** Fills a buffer, or `size` bytes of it from `offset`. */
export function randomFillSync<T extends ArrayBufferView<ArrayBuffer>>(
  into: T,
  offset = 0,
  size: number = into.byteLength - offset,
): T {
  const bytes = new Uint8Array(into.buffer, into.byteOffset + offset, size);
  for (let at = 0; at < size; at += PER_CALL) {
    getRandomValues(bytes.subarray(at, Math.min(at + PER_CALL, size)));
  }
  return into;
}

/** Random bytes, given back or to a callback. */
export function randomBytes(
  size: number,
  done?: (error: Error | null, bytes: Buffer) => void,
): Buffer | undefined {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw failure(RangeError, "ERR_OUT_OF_RANGE", `The size ${size} is not a number of bytes`);
  }
  const bytes = randomFillSync(Buffer.alloc(size) as Buffer<ArrayBuffer>);
  if (done === undefined) return bytes;
  queueMicrotask(() => done(null, bytes));
  return undefined;
}

/** A whole number in `[min, max)`, every one as likely as another. */
export function randomInt(...bounds: [max: number] | [min: number, max: number]): number {
  const [min, max] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  const range = max - min;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || range <= 0 || range > 2 ** 48) {
    throw failure(RangeError, "ERR_OUT_OF_RANGE", `No whole number is in [${min}, ${max})`);
  }
  // Values above the last whole multiple of the range would favour the small results.
  const limit = 2 ** 48 - 2 ** 48 % range;
  for (;;) {
    const words = getRandomValues(new Uint32Array(2));
    const value = (words[0]! & 0xffff) * 2 ** 32 + words[1]!;
    if (value < limit) return min + value % range;
  }
}
