import { Refusal } from "./app_errors.ts";
import type { Isolate } from "./isolate.ts";

/** Requests that wait for a place at most; more are refused at once. */
const MAX_WAITING = 1000;
/** Bytes of their bodies together at most. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Something that wants to run in an isolate. */
export interface Guest {
  /** Begins in this isolate, before it returns. */
  readonly enter: (isolate: Isolate) => void;
  readonly refuse: (refusal: Refusal) => void;
  /** Whether nobody waits for its answer any more. */
  readonly left: () => boolean;
  /** Memory it holds while it waits. */
  readonly bytes: number;
}

/** What waits for a place in an isolate of one app, oldest first. */
export class WaitingRoom {
  #guests: { readonly guest: Guest; readonly timer: ReturnType<typeof setTimeout> }[] = [];
  #bytes = 0;

  get size(): number {
    return this.#guests.length;
  }

  get full(): boolean {
    return this.#guests.length >= MAX_WAITING || this.#bytes >= MAX_BYTES;
  }

  /** Adds one that is refused as busy when it got no place within `patienceMs`. */
  add(guest: Guest, patienceMs: number): void {
    const timer = setTimeout(() => {
      this.#guests = this.#guests.filter((other) => other !== entry);
      this.#bytes -= guest.bytes;
      guest.refuse(Refusal.BUSY);
    }, patienceMs);
    const entry = { guest, timer };
    this.#guests.push(entry);
    this.#bytes += guest.bytes;
  }

  /** Lets the oldest in for which `place` finds an isolate, and so on; asks no more once full. */
  admit(place: () => Isolate | undefined): void {
    while (this.#guests.length > 0) {
      const gone = this.#guests[0]!.guest.left();
      const isolate = gone ? undefined : place();
      if (!gone && isolate === undefined) return;
      const { guest, timer } = this.#guests.shift()!;
      clearTimeout(timer);
      this.#bytes -= guest.bytes;
      if (isolate === undefined) guest.refuse(Refusal.STOPPED);
      else guest.enter(isolate);
    }
  }

  /** Sends everybody away. */
  clear(refusal: Refusal): void {
    this.#bytes = 0;
    for (const { guest, timer } of this.#guests.splice(0)) {
      clearTimeout(timer);
      guest.refuse(refusal);
    }
  }
}
