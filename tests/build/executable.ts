import assert from "node:assert/strict";

/** What `deno compile` put into an executable. */
export interface Executable {
  /** How it is run: permissions, V8 flags, features. */
  // deno-lint-ignore no-explicit-any -- Deno's own metadata; tests look at parts of it
  readonly metadata: any;
  /** Every embedded file by its path below the folder that was compiled. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One entry of the embedded tree: `o` is where its bytes are and how many. */
interface Entry {
  readonly Dir?: { readonly n: string; readonly e: readonly Entry[] };
  readonly File?: { readonly n: string; readonly o: readonly [offset: number, length: number] };
}

/**
 * Takes an executable apart without starting it. Deno 2.9 writes `d3n0l4nd`, then parts that each
 * have their length (u64, little-endian) before them: metadata, two tables, the tree, the bytes.
 */
export function readExecutable(bytes: Uint8Array): Executable {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = (at: number) => Number(view.getBigUint64(at, true));
  const text = (at: number, size: number) =>
    new TextDecoder().decode(bytes.subarray(at, at + size));
  const start = find(bytes, '{"argv":', 0);
  const end = start + length(start - 8);
  const tree = find(bytes, '[{"Dir":', end);
  const size = length(tree - 8);
  const data = tree + size + 8;
  const files = new Map<string, Uint8Array>();
  const walk = (entries: readonly Entry[], folder: string) => {
    for (const { Dir, File } of entries) {
      if (Dir) walk(Dir.e, `${folder}${Dir.n}/`);
      if (!File) continue;
      const [offset, count] = File.o;
      files.set(folder + File.n, bytes.subarray(data + offset, data + offset + count));
    }
  };
  walk(JSON.parse(text(tree, size)), "");
  return { metadata: JSON.parse(text(start, end - start)), files };
}

/** Where a text starts. */
function find(bytes: Uint8Array, needle: string, from: number): number {
  const at = new TextDecoder("latin1").decode(bytes.subarray(from)).indexOf(needle);
  assert.notEqual(at, -1, `there is no ${needle}`);
  return from + at;
}
