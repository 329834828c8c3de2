import { Crowding } from "./crowding.ts";
import { Usage } from "./usage.ts";

/** Silence after which an isolate gets no new requests, ms: longer than a turn should take. */
const UNRESPONSIVE_MS = 1000;

/**
 * The pings of one isolate: whether its event loop turns, whether its requests wait for it, and
 * what it says of itself. One ping is under way at a time.
 */
export class Heartbeat {
  #usage = new Usage(performance.now());
  readonly #crowding = new Crowding();
  #open = false;
  #id = 0;
  #at = 0;
  /** Since when it owes an answer and has answered no call either. */
  #silentSince = 0;
  /** Calls that were open when the last ping was sent. */
  #calls = 0;

  constructor(private readonly send: (id: number) => void) {}

  /** What the isolate has used since it saw its app. */
  get usage(): Usage {
    return this.#usage;
  }

  /** Whether a ping has not been answered yet. */
  get open(): boolean {
    return this.#open;
  }

  /** When the last ping was sent or answered, on the clock of `performance.now()`. */
  get at(): number {
    return this.#at;
  }

  get unresponsive(): boolean {
    return this.#open && performance.now() - this.#silentSince > UNRESPONSIVE_MS;
  }

  /** From here on what is used is the app's. */
  begin(): void {
    this.#usage = new Usage(performance.now());
  }

  /** Sends a ping, unless one is under way. */
  ping(calls: number): void {
    if (this.#open) return;
    this.#open = true;
    this.#at = this.#silentSince = performance.now();
    this.#calls = calls;
    this.send(++this.#id);
  }

  /** Takes an answer, which may be any nonsense; tells whether the calls are in each other's way. */
  pong(id: unknown, usage: unknown): boolean {
    if (!this.#open || id !== this.#id) return false;
    const now = performance.now();
    const delayMs = now - this.#at;
    this.#open = false;
    this.#at = now;
    const cpuMs = this.#usage.take(usage, now);
    return this.#crowding.answered({ delayMs, cpuMs, calls: this.#calls });
  }

  /** It answered a call: it is not silent, whether or not its answer to the ping is still due. */
  spoke(): void {
    if (this.#open) this.#silentSince = performance.now();
  }

  /** Whether `calls` wait for a ping's answer that does not come. */
  crowded(now: number, calls: number): boolean {
    return this.#open && this.#crowding.unanswered({ silentMs: now - this.#at, calls });
  }

  /** It was ended because it did not answer: the time of its silence is its own. */
  chargeSilence(): void {
    const now = performance.now();
    if (this.#open) this.#usage.charge(now - this.#at, now);
  }
}
