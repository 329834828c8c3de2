/**
 * Where the bundler gets the text of a standard library module. Keys are canonical specifiers
 * and, for parts that modules share, `<unit>:<chunk>`.
 */
export type StdlibSource = (key: string) => Promise<{ readonly code: string } | undefined>;

/** The library as it was packed when Fazt was built: what `packStdlib()` of a bundler gave. */
export function prebuiltStdlib(
  load: () => Promise<Readonly<Record<string, string>>>,
): StdlibSource {
  return async (key) => {
    // Loaded for each question: a node deploys seldom, and the text is megabytes.
    const modules = await load();
    return Object.hasOwn(modules, key) ? { code: modules[key]! } : undefined;
  };
}
