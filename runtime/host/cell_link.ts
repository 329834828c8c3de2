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
  /** Ends the isolate at once. */
  kill(): void;
}
