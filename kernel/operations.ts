import type { AnyOperation } from "./db/mod.ts";

/** Every change the writer knows. */
export const WRITES: readonly AnyOperation[] = [];

/** Every long read the background worker knows. */
export const LONG_READS: readonly AnyOperation[] = [];
