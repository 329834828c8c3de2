import { dirname, join } from "node:path/posix";
import { nearest } from "../../kernel/lib/nearest.ts";

/** The folder whose files server code may import. */
const ROOT = "api";

/** What a specifier that names a file of the app stands for. */
export type AppTarget = { readonly path: string } | { readonly problem: string };

/** Endings an import may leave out, in the order they are tried. */
const ENDINGS = [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".cts", ".json"];

/** TypeScript lets an import name the file that a compiler would write. */
const COMPILED: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/**
 * The app's file a relative specifier names. Paths are opaque keys: nothing is decoded, and a
 * path that leaves `api/` is refused whether or not such a file exists.
 * @param importer the app's path of the file that holds the import
 */
export function resolveApp(
  specifier: string,
  importer: string,
  paths: ReadonlySet<string>,
): AppTarget {
  const base = join(dirname(importer), specifier).replace(/\/$/, "");
  if (base !== ROOT && !base.startsWith(`${ROOT}/`)) {
    return { problem: `"${specifier}" is outside api/: server code can import only files in it` };
  }
  const path = candidates(base).find((candidate) => paths.has(candidate));
  return path === undefined ? { problem: missing(specifier, base, paths) } : { path };
}

function candidates(base: string): string[] {
  const ending = /\.[cm]?jsx?$/.exec(base)?.[0] ?? "";
  const compiled = (COMPILED[ending] ?? []).map((end) => base.slice(0, -ending.length) + end);
  return [
    base,
    ...ENDINGS.map((end) => base + end),
    ...compiled,
    ...ENDINGS.map((end) => `${base}/index${end}`),
  ];
}

/** The files that look most like what was meant come first. */
function missing(specifier: string, base: string, paths: ReadonlySet<string>): string {
  const closest = nearest(base, [...paths].flatMap((path) => [path, path.replace(/\.\w+$/, "")]));
  const found = [...paths].find((path) =>
    path === closest || path.replace(/\.\w+$/, "") === closest
  );
  const meant = found === undefined ? "" : `; did you mean ${found}?`;
  const shown = [...paths].sort().slice(0, 20);
  const more = paths.size > shown.length ? ` and ${paths.size - shown.length} more` : "";
  return `there is no file "${specifier}"${meant} (the app has ${shown.join(", ")}${more})`;
}
