// Packs a client library from npm into one file, as a developer does before a deploy:
// `npx esbuild node_modules/pg --bundle --platform=node --minify --outfile=api/vendor/pg.js`.
import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build, initialize, type Plugin } from "esbuild-wasm/esm/browser.js";
import { wasmBytes } from "../../runtime/bundle/wasm_bytes.ts";

/** Never called. Deno reads these imports ahead and keeps the packages in its cache. */
export function keptLibraries(): Promise<unknown>[] {
  return [import("pg"), import("postgres"), import("redis")];
}

let ready: Promise<void> | undefined;

/** A library and all it needs but what `node:` and others' runtimes have, as CommonJS. */
export async function clientLibrary(name: string, file?: string): Promise<string> {
  using _ = quickTimers();
  ready ??= WebAssembly.compile(await wasmBytes() as BufferSource)
    .then((wasmModule) => initialize({ wasmModule, worker: false }));
  await ready;
  const root = fileURLToPath(import.meta.resolve(name));
  const entry = file === undefined ? root : createRequire(root).resolve(file);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    minify: true,
    logLevel: "silent",
    plugins: [fromCache],
  });
  return outputFiles[0]!.text;
}

/**
 * esbuild hands itself every message with a plain `setTimeout`, which takes 4 ms once nested:
 * a minute for a large library. Ends with its scope.
 */
function quickTimers(): Disposable {
  const { port1, port2 } = new MessageChannel();
  const turns: (() => void)[] = [];
  const native = globalThis.setTimeout;
  port1.onmessage = () => turns.shift()!();
  globalThis.setTimeout = ((run: () => void, ms?: number) => {
    if (ms) return native(run, ms);
    turns.push(run);
    port2.postMessage(undefined);
    return 0;
  }) as typeof setTimeout;
  return {
    [Symbol.dispose]() {
      globalThis.setTimeout = native;
      port1.close();
    },
  };
}

/** Files of packages, found from one another as Node finds them. */
const fromCache: Plugin = {
  name: "cache",
  setup(setup) {
    setup.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point") return { path, namespace: "npm" };
      if (isBuiltin(path) || /^[a-z]+:/.test(path)) return { path, external: true };
      try {
        return { path: createRequire(importer).resolve(path), namespace: "npm" };
      } catch {
        // Not installed, such as `pg-native`: the library is ready for that.
        return { path, external: true };
      }
    });
    setup.onLoad({ filter: /.*/, namespace: "npm" }, async ({ path }) => ({
      contents: await Deno.readFile(path),
      loader: path.endsWith(".json") ? "json" : "js",
    }));
  },
};
