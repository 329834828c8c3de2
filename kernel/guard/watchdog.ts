import { moduleUrl } from "../lib/module_url.ts";
import { VitalSigns } from "./vital_signs.ts";

/** What the kernel tells its watchdog; a `realm` comes with a port that takes `"shed"`. */
export type ToWatchdog =
  | { readonly kind: "watch"; readonly shared: SharedArrayBuffer }
  | { readonly kind: "realm" };

/** The kernel's beat, ms: often enough to tell a busy loop from a stuck one. */
const BEAT_MS = 100;

/** The kernel's side of the watchdog thread. */
export class Watchdog {
  readonly signs = new VitalSigns();
  readonly #worker = new Worker(moduleUrl("kernel/guard/watchdog_worker.ts"), { type: "module" });
  readonly #beat = setInterval(() => this.signs.beat(), BEAT_MS);

  /** `onMemory` is called again and again while memory is over the limit. */
  constructor(onMemory: () => void) {
    this.#worker.onmessage = onMemory;
    this.#worker.postMessage({ kind: "watch", shared: this.signs.shared } satisfies ToWatchdog);
    Deno.unrefTimer(this.#beat);
  }

  /** Gives it a way to end isolates of a realm without the kernel's help. */
  adopt(port: MessagePort): void {
    this.#worker.postMessage({ kind: "realm" } satisfies ToWatchdog, [port]);
  }

  close(): void {
    clearInterval(this.#beat);
    this.#worker.terminate();
  }
}
