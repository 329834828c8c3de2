import { APPS_WRITES } from "./apps/mod.ts";
import type { AnyOperation } from "./db/mod.ts";

/** Every change the writer knows. */
export const WRITES: readonly AnyOperation[] = [
  ...APPS_WRITES,
];

/** Every long read the background worker knows. */
export const LONG_READS: readonly AnyOperation[] = [];
