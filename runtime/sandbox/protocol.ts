import type { CodeFault } from "../../kernel/proc/mod.ts";
import type { Program } from "./program.ts";

/** Kernel to checking worker. */
export interface CheckQuestion {
  readonly id: number;
  readonly code: string;
  /** Milliseconds it may take. */
  readonly timeout: number;
}

/** Checking worker to kernel. */
export interface CheckAnswer {
  readonly id: number;
  readonly result: Program | readonly CodeFault[] | "timeout";
}
