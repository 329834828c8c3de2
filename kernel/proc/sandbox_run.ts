import type { Caller } from "../syscall/mod.ts";

/** Code to run where it has nothing but what it is given. */
export interface SandboxRequest {
  readonly code: string;
  /** What the code finds as `input`, as text of the value codec. */
  readonly input: string | undefined;
  /** The app in whose name its syscalls are made. */
  readonly app: {
    readonly id: string;
    readonly name: string;
    readonly version: string | undefined;
    readonly url: string;
  };
  /** The grants its syscalls are made with. */
  readonly grants: readonly string[];
  readonly requestId: string;
  readonly userId: string | undefined;
  /** Depth of the event that led here; absent when none did. */
  readonly eventDepth?: number | undefined;
  /** Milliseconds from its start to its result. */
  readonly timeMs: number;
  /** JavaScript heap, MiB. */
  readonly heapMb: number;
  /** Bytes of the result's text, and of its log. */
  readonly outputBytes: number;
  readonly syscallsInFlight: number;
  readonly syscallsPerSecond: number;
  /** Ends it. */
  readonly signal: AbortSignal | undefined;
  /** Makes its syscalls, with the caller that the runner states. */
  readonly syscall: (caller: Caller, name: string, input: unknown) => unknown;
}

/** One line the code wrote to its console or to `fazt.log`. */
export interface SandboxLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  /** Milliseconds from the start of the code to when the line reached the kernel. */
  readonly at: number;
}

/** Something wrong at a place in code; line and column start at 1. */
export interface CodeFault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Why code gave no value. */
export interface SandboxFailure {
  readonly code:
    | "SANDBOX_SYNTAX"
    | "SANDBOX_ERROR"
    | "SANDBOX_TIMEOUT"
    | "SANDBOX_MEMORY"
    | "SANDBOX_OUTPUT";
  /** What the code itself or its reader said. */
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly stack?: string | undefined;
}

/** How a run ended. */
export interface SandboxResult {
  /** Text of the value codec; undefined where the value is. Absent when it failed. */
  readonly value?: string | undefined;
  /** Absent when it went well. */
  readonly failure?: SandboxFailure;
  readonly logs: readonly SandboxLine[];
  readonly ms: number;
  /** Resolves when nothing of it runs any more: later than the result where it had to be ended. */
  readonly ended: Promise<void>;
}
