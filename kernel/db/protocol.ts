import type { ErrorBody } from "../lib/fazt_error.ts";

/** One operation on its way to a worker. */
export interface Job {
  readonly name: string;
  readonly params: unknown;
}

/** What a worker answers for one job. `trace` is for the kernel's own log only. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    readonly error: ErrorBody;
    readonly status: number;
    readonly trace?: string;
    /** The file could not be read or written, whatever was asked of it. */
    readonly fault?: boolean;
  };

export type ToWorker =
  | { readonly kind: "open"; readonly path: string; readonly maxPages: number }
  | { readonly kind: "batch"; readonly jobs: readonly Job[] }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "opened" }
  | { readonly kind: "done"; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" };
