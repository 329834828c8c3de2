import { build, transform } from "esbuild-wasm/esm/browser.js";
import type { StdlibUnit } from "../stdlib/mod.ts";
import { packagePlugin, PROCESS } from "./package_plugin.ts";
import type { PackResult } from "./protocol.ts";
import type { Asked } from "./worker.ts";

/**
 * Packs a unit of the standard library into CommonJS texts that need nothing but other modules
 * of the library. Runs inside the worker.
 */
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
    // Less to keep with every revision and to parse in every isolate.
    minify: true,
    legalComments: "none",
    charset: "utf8",
    tsconfigRaw: "{}",
    logLevel: "silent",
    // lodash and others look for the global object, in the end with `Function("return this")`.
    // Others list every global there is, `eval` among them, which apps do not have.
    define: {
      eval: "undefined",
      global: "globalThis",
      "process.env.NODE_ENV": `"production"`,
    },
    inject: [PROCESS],
    plugins: [packagePlugin(unit, ask)],
  });
  const modules = outputFiles.map(async ({ path, text }) => {
    const index = /^\/entry(\d+)\.js$/.exec(path)?.[1];
    const key = index ? specifiers[Number(index)]! : `${unit.id}:${path.slice(1)}`;
    return [key, unit.format === "cjs" ? text : await commonJs(text, unit.id)] as const;
  });
  return Object.fromEntries(await Promise.all(modules));
}

/** esbuild shares chunks between ES modules only, so these become CommonJS afterwards. */
async function commonJs(text: string, unit: string): Promise<string> {
  const { code } = await transform(text, {
    format: "cjs",
    target: "es2024",
    minify: true,
    charset: "utf8",
    logLevel: "silent",
  });
  return code.replaceAll('require("./chunk-', `require("${unit}:chunk-`);
}
