import type { FromGuest, ToGuest } from "../guest/mod.ts";

/**
 * The kernel's end of the line to one isolate. What is behind it (a thread today, a process for
 * an untrusted app) is nobody else's business.
 */
export interface CellLink {
  /** Sends a message; messages of one turn of the event loop travel together. */
  post(message: ToGuest): void;
  /** Sets who hears what the isolate says; all of it is untrusted. */
  on(handler: (message: FromGuest) => void): void;
  /** Says and hears nothing more. */
  close(): void;
  /** Ends the isolate, which must be in no turn: Deno's `terminate()` stops none. */
  kill(): void;
}
