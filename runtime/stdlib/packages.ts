/** Set by the portable build, which carries the library along and has no packages. */
declare const FAZT_BUNDLED: boolean | undefined;

/**
 * Never called. Deno reads these imports ahead and keeps the packages in its cache, which is
 * where {@link NpmFiles} finds their files; nothing of them runs in the kernel.
 */
export function keptPackages(): Promise<unknown>[] {
  return typeof FAZT_BUNDLED === "undefined"
    ? [
      import("@noble/hashes/sha2.js"),
      import("assert"),
      import("buffer"),
      import("cheerio"),
      import("dayjs"),
      import("esbuild-wasm/esm/browser.js"),
      import("events"),
      import("hono"),
      import("jsep"),
      import("lodash"),
      import("marked"),
      import("path-browserify"),
      import("readable-stream"),
      import("string_decoder"),
      import("url"),
      import("util"),
      import("uuid"),
      import("validator"),
      import("zod"),
    ]
    : [];
}
