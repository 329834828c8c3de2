import type { OnResolveResult, Plugin } from "esbuild-wasm/esm/browser.js";
import type { ImportKind, NpmTarget, StdlibUnit } from "../stdlib/mod.ts";
import type { Asked } from "./worker.ts";

/** Namespaces of esbuild's modules: text of the catalog, files of packages, switched-off files. */
const TEXT = "text", FILE = "package", EMPTY = "empty";

/** The injected module that stands for the global `process`. */
export const PROCESS = "process";

/** Where the imports of a standard library unit lead while it is packed. */
export function packagePlugin(unit: StdlibUnit, ask: Asked): Plugin {
  async function entry(specifier: string): Promise<OnResolveResult> {
    if (specifier === PROCESS) {
      return { ...target(await ask.shim("process.ts")), sideEffects: false };
    }
    const origin = unit.modules[specifier]!;
    if ("npm" in origin) return target(await ask.packageRoot(origin.npm));
    if ("shim" in origin) return target(await ask.shim(origin.shim));
    return { path: specifier, namespace: TEXT };
  }

  return {
    name: "package",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async ({ path, importer, namespace, kind }) => {
        if (kind === "entry-point") return await entry(path);
        if (namespace === TEXT) return { path, external: true };
        const how: ImportKind = kind === "require-call" ? "require" : "import";
        return target(await ask.packageFile(path, importer, how));
      });
      build.onLoad({ filter: /.*/, namespace: TEXT }, ({ path }) => {
        const origin = unit.modules[path]!;
        return { contents: "code" in origin ? origin.code : "" };
      });
      build.onLoad(
        { filter: /.*/, namespace: EMPTY },
        () => ({ contents: "module.exports = {};" }),
      );
      build.onLoad({ filter: /.*/, namespace: FILE }, async ({ path }) => ({
        contents: await ask.readPackage(path),
        loader: path.endsWith(".ts") ? "ts" : path.endsWith(".json") ? "json" : "js",
      }));
    },
  };
}

function target(found: NpmTarget): OnResolveResult {
  if ("file" in found) return { path: found.file, namespace: FILE };
  if ("stdlib" in found) return { path: found.stdlib, external: true };
  return { path: EMPTY, namespace: EMPTY };
}
