export {
  canonicalSpecifier,
  STDLIB_NAMES,
  STDLIB_UNITS,
  type StdlibOrigin,
  type StdlibUnit,
  unitOf,
} from "./catalog.ts";
export { type ImportKind, NpmFiles, type NpmTarget } from "./npm_files.ts";
export { keptPackages } from "./packages.ts";
export { prebuiltStdlib, type StdlibSource } from "./source.ts";
