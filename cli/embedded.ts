import { moduleUrl } from "../kernel/lib/module_url.ts";
import type { BundlerOptions } from "../runtime/bundle/mod.ts";
import { prebuiltStdlib } from "../runtime/stdlib/mod.ts";
import { isCheckout } from "./program.ts";

/** An executable carries esbuild and the standard library along; a checkout has them as packages. */
export function bundlerOptions(): BundlerOptions {
  if (isCheckout()) return {};
  return {
    wasmBytes: () => Deno.readFile(moduleUrl("assets/esbuild.wasm")),
    stdlib: prebuiltStdlib(async () =>
      JSON.parse(await Deno.readTextFile(moduleUrl("assets/stdlib.json")))
    ),
  };
}
