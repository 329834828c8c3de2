import { build } from "esbuild-wasm/esm/browser.js";
import type { StdlibUnit } from "../stdlib/mod.ts";
import { packagePlugin, PROCESS } from "./package_plugin.ts";
import type { PackResult } from "./protocol.ts";
import type { Asked } from "./worker.ts";

/** Packs a unit of the standard library. Runs inside the worker. */
export async function packUnit(unit: StdlibUnit, ask: Asked): Promise<PackResult> {
  const specifiers = Object.keys(unit.modules);
  const { outputFiles } = await build({
    entryPoints: specifiers.map((specifier, i) => ({ in: specifier, out: `entry${i}` })),
    bundle: true,
    write: false,
    outdir: "/",
    format: unit.format,
    splitting: unit.format === "esm",
    chunkNames: "chunk-[hash]",
    platform: "neutral",
    target: "es2024",
    supported: { "dynamic-import": false },
    // Less to parse in every build and every isolate; names stay, so traces can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    charset: "utf8",
    tsconfigRaw: "{}",
    logLevel: "silent",
    // lodash and others look for the global object, in the end with `Function("return this")`.
    define: { global: "globalThis", "process.env.NODE_ENV": `"production"` },
    inject: [PROCESS],
    plugins: [packagePlugin(unit, ask)],
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => {
    const index = /^\/entry(\d+)\.js$/.exec(path)?.[1];
    return [index ? specifiers[Number(index)]! : `${unit.id}:${path.slice(1)}`, text];
  }));
}
