import { unitOf } from "../stdlib/mod.ts";

/** The function of the finished module that gives a library module; a global to esbuild. */
export const LIBRARY = "__fazt_library";

/**
 * The standard library modules an app uses, with all they need in turn, as text to stand before
 * its module: a function {@link LIBRARY} that runs each module once, at the first call for it.
 * They are packed already, so no build has to read them again. Empty when none is used.
 * @param read the packed text of a module
 */
export async function linkLibrary(
  keys: Iterable<string>,
  read: (key: string) => Promise<string | undefined>,
): Promise<string> {
  const linked = new Map<string, string>();
  const pending = [...keys];
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (linked.has(key)) continue;
    const code = await read(key);
    if (code === undefined) throw new Error(`the standard library lacks "${key}"`);
    linked.set(key, code);
    pending.push(...needs(code));
  }
  if (linked.size === 0) return "";
  const modules = [...linked].sort(([a], [b]) => a < b ? -1 : 1).map(([key, code]) =>
    `${JSON.stringify(key)}: function (module, exports, require) {\n${code}\n}`
  );
  return `const ${LIBRARY} = (() => {
const modules = { __proto__: null,
${modules.join(",\n")}
};
const loaded = { __proto__: null };
return function load(key) {
  if (loaded[key] === undefined) {
    const module = loaded[key] = { exports: {} };
    modules[key].call(module.exports, module, module.exports, load);
  }
  return loaded[key].exports;
};
})();
`;
}

/** The library modules a packed text asks for. */
function needs(code: string): string[] {
  return [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1]!)
    .filter((key) => key.includes(":chunk-") || unitOf(key) !== undefined);
}
