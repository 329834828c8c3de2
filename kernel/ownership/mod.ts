export type { Forgotten } from "./forgetter.ts";
export { Gone, labelOf } from "./gone.ts";
export { Ownership, type OwnershipDeps, type Purged } from "./ownership.ts";
export { type Erased, People, type Person } from "./people.ts";
export type { PersonShare } from "./read_operations.ts";
export type { Copy } from "./scrubber.ts";
