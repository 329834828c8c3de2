import { createRequire } from "node:module";
import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild-wasm/esm/browser.js";
import { exports as packageExports, legacy } from "resolve.exports";

type Manifest = Parameters<typeof packageExports>[0] & { readonly name?: string };

/** Finds the dashboard's modules on disk, and packages in Deno's cache as a browser gets them. */
export function npmPlugin(): Plugin {
  return {
    name: "files",
    setup(setup) {
      setup.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point") return { path, namespace: "disk" };
        if (path.startsWith(".")) {
          return { path: withEnding(join(dirname(importer), path)), namespace: "disk" };
        }
        return {
          path: packageFile(path, importer),
          namespace: "disk",
          sideEffects: path.endsWith(".css"),
        };
      });
      setup.onLoad({ filter: /.*/, namespace: "disk" }, async ({ path }) => ({
        contents: await Deno.readFile(path),
        loader: loaderOf(path),
      }));
    },
  };
}

function loaderOf(path: string): "tsx" | "ts" | "css" | "json" | "js" {
  const ending = /\.(tsx|ts|css|json)$/.exec(path)?.[1];
  return (ending ?? "js") as "js";
}

function withEnding(path: string): string {
  const found = ["", ".js", ".mjs", "/index.js"].map((end) => path + end).find(isFile);
  if (found === undefined) throw new Error(`there is no file ${path}`);
  return found;
}

/** One version of each package, whoever asks: the browser must get one Preact. */
function packageFile(specifier: string, importer: string): string {
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  const root = packageRoot(name, importer);
  const manifest: Manifest = JSON.parse(Deno.readTextFileSync(join(root, "package.json")));
  const inside = `.${specifier.slice(name.length)}`;
  const target = packageExports(manifest, inside, { browser: true })?.[0] ??
    (inside === "."
      ? legacy(manifest, { browser: false, fields: ["module", "main"] }) ?? "index.js"
      : inside);
  return withEnding(join(root, String(target)));
}

function packageRoot(name: string, importer: string): string {
  let folder = dirname(anyFile(name, importer));
  while (folder !== "/") {
    try {
      const text = Deno.readTextFileSync(join(folder, "package.json"));
      if (JSON.parse(text).name === name) return folder;
    } catch { /* further up */ }
    folder = dirname(folder);
  }
  throw new Error(`package ${name} has no folder`);
}

function anyFile(name: string, importer: string): string {
  try {
    return fileURLToPath(import.meta.resolve(name));
  } catch {
    return createRequire(importer).resolve(name);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
