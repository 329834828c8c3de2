import { type ErrorBody, FaztError, toFaztError } from "./fazt_error.ts";

/** Work that blocks its thread; `tell` reports how far it is. */
// The table erases parameter types: each task is called through its own typed wrapper.
// deno-lint-ignore no-explicit-any
export type Task = (params: any, tell: (progress: unknown) => void) => unknown;

type ToWorker = { readonly name: string; readonly params: unknown };
type FromWorker =
  | { readonly kind: "progress"; readonly progress: unknown }
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: ErrorBody; readonly status: number };

/** Shortest time between two reports, ms. */
const REPORT_MS = 50;

/** The worker's end: does one task after another. */
export function serveTasks(tasks: Readonly<Record<string, Task>>): void {
  const scope = self as unknown as {
    onmessage: (event: MessageEvent<ToWorker>) => void;
    postMessage(message: FromWorker): void;
  };
  scope.onmessage = async ({ data: { name, params } }) => {
    let told = -Infinity;
    let step: unknown;
    const tell = (progress: unknown) => {
      const now = performance.now();
      const next = (progress as { readonly step?: unknown }).step;
      if (next === step && now - told < REPORT_MS) return;
      [told, step] = [now, next];
      scope.postMessage({ kind: "progress", progress });
    };
    try {
      scope.postMessage({ kind: "done", value: await tasks[name]!(params, tell) });
    } catch (thrown) {
      const error = toFaztError(thrown);
      // Only what the worker was working on: it has no secrets in its errors.
      const details = thrown instanceof FaztError ? {} : { details: { cause: String(thrown) } };
      scope.postMessage({
        kind: "failed",
        error: { ...details, ...error.toBody() },
        status: error.status,
      });
    }
  };
}

/** A worker of its own for what takes seconds or more: one task at a time, gone when closed. */
export class TaskWorker {
  readonly #worker: Worker;
  #waiting:
    | {
      readonly resolve: (value: never) => void;
      readonly reject: (error: FaztError) => void;
      readonly tell: ((progress: never) => void) | undefined;
    }
    | undefined;

  constructor(url: URL) {
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      const waiting = this.#waiting;
      if (data.kind === "progress") return waiting?.tell?.(data.progress as never);
      this.#waiting = undefined;
      if (data.kind === "done") waiting?.resolve(data.value as never);
      else waiting?.reject(FaztError.from(data.error, data.status));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.close(`its worker ended: ${event.message}`);
    };
  }

  /** Does a task. @throws {FaztError} what the task threw. */
  run<R, P = unknown>(
    name: string,
    params: unknown,
    tell?: (progress: P) => void,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#waiting = { resolve: resolve as never, reject, tell: tell as never };
      this.#worker.postMessage({ name, params } satisfies ToWorker);
    });
  }

  /** Ends it, in the middle of what it does too. */
  close(why = "the node is stopping"): void {
    this.#worker.terminate();
    this.#waiting?.reject(new FaztError("BUSY", `Cannot go on: ${why}`, { hint: "try again" }));
    this.#waiting = undefined;
  }
}
