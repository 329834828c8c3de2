import { moduleUrl } from "../lib/module_url.ts";
import type { Strikes } from "./suspects.ts";
import { VitalSigns } from "./vital_signs.ts";

/** What the kernel tells its watchdog; a `realm` comes with a port that takes `"shed"`. */
export type ToWatchdog =
  | { readonly kind: "watch"; readonly shared: SharedArrayBuffer }
  | { readonly kind: "realm" }
  | { readonly kind: "record"; readonly path: string; readonly strikes: Strikes }
  | {
    readonly kind: "follow";
    readonly id: number;
    readonly appId: string;
    readonly vital: SharedArrayBuffer;
  }
  | { readonly kind: "ended"; readonly id: number }
  | { readonly kind: "forgive"; readonly appId: string };

/** The kernel's beat, ms: often enough to tell a busy loop from a stuck one. */
const BEAT_MS = 100;

/** The kernel's side of the watchdog thread. */
export class Watchdog {
  readonly signs = new VitalSigns();
  readonly #worker = new Worker(moduleUrl("kernel/guard/watchdog_worker.ts"), { type: "module" });
  #recordPath: string | undefined;
  #followed = 0;
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

  /** Keeps in a file who runs, from now until {@link close}. */
  record(path: string, strikes: Strikes): void {
    this.#recordPath = path;
    this.#post({ kind: "record", path, strikes });
  }

  /** Follows an isolate of an app by the numbers it shares; returns how it is let go. */
  follow(appId: string, vital: SharedArrayBuffer): () => void {
    const id = ++this.#followed;
    this.#post({ kind: "follow", id, appId, vital });
    return () => this.#post({ kind: "ended", id });
  }

  /** Forgets what an app is suspected of. */
  forgive(appId: string): void {
    this.#post({ kind: "forgive", appId });
  }

  /** Ends it. To be called where a node stops as it should: nobody is suspected then. */
  close(): void {
    clearInterval(this.#beat);
    this.#worker.terminate();
    // What the thread may still write goes into a file that has no name any more.
    if (this.#recordPath !== undefined) removeFile(this.#recordPath);
  }

  #post(message: ToWatchdog): void {
    this.#worker.postMessage(message);
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
