import assert from "node:assert/strict";
import { limitMemory } from "./limit_memory.ts";

/** `(module (memory (export "m") 2))` and the same with an upper bound of 3 pages. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const EXPORT = [7, 5, 1, 1, 0x6d, 2, 0];
const UNBOUNDED = new Uint8Array([...HEADER, 5, 3, 1, 0, 2, ...EXPORT]);
const BOUND = new Uint8Array([...HEADER, 5, 4, 1, 1, 2, 3, ...EXPORT]);

const memory = (wasm: Uint8Array<ArrayBuffer>) =>
  new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports["m"] as WebAssembly.Memory;

Deno.test("limit memory: a module grows to its bound and not past it", () => {
  const limited = memory(limitMemory(UNBOUNDED, 300));
  assert.equal(limited.buffer.byteLength, 2 * 65_536);
  limited.grow(298);
  assert.throws(() => limited.grow(1));
});

Deno.test("limit memory: a bound below the minimum is the minimum", () => {
  assert.throws(() => memory(limitMemory(UNBOUNDED, 1)).grow(1));
});

Deno.test("limit memory: other modules are refused", () => {
  assert.throws(() => limitMemory(BOUND, 300), /Cannot bound the memory/);
  assert.throws(() => limitMemory(new Uint8Array(HEADER), 300), /Cannot bound the memory/);
  assert.throws(() => limitMemory(new Uint8Array([1, 2, 3]), 300), /Cannot bound the memory/);
});
