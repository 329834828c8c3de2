export { Checker } from "./checker.ts";
export { readStack, withPositions } from "./positions.ts";
export type { Insertion, Program } from "./program.ts";
