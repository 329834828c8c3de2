import type { Connection } from "./connection.ts";

/**
 * A named change (or long read) that runs on a database worker, with parameters and a result
 * that survive structured cloning. Everything one operation does is one transaction, and it
 * takes the time and ids it needs as parameters, so that the same call gives the same rows.
 */
export interface Operation<P, R> {
  readonly name: string;
  /** Whether it is done even when the disk is nearly full: it frees space or lets the owner in. */
  readonly essential: boolean;
  /** Whether the writer runs it outside of any transaction. */
  readonly alone?: boolean;
  readonly run: (db: Connection, params: P) => R;
}

/** Declares an operation. It must also stand in `kernel/operations.ts` to be known to the worker. */
export function operation<P, R>(
  name: string,
  run: (db: Connection, params: P) => R,
  { essential = false, alone = false }: {
    readonly essential?: boolean;
    readonly alone?: boolean;
  } = {},
): Operation<P, R> {
  return Object.freeze({ name, run, essential, alone });
}

// The registry erases parameter types: the worker gets them back from the caller's own operation.
// deno-lint-ignore no-explicit-any
export type AnyOperation = Operation<any, unknown>;
