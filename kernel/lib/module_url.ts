/** Set by the portable build, where every module is folded into one file at the root. */
declare const FAZT_BUNDLED: boolean | undefined;

/**
 * The URL of one of our own modules that starts a worker.
 * @param path from the project's root, such as `kernel/writer.ts`
 */
export function moduleUrl(path: string): URL {
  return typeof FAZT_BUNDLED === "undefined"
    ? new URL(`../../${path}`, import.meta.url)
    : new URL(path.replace(/\.ts$/, ".js"), import.meta.url);
}
