import type { ImportKind, Loader, OnResolveResult, Plugin } from "esbuild-wasm/esm/browser.js";
import { nearest } from "../../kernel/lib/nearest.ts";
import { canonicalSpecifier, isCompanion, STDLIB_NAMES, unitOf } from "../stdlib/mod.ts";
import { LIBRARY } from "./link_library.ts";
import { resolveApp } from "./resolve_app.ts";
import type { Asked } from "./worker.ts";

/** Namespaces of esbuild's modules; the third is the module that ties the handlers together. */
export const APP = "app", STDLIB = "fazt", ENTRY = "entry";

/** A package's name with or without a path; esbuild leaves URLs alone instead of refusing them. */
const PACKAGE = /^(?:@[\w.-]+\/)?[\w-][\w.-]*(?:\/[\w.-]+)*$/;

/** The injected module that gives an app with sockets the globals of Node that it names. */
export const GLOBALS = "globals";
const GLOBALS_CODE = `import { Buffer } from "node:buffer";
import process from "node:process";
import { clearImmediate, setImmediate } from "node:timers";
export { Buffer, clearImmediate, process, setImmediate };`;

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
  /** Hears each standard library module that an import leads to. */
  readonly onLibrary?: (key: string) => void;
  /** Whether there are the modules that only apps with sockets have. */
  readonly companions?: boolean;
}

/**
 * Where an app's imports lead: files under `api/`, the standard library, `fazt`. Nothing falls
 * through to esbuild's own resolver, so `data:`, `http:` and packages are unknown like any other.
 */
export function appPlugin(options: AppPluginOptions): Plugin {
  const { ask, paths, entry, onLibrary, companions = false } = options;
  async function bare(
    specifier: string,
    kind: ImportKind,
  ): Promise<OnResolveResult | undefined> {
    const key = canonicalSpecifier(specifier);
    const there = companions || !isCompanion(key);
    if (there && unitOf(key) !== undefined && await ask.stdlib(key) !== undefined) {
      onLibrary?.(key);
      return { path: key, namespace: STDLIB };
    }
    // esbuild itself knows whether the code is ready for there being no such module.
    const mayFail = (kind === "require-call" || kind === "dynamic-import") &&
      PACKAGE.test(specifier);
    return mayFail ? undefined : { errors: [{ text: unknownModule(specifier) }] };
  }

  return {
    name: "app",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async ({ path, importer, namespace, kind }) => {
        if (path === GLOBALS && kind === "entry-point") {
          return { path, namespace: GLOBALS, sideEffects: false };
        }
        if (kind === "entry-point") return { path, namespace: path === ENTRY ? ENTRY : APP };
        if (!/^\.{0,2}(\/|$)|^\.\.?$/.test(path)) return await bare(path, kind);
        if (namespace === ENTRY) return { path: path.slice(2), namespace: APP };
        const target = resolveApp(path, importer, paths);
        return "path" in target
          ? { path: target.path, namespace: APP }
          : { errors: [{ text: target.problem }] };
      });
      build.onLoad({ filter: /.*/, namespace: ENTRY }, () => ({ contents: entry, loader: "js" }));
      build.onLoad({ filter: /.*/, namespace: GLOBALS }, () => ({ contents: GLOBALS_CODE }));
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

/** What is said of an import that leads nowhere. */
export function unknownModule(specifier: string): string {
  const meant = nearest(specifier, STDLIB_NAMES);
  return `there is no module "${specifier}"` +
    (meant === undefined ? "" : `; did you mean "${meant}"?`) +
    ` (apps can import files in api/ by relative path and ${STDLIB_NAMES.join(", ")}; ` +
    "a package of npm is packed into a file of api/ first, with esbuild for example)";
}
