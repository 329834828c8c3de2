/**
 * Kernel to realm. A `spawn` carries the isolate's end of its line as the transferred port, and a
 * `watch` the watchdog's, which sends `"shed"`.
 */
export type ToRealm =
  | {
    readonly kind: "spawn";
    readonly id: number;
    readonly source: string;
    readonly heapMb: number;
    /** Numbers shared with the isolate: see `runtime/guest/turns.ts`. */
    readonly vital: SharedArrayBuffer;
  }
  | { readonly kind: "kill"; readonly id: number }
  | { readonly kind: "watch" };

/** Why an isolate ended, or with `pressure` why it is about to, without the kernel's having told it. */
export type EndReason = "memory" | "fault" | "exit" | "pressure";

/** Realm to kernel. */
export type FromRealm =
  | { readonly kind: "up" }
  | {
    readonly kind: "gone";
    readonly id: number;
    readonly reason: EndReason;
    readonly text: string;
  };
