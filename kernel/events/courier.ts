import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { callHandler } from "./call_handler.ts";
import { nextOwed, type Owed, owedCounts } from "./event_reads.ts";
import { deliveryDead, deliveryDone, deliveryFailed } from "./event_operations.ts";
import { sourceOf, SYSTEM } from "./event_type.ts";
import { LaneScheduler, type StepResult } from "./lane_scheduler.ts";
import { type Held, type QueueLane, Queues } from "./queues.ts";
import type { Deliver, DeliveryOutcome, Timers } from "./shapes.ts";
import type { Subscribers, Target } from "./subscribers.ts";

/** Wait before the second attempt, how it grows, and its end, ms. */
const BACKOFF_MS = 1000;
const BACKOFF_FACTOR = 4;
const MAX_BACKOFF_MS = 300_000;
/** The app was not reached: it says nothing about the event, so no attempt is counted. */
const NOT_REACHED = ["APP_BUSY", "APP_BACKOFF"];
/** Characters of an error that are written down. */
const MAX_MESSAGE = 500;

/** What {@link Courier} works with. */
export interface CourierDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly deliver: Deliver;
  readonly subscribers: Subscribers;
  readonly onError: (error: unknown) => void;
}

/**
 * Delivers events. What is owed stands in the database, and each lane takes its next row from
 * there: memory holds lanes and numbers, and a restart goes on where the last process ended.
 */
export class Courier {
  readonly #queues = new Queues();
  readonly #scheduler: LaneScheduler<QueueLane>;
  #closed = false;

  constructor(private readonly deps: CourierDeps) {
    this.#scheduler = new LaneScheduler({
      timers: deps.timers,
      step: (lane) => this.#step(lane),
      // An app that is not known yet still has its deliveries: its lanes wait for it.
      idle: (lane) => deps.subscribers.has(lane.appId) && this.#queues.dropLane(lane),
    });
    for (const { appId, sourceId, count } of owedCounts(deps.db.reader)) {
      this.#queues.load(appId, sourceId, count);
    }
  }

  /** Begins to deliver to the apps that are known by then, and later to others. */
  start(): void {
    this.#scheduler.start();
    for (const lane of this.#queues.lanes()) this.#wake(lane);
  }

  /**
   * Starts nothing more and waits for what is running, `graceMs` at most: what takes longer is
   * delivered again by the next process.
   */
  async stop(graceMs: number): Promise<void> {
    await this.#scheduler.stop(graceMs);
    this.#closed = true;
  }

  /** Goes on with an app that is known again or has changed. */
  wakeApp(appId: string): void {
    for (const lane of this.#queues.lanes(appId)) this.#wake(lane);
  }

  /**
   * Takes room in the subscribers' queues; returns how to give it back when nothing was written.
   * @throws {FaztError} `EVENTS_LIMIT`
   */
  reserve(targets: readonly Target[]): () => void {
    return this.#queues.reserve(targets);
  }

  /** Whether one more delivery of this app may wait. */
  hasRoom(appId: string): boolean {
    return this.#queues.hasRoom(appId);
  }

  /** Deliveries were written that room was reserved for. */
  owe(targets: readonly Target[], emitter: string | null): void {
    for (const { appId } of targets) this.#wake(this.#queues.lane(appId, emitter ?? SYSTEM));
  }

  /** A delivery that was given up is owed again. */
  oweAgain(appId: string, sourceId: string): void {
    this.#wake(this.#queues.load(appId, sourceId, 1));
  }

  /** Owed deliveries of these apps went without being made; an app may stand there repeatedly. */
  unmade(appIds: readonly string[]): void {
    for (const appId of appIds) this.#queues.settled(appId);
  }

  /**
   * Delivers from memory, after what came before it.
   * @throws {FaztError} `EVENTS_LIMIT`, and then nothing was taken.
   */
  hold(targets: readonly Target[], emitter: string | null, event: Omit<Held, "handler">): void {
    for (const lane of this.#queues.hold(targets, emitter ?? SYSTEM, event)) this.#wake(lane);
  }

  /** Forgets an app: nothing waits for it any more. */
  forget(appId: string): void {
    for (const lane of this.#queues.lanes(appId)) this.#scheduler.cancel(lane);
    this.#queues.forget(appId);
  }

  #wake(lane: QueueLane): void {
    if (this.deps.subscribers.has(lane.appId)) this.#scheduler.wake(lane);
  }

  async #step(lane: QueueLane): Promise<StepResult> {
    const { db, clock, subscribers, onError } = this.deps;
    if (lane.gone || !subscribers.has(lane.appId)) return "idle";
    try {
      const owed = nextOwed(db.reader, lane.appId, lane.sourceId);
      const held = lane.held[0];
      if (held && !(owed && owed.n <= held.n)) return await this.#deliverHeld(lane, held);
      if (!owed) return "idle";
      const wait = Math.min(owed.nextAt - clock(), MAX_BACKOFF_MS);
      return wait > 0 ? wait : await this.#deliverOwed(lane, owed);
    } catch (error) {
      onError(error);
      return backoff(++lane.stumbles);
    }
  }

  async #deliverHeld(lane: QueueLane, held: Held): Promise<StepResult> {
    this.#queues.takeHeld(lane);
    await this.#attempt(lane, { event: held, attempt: 1 });
    return "more";
  }

  async #deliverOwed(lane: QueueLane, owed: Owed): Promise<StepResult> {
    const { db, clock } = this.deps;
    const outcome = await this.#attempt(lane, { event: owed, attempt: owed.attempts + 1 });
    if (this.#closed) return "idle";
    if (outcome.ok) {
      // Its event's time may have ended meanwhile, and then it is not counted any more.
      if (await db.write(deliveryDone, { id: owed.id })) this.#queues.settled(lane.appId);
      lane.stumbles = 0;
      return "more";
    }
    const reached = !NOT_REACHED.includes(outcome.code);
    const attempts = owed.attempts + (reached ? 1 : 0);
    const at = clock();
    const failure = {
      id: owed.id,
      attempts,
      code: outcome.code,
      message: outcome.message.slice(0, MAX_MESSAGE).toWellFormed(),
      at,
    };
    if (outcome.final || attempts > owed.retries) {
      if (await db.write(deliveryDead, failure)) this.#queues.settled(lane.appId);
      return "more";
    }
    lane.stumbles = reached ? 0 : lane.stumbles + 1;
    const nextAt = at + backoff(reached ? attempts : lane.stumbles);
    await db.write(deliveryFailed, { ...failure, nextAt });
    return "more";
  }

  /** One try; `final` when another one could not end differently. */
  async #attempt(
    lane: QueueLane,
    { event, attempt }: { readonly event: Held; readonly attempt: number },
  ): Promise<DeliveryOutcome & { readonly final?: boolean }> {
    const { settings, clock, subscribers } = this.deps;
    const { appId, sourceId } = lane;
    const { handler, type } = event;
    if (event.expiresAt <= clock()) {
      return { ok: false, final: true, code: "EXPIRED", message: "its time to live was over" };
    }
    const emitter = sourceId === SYSTEM ? null : sourceId;
    const refusal = subscribers.refusal({ appId, handler }, { type, emitter });
    if (refusal) return { ok: false, final: true, code: refusal, message: REFUSALS[refusal] };
    const call = {
      handler,
      event: {
        id: event.eventId,
        type,
        data: JSON.parse(event.data),
        source: sourceOf(type),
        at: event.at,
        ...(event.correlationId === null ? {} : { correlationId: event.correlationId }),
        attempt,
      },
      depth: event.depth,
      timeoutMs: settings.get("limits.runtime.seconds") * 1000,
    };
    return await callHandler(this.deps, { appId, call });
  }
}

const REFUSALS = {
  UNSUBSCRIBED: "the app does not listen to it any more",
  PERMISSION: "the grant to hear it was revoked",
};

function backoff(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, BACKOFF_MS * BACKOFF_FACTOR ** (failures - 1));
}
