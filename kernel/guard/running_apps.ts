import type { RunningRecord, Strikes } from "./suspects.ts";

/** Places of the numbers that an isolate shares: see `runtime/guest/turns.ts`. */
const STATE = 0;
const TURNS = 1;
const IN_TURN = 1;
/** How long who ran counts as having run a moment ago, ms. */
const RECENT_MS = 1000;
/** An isolate that was ended in the middle of a turn may go on for a while; ms. */
const LINGER_MS = 10_000;

interface Followed {
  readonly appId: string;
  readonly vital: Int32Array;
  turns: number;
  ranAt: number;
  endedAt: number | undefined;
}

/** Knows whose code runs, from numbers that the isolates share: nobody has to tell. */
export class RunningApps {
  readonly #isolates = new Map<number, Followed>();
  #strikes: Record<string, { readonly count: number; readonly at: number }>;

  constructor(strikes: Strikes) {
    this.#strikes = { ...strikes };
  }

  /** Follows an isolate that loads an app from now on. */
  follow(id: number, { appId, vital, now }: {
    readonly appId: string;
    readonly vital: Int32Array;
    readonly now: number;
  }): void {
    const turns = Atomics.load(vital, TURNS);
    this.#isolates.set(id, { appId, vital, turns, ranAt: now, endedAt: undefined });
  }

  /** The kernel is done with an isolate. */
  ended(id: number, now: number): void {
    const isolate = this.#isolates.get(id);
    if (isolate !== undefined) isolate.endedAt = now;
  }

  /** Forgets what an app is suspected of: its code is another. */
  forgive(appId: string): void {
    delete this.#strikes[appId];
  }

  /** What to keep now. */
  look(now: number): RunningRecord {
    const running = new Set<string>();
    const recent = new Set<string>();
    for (const [id, isolate] of this.#isolates) {
      const inTurn = Atomics.load(isolate.vital, STATE) === IN_TURN;
      const turns = Atomics.load(isolate.vital, TURNS);
      if (inTurn || turns !== isolate.turns) isolate.ranAt = now;
      isolate.turns = turns;
      if (inTurn) running.add(isolate.appId);
      if (now - isolate.ranAt <= RECENT_MS) recent.add(isolate.appId);
      const { endedAt } = isolate;
      if (endedAt !== undefined && (!inTurn || now - endedAt > LINGER_MS)) {
        this.#isolates.delete(id);
      }
    }
    return { running: [...running], recent: [...recent], strikes: this.#strikes };
  }
}
