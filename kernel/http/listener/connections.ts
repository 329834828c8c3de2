import type { EdgeCounts } from "./edge_counts.ts";

/** Limits of {@link Connections}, each asked when it is needed. */
export interface ConnectionLimits {
  /** Connections open at once. */
  readonly total: () => number;
  /** Connections of one address open at once. */
  readonly perAddress: () => number;
  /** Time for the handshake, the first header, and until a quiet connection is closed, ms. */
  readonly handshakeMs: () => number;
  readonly headerMs: () => number;
  readonly idleMs: () => number;
}

/** What a connection is doing, which decides how long it may. */
type Phase = "handshake" | "header" | "idle";

/** How a connection is ended: at once, and gracefully where that is possible. */
export interface ConnectionEnd {
  abort(): void;
  shutdown?(): void;
}

const NEVER_BEGAN: ConnectionEnd = { abort: () => {} };
/** How often deadlines are looked at, ms: that much later than it must a connection may end. */
const SWEEP_MS = 500;
/**
 * Idle connections closed at once when there is no room, at least, and the part of all: not each new
 * one costs a search.
 */
const [EVICTED_LEAST, EVICTED_PART] = [16, 1 / 64];

/** A connection that was let in. */
export class HeldConnection {
  #phase: Phase = "handshake";
  #since = performance.now();
  #busy = 0;
  #end: ConnectionEnd = NEVER_BEGAN;

  constructor(
    private readonly book: Connections,
    readonly counted: string | undefined,
  ) {}

  /** How it is ended from now on. */
  endsBy(end: ConnectionEnd): void {
    this.#end = end;
  }

  /** The handshake is done, or there is none: the first header must come. */
  awaitsHeader(): void {
    this.#phase = "header";
    this.#since = performance.now();
  }

  /** A request came; returns what is called when it is answered. */
  begin(): () => void {
    this.#busy++;
    this.#phase = "idle";
    return () => {
      this.#busy--;
      this.#since = performance.now();
    };
  }

  /** Whether a request is open. */
  get busy(): boolean {
    return this.#busy > 0;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Time since it does what it does, ms; 0 while it is busy. */
  quietMs(now: number): number {
    return this.#busy > 0 ? 0 : now - this.#since;
  }

  close(): void {
    this.#end.abort();
  }

  /** Ends it once its open requests are answered. */
  shutdown(): void {
    if (this.#end.shutdown !== undefined) this.#end.shutdown();
    else if (this.#busy === 0) this.#end.abort();
  }

  /** It is closed. */
  leave(): void {
    this.book.remove(this);
  }
}

/** Every connection there is: how many of whom, and how long each may be quiet. */
export class Connections {
  readonly #open = new Set<HeldConnection>();
  readonly #byAddress = new Map<string, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly counts: EdgeCounts,
  ) {
    this.#timer = setInterval(() => this.sweep(performance.now()), SWEEP_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /**
   * Lets a connection in, or not. Where all places are taken, those go that were quiet for longest.
   * @param counted what its address is counted by; undefined is not counted
   */
  enter(counted: string | undefined): HeldConnection | undefined {
    if (this.#open.size >= this.limits.total()) {
      this.evict();
      if (this.#open.size >= this.limits.total()) {
        this.counts.refused.total++;
        return undefined;
      }
    }
    const held = new HeldConnection(this, undefined);
    this.#add(held);
    return counted === undefined || this.count(held, counted) ? held : undefined;
  }

  /** Counts a connection with its address; false, and it is gone, where that has enough of them. */
  count(held: HeldConnection, counted: string): boolean {
    const open = this.#byAddress.get(counted) ?? 0;
    if (open >= this.limits.perAddress()) {
      this.counts.refused.address++;
      this.remove(held);
      return false;
    }
    this.#byAddress.set(counted, open + 1);
    (held as { counted: string | undefined }).counted = counted;
    return true;
  }

  remove(held: HeldConnection): void {
    if (!this.#open.delete(held)) return;
    this.counts.open = this.#open.size;
    const { counted } = held;
    if (counted === undefined) return;
    const left = this.#byAddress.get(counted)! - 1;
    if (left === 0) this.#byAddress.delete(counted);
    else this.#byAddress.set(counted, left);
  }

  /** Closes those that were quiet for longest; called too when the machine has no more files. */
  evict(): void {
    const now = performance.now();
    const quiet = [...this.#open].filter((held) => !held.busy)
      .sort((a, b) => b.quietMs(now) - a.quietMs(now));
    const count = Math.max(EVICTED_LEAST, Math.floor(this.#open.size * EVICTED_PART));
    for (const held of quiet.slice(0, count)) {
      this.counts.evicted++;
      this.#end(held);
    }
  }

  /** Closes whoever is late. */
  sweep(now: number): void {
    const most = {
      handshake: this.limits.handshakeMs(),
      header: this.limits.headerMs(),
      idle: this.limits.idleMs(),
    };
    for (const held of this.#open) {
      if (held.quietMs(now) <= most[held.phase]) continue;
      this.counts.late[held.phase]++;
      this.#end(held);
    }
  }

  /** Lets open requests be answered and ends all connections; resolves when there is none. */
  async drain(): Promise<void> {
    for (const held of [...this.#open]) held.shutdown();
    while (this.#open.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const held of [...this.#open]) if (!held.busy) held.shutdown();
    }
  }

  /** Ends what is left. */
  close(): void {
    clearInterval(this.#timer);
    for (const held of [...this.#open]) this.#end(held);
  }

  #add(held: HeldConnection): void {
    this.#open.add(held);
    this.counts.accepted++;
    this.counts.open = this.#open.size;
    this.counts.peak = Math.max(this.counts.peak, this.#open.size);
  }

  #end(held: HeldConnection): void {
    this.remove(held);
    held.close();
  }
}
