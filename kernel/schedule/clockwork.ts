import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { fireCron, turnBack } from "./cron_operations.ts";
import { entryBack, entryFire, type Rules } from "./recurring.ts";
import type { Runs } from "./runs.ts";
import type { ScheduleStore } from "./schedule_store.ts";
import type { TimerHandle, Timers } from "./timers.ts";

/** The longest sleep: a clock that was set is noticed within it. */
const LONGEST_SLEEP_MS = 60_000;
/** How long after a failed look (a full disk) the next is. */
const AFTER_FAILURE_MS = 5000;
/** A clock that goes back by less was corrected, not set. */
const JITTER_MS = 1000;
const FIRED_AT_ONCE = 100;

/** What {@link Clockwork} works with. */
export interface ClockworkDeps {
  readonly db: Database;
  readonly store: ScheduleStore;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly rules: (now: number) => Rules;
  readonly log: (message: string) => void;
}

/** Sleeps until the next thing is due, moves due entries on and hands their jobs to {@link Runs}. */
export class Clockwork {
  #on = false;
  #timer: TimerHandle | undefined;
  #look: Promise<void> | undefined;
  #again = false;
  #lastNow = 0;

  constructor(private readonly deps: ClockworkDeps) {}

  async start(): Promise<void> {
    await this.#turnBack(this.deps.clock());
    this.#on = true;
    this.wake();
  }

  async stop(): Promise<void> {
    this.#on = false;
    this.#sleep(undefined);
    await this.#look;
  }

  /** Looks at what is due; while a look is on, once more after it. */
  wake(): void {
    if (!this.#on) return;
    this.#again = true;
    this.#look ??= this.#lookAll();
  }

  /** The look that is on, if one is. */
  get look(): Promise<void> | undefined {
    return this.#look;
  }

  /** Never throws, and waits at least once before it ends. */
  async #lookAll(): Promise<void> {
    const { store, runs, clock, log } = this.deps;
    let next: number | undefined;
    while (this.#again && this.#on) {
      this.#again = false;
      const now = clock();
      try {
        if (now < this.#lastNow - JITTER_MS) await this.#turnBack(now);
        this.#lastNow = now;
        await this.#fire(now);
        await runs.fill(now);
        // What is due and has no room is woken by what ends.
        next = store.nextAt(now);
      } catch (error) {
        next = now + AFTER_FAILURE_MS;
        log(`cannot run what is due: ${error}`);
      }
    }
    this.#look = undefined;
    this.#sleep(next);
  }

  #sleep(until: number | undefined): void {
    const { timers, clock } = this.deps;
    timers.clear(this.#timer);
    this.#timer = undefined;
    if (until === undefined || !this.#on) return;
    const ms = Math.min(LONGEST_SLEEP_MS, Math.max(0, until - clock()));
    this.#timer = timers.set(ms, () => this.wake());
  }

  async #fire(now: number): Promise<void> {
    const { db, store, rules } = this.deps;
    for (;;) {
      const due = store.dueCron(now, FIRED_AT_ONCE);
      if (due.length === 0) return;
      await Promise.all(due.map((row) =>
        db.write(
          fireCron,
          entryFire({ ...row, next_at: row.next_at! }, newId("job"), rules(now)),
        )
      ));
    }
  }

  async #turnBack(now: number): Promise<void> {
    const { db, store, rules, log } = this.deps;
    const ahead = store.cronAhead(now);
    if (ahead.length === 0 && !store.jobsAhead(now)) return;
    log("the clock went back: what is due is worked out again");
    const entries = ahead.map((row) => entryBack(row, rules(now)));
    await db.write(turnBack, { at: now, entries });
  }
}
