export {
  canonicalSpecifier,
  isCompanion,
  opensSockets,
  STDLIB_NAMES,
  STDLIB_UNITS,
  type StdlibOrigin,
  type StdlibUnit,
  unitOf,
} from "./catalog.ts";
/** Text of the types of the `fazt` API, for apps. */
export { default as FAZT_TYPES } from "./fazt.d.ts" with { type: "text" };
export { type ImportKind, NpmFiles, type NpmTarget } from "./npm_files.ts";
export { keptPackages } from "./packages.ts";
export { prebuiltStdlib, type StdlibSource } from "./source.ts";
