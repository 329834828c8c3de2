/** WebAssembly's binary format: id of the memory section, and the flag of a bounded memory. */
const MEMORY_SECTION = 5, BOUNDED = 1;

/** First byte after the magic number and the version. */
const FIRST_SECTION = 8;

/**
 * A copy of a WebAssembly module whose own memory cannot grow past a bound. Nothing else bounds
 * it: a worker's heap limit does not count it, and a few megabytes of source can make a compiler
 * ask for gigabytes.
 * @param wasm a module with one memory of its own without an upper bound
 * @param pages the bound, in pages of 64 KiB
 * @throws {Error} for any other module
 * @see https://webassembly.github.io/spec/core/binary/modules.html#memory-section
 */
export function limitMemory(wasm: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  for (let at = FIRST_SECTION; at < wasm.length;) {
    const size = readLeb(wasm, at + 1);
    const end = size.next + size.value;
    if (wasm[at] !== MEMORY_SECTION) {
      at = end;
      continue;
    }
    const [count, flags] = wasm.subarray(size.next, size.next + 2);
    if (count !== 1 || flags !== 0) break;
    const minimum = readLeb(wasm, size.next + 2).value;
    const body = [1, BOUNDED, ...leb(minimum), ...leb(Math.max(minimum, pages))];
    const section = [MEMORY_SECTION, ...leb(body.length), ...body];
    const limited = new Uint8Array(wasm.length - (end - at) + section.length);
    limited.set(wasm.subarray(0, at));
    limited.set(section, at);
    limited.set(wasm.subarray(end), at + section.length);
    return limited;
  }
  throw new Error("Cannot bound the memory: the module has no memory of the expected kind");
}

/** Reads an unsigned LEB128 number. */
function readLeb(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return { value, next: at };
}

/** Writes an unsigned LEB128 number. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [value % 0x80 | 0x80, ...leb(Math.floor(value / 0x80))];
}
