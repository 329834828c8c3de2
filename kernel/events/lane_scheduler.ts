import type { Timers } from "./shapes.ts";

/** What one emitter sends one app. */
export interface Lane {
  readonly appId: string;
}

/** What a lane wants after a step: another one, nothing, or another one after so many ms. */
export type StepResult = "more" | "idle" | number;

/** Lanes at work at once: of all apps, and of one. */
const MAX_RUNNING = 32;
const MAX_PER_APP = 8;

/** What {@link LaneScheduler} works with. */
export interface SchedulerDeps<L extends Lane> {
  readonly timers: Timers;
  /** Does one thing of a lane; must not throw. Never called twice at once for a lane. */
  readonly step: (lane: L) => Promise<StepResult>;
  /** The lane has nothing to do; it is not looked at again before it is woken. */
  readonly idle: (lane: L) => void;
}

/** Gives lanes their turns: fair between lanes, no app and not all of them together too much. */
export class LaneScheduler<L extends Lane> {
  /** Lanes that wait for their turn or are in a step; true when woken meanwhile. */
  readonly #active = new Map<L, boolean>();
  readonly #asleep = new Map<L, () => void>();
  readonly #ready: L[] = [];
  /** By app: lanes admitted to `#ready` or running, and those that wait to be. */
  readonly #admitted = new Map<string, number>();
  readonly #blocked = new Map<string, L[]>();
  readonly #steps = new Set<Promise<void>>();
  #on = false;

  constructor(private readonly deps: SchedulerDeps<L>) {}

  start(): void {
    this.#on = true;
  }

  /** Begins no more steps; resolves when those that run have ended, or after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#on = false;
    for (const cancel of this.#asleep.values()) cancel();
    this.#asleep.clear();
    const grace = Promise.withResolvers<void>();
    const cancel = this.deps.timers.after(graceMs, grace.resolve);
    await Promise.race([Promise.all(this.#steps), grace.promise]);
    cancel();
  }

  /** There is something to do for the lane, unless it pauses. */
  wake(lane: L): void {
    if (!this.#on || this.#asleep.has(lane)) return;
    if (this.#active.has(lane)) {
      this.#active.set(lane, true);
      return;
    }
    this.#active.set(lane, false);
    this.#admit(lane);
    this.#pump();
  }

  /** Ends a lane's pause without giving it a turn. */
  cancel(lane: L): void {
    this.#asleep.get(lane)?.();
    this.#asleep.delete(lane);
  }

  #admit(lane: L): void {
    const count = this.#admitted.get(lane.appId) ?? 0;
    if (count < MAX_PER_APP) {
      this.#admitted.set(lane.appId, count + 1);
      this.#ready.push(lane);
      return;
    }
    const blocked = this.#blocked.get(lane.appId);
    if (blocked) blocked.push(lane);
    else this.#blocked.set(lane.appId, [lane]);
  }

  #pump(): void {
    while (this.#on && this.#steps.size < MAX_RUNNING && this.#ready.length > 0) {
      const lane = this.#ready.shift()!;
      const step = this.deps.step(lane).then((result) => {
        this.#steps.delete(step);
        this.#after(lane, result);
      });
      this.#steps.add(step);
    }
  }

  #after(lane: L, result: StepResult): void {
    const again = this.#active.get(lane)!;
    this.#active.delete(lane);
    this.#leave(lane.appId);
    if (!this.#on) return;
    if (typeof result === "number") this.#sleep(lane, result);
    else if (result === "more" || again) this.wake(lane);
    else this.deps.idle(lane);
    this.#pump();
  }

  #sleep(lane: L, ms: number): void {
    this.#asleep.set(
      lane,
      this.deps.timers.after(ms, () => {
        this.#asleep.delete(lane);
        this.wake(lane);
      }),
    );
  }

  #leave(appId: string): void {
    const left = this.#admitted.get(appId)! - 1;
    if (left > 0) this.#admitted.set(appId, left);
    else this.#admitted.delete(appId);
    const blocked = this.#blocked.get(appId);
    const next = blocked?.shift();
    if (blocked?.length === 0) this.#blocked.delete(appId);
    if (next) this.#admit(next);
  }
}
