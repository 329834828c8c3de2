import type { ErrorBody } from "../../kernel/lib/fazt_error.ts";

/** What an isolate is told of the app it loads. */
export interface GuestApp {
  readonly id: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether the realm has sockets of its own, so that the isolate keeps its own `fetch`. */
  readonly direct: boolean;
  /** Log output of one request, bytes. */
  readonly consoleBytes: number;
  /** Bytes of array buffers and WebAssembly memory together. */
  readonly bufferBytes: number;
  /** Bytes of heap that a turn may leave in use. */
  readonly heapBytes: number;
  /** Syscalls that may be sent and not yet answered; more wait inside the isolate. */
  readonly syscallsOpen: number;
  /** Time the event loop may be held up at once, ms. */
  readonly turnMs: number;
  /** Present where the code is that of a sandbox: it is run by `run` and answers nothing else. */
  readonly sandbox?: GuestSandbox | undefined;
}

/** What the code of a sandbox gets, and may give. */
export interface GuestSandbox {
  /** Text of the value codec. */
  readonly input: string | undefined;
  /** Characters of its result's text. */
  readonly outputLength: number;
}

/** Facts about a call that are not in the request itself. */
export interface GuestCall {
  readonly requestId: string;
  readonly trigger: string;
  readonly userId: string | undefined;
}

/** What a handler is run for besides a request: a schedule, a job or an event. */
export interface GuestTask {
  /** The handler's path, such as `api/cleanup.ts`; undefined is the main module's `scheduled`. */
  readonly handler: string | undefined;
  /** What it is told. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** Header pairs laid flat: name, value, name, value … */
export type FlatHeaders = readonly string[];

/** Kernel to isolate. Several travel in one post as an array. */
export type ToGuest =
  | readonly ["load", GuestApp, string]
  | readonly ["call", number, string, string, FlatHeaders, Uint8Array | null, GuestCall]
  | readonly ["task", number, GuestTask, GuestCall]
  | readonly ["run", number, GuestCall]
  | readonly ["push", string, unknown]
  | readonly ["abort", number]
  | readonly ["pull", number]
  | readonly ["ping", number]
  | readonly ["answer", number, true, unknown]
  | readonly ["answer", number, false, ErrorBody];

/** What an isolate has used: processor time in microseconds since it saw its app, then bytes of its
 * heap and bytes outside of it (array buffers). */
export type GuestUsage = readonly [cpuMicros: number, heap: number, external: number];

/** Isolate to kernel; everything in it is untrusted. */
export type FromGuest =
  | readonly ["ready"]
  | readonly ["loaded"]
  | readonly ["broken", GuestError]
  | readonly ["pong", number, GuestUsage]
  | readonly ["result", number, number, FlatHeaders, string | Uint8Array | null, boolean]
  | readonly ["chunk", number, Uint8Array]
  | readonly ["end", number]
  | readonly ["cut", number, GuestError]
  | readonly ["failed", number, "error" | "response", GuestError]
  | readonly ["value", number, string | null]
  | readonly ["thrown", number, "error" | "value" | "size", GuestError]
  | readonly ["syscall", number, string | undefined, string, unknown]
  | readonly ["log", string | undefined, string, string, unknown];

/** An exception of app code, as text. */
export interface GuestError {
  readonly message: string;
  readonly stack: string;
}
