import { fileURLToPath } from "node:url";

/** The bytes of esbuild's WebAssembly module, from the package in Deno's cache. */
export function wasmBytes(): Promise<Uint8Array> {
  return Deno.readFile(fileURLToPath(import.meta.resolve("esbuild-wasm/esbuild.wasm")));
}
