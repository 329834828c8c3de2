import type { Loader, OnResolveResult, Plugin } from "esbuild-wasm/esm/browser.js";
import { nearest } from "../../kernel/lib/nearest.ts";
import { canonicalSpecifier, STDLIB_NAMES, unitOf } from "../stdlib/mod.ts";
import { LIBRARY } from "./link_library.ts";
import { resolveApp } from "./resolve_app.ts";
import type { Asked } from "./worker.ts";

/** Namespaces of esbuild's modules; the third is the module that ties the handlers together. */
export const APP = "app", STDLIB = "fazt", ENTRY = "entry";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "jsx",
  ".mjs": "jsx",
  ".cjs": "jsx",
  ".jsx": "jsx",
  ".json": "json",
  ".txt": "text",
  ".md": "text",
  ".html": "text",
  ".css": "text",
  ".sql": "text",
};

/** Options of {@link appPlugin}. */
export interface AppPluginOptions {
  readonly ask: Asked;
  readonly paths: ReadonlySet<string>;
  /** Text of the entry module. */
  readonly entry: string;
}

/**
 * Where an app's imports lead: files under `api/`, the standard library, `fazt`. Nothing falls
 * through to esbuild's own resolver, so `data:`, `http:` and packages are unknown like any other.
 */
export function appPlugin({ ask, paths, entry }: AppPluginOptions): Plugin {
  async function bare(specifier: string): Promise<OnResolveResult> {
    const key = canonicalSpecifier(specifier);
    if (unitOf(key) !== undefined && await ask.stdlib(key) !== undefined) {
      return { path: key, namespace: STDLIB };
    }
    return { errors: [{ text: unknown(specifier) }] };
  }

  return {
    name: "app",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async ({ path, importer, namespace, kind }) => {
        if (kind === "entry-point") return { path, namespace: path === ENTRY ? ENTRY : APP };
        if (!/^\.{0,2}(\/|$)|^\.\.?$/.test(path)) return await bare(path);
        if (namespace === ENTRY) return { path: path.slice(2), namespace: APP };
        const target = resolveApp(path, importer, paths);
        return "path" in target
          ? { path: target.path, namespace: APP }
          : { errors: [{ text: target.problem }] };
      });
      build.onLoad({ filter: /.*/, namespace: ENTRY }, () => ({ contents: entry, loader: "js" }));
      build.onLoad({ filter: /.*/, namespace: STDLIB }, ({ path }) => ({
        contents: `module.exports = ${LIBRARY}(${JSON.stringify(path)});`,
        loader: "js",
      }));
      build.onLoad({ filter: /.*/, namespace: APP }, async ({ path, with: attributes }) => {
        const contents = await ask.appFile(path);
        if (contents === undefined) return { errors: [{ text: `there is no file ${path}` }] };
        const loader = loaderOf(path, attributes["type"]);
        return { contents: loader.endsWith("x") ? classicJsx(contents) : contents, loader };
      });
    },
  };
}

function loaderOf(path: string, type: string | undefined): Loader {
  if (type === "json" || type === "text") return type;
  if (type === "bytes") return "binary";
  return LOADERS[/\.\w+$/.exec(path)?.[0].toLowerCase() ?? ""] ?? "binary";
}

/**
 * A file that names its own JSX factory (`@jsx h`) means the classic transform; esbuild wants to
 * be told so by a second comment. It goes to the end, where it moves no line or column.
 */
function classicJsx(contents: Uint8Array): Uint8Array | string {
  const text = new TextDecoder().decode(contents);
  const classic = /@jsx\s+[\w$.]+/.test(text) && !/@jsxRuntime\b/.test(text);
  return classic ? `${text}\n/** @jsxRuntime classic */` : contents;
}

function unknown(specifier: string): string {
  const meant = nearest(specifier, STDLIB_NAMES);
  return `there is no module "${specifier}"` +
    (meant === undefined ? "" : `; did you mean "${meant}"?`) +
    ` (apps can import files in api/ by relative path and ${STDLIB_NAMES.join(", ")})`;
}
