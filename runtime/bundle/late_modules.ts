import { LIBRARY } from "./link_library.ts";

/**
 * Namespaces of `fazt` whose code is part of the standard library and not of every isolate, each
 * with what code that uses it must hold. `json` alone is in nearly every app, as the method of a
 * request and in `application/json`.
 */
const LATE = [
  { module: "fazt/expr", mention: /\bexpr\b/ },
  { module: "fazt/json", mention: /(?<![\w/-])json\b(?!\s*\()/ },
] as const;

/** Modules of the library that an app's built code reaches through `fazt`; rather one too many. */
export function lateModules(code: string): string[] {
  return LATE.filter(({ mention }) => mention.test(code)).map(({ module }) => module);
}

/**
 * A line of a finished module, after its library, that tells the isolate where its library is.
 * It is found there by the same symbol: see `runtime/guest/fazt_api.ts`.
 */
export const SHARE_LIBRARY = `globalThis[Symbol.for("fazt.library")] = ${LIBRARY};\n`;
