import { queueFull } from "./event_errors.ts";
import type { Owed } from "./event_reads.ts";
import type { Lane } from "./lane_scheduler.ts";
import type { Target } from "./subscribers.ts";

/** Deliveries that may wait for one app in the database. */
export const MAX_OWED = 10_000;
/** Those that may wait in memory only: how many, and characters of their data. */
export const MAX_HELD = 1000;
const MAX_HELD_LENGTH = 4 * 1024 * 1024;

/** A delivery kept in memory only; `n` is the newest event in the database when it was emitted. */
export type Held = Omit<Owed, "id" | "attempts" | "nextAt" | "retries">;

/** A lane and what it holds in memory. */
export interface QueueLane extends Lane {
  /** The emitter's app id, or `system`. */
  readonly sourceId: string;
  readonly held: Held[];
  /** Failures in a row that say nothing about the event. */
  stumbles: number;
  /** The app was forgotten. */
  gone: boolean;
}

/** Everything that waits for one app. */
interface Queue {
  readonly lanes: Map<string, QueueLane>;
  owed: number;
  held: number;
  heldLength: number;
}

/** How much waits for each app, by who sent it. */
export class Queues {
  readonly #queues = new Map<string, Queue>();

  /** The lanes of one app, or of all. */
  lanes(appId?: string): QueueLane[] {
    const queues = appId === undefined ? [...this.#queues.values()] : [this.#queues.get(appId)];
    return queues.flatMap((queue) => [...queue?.lanes.values() ?? []]);
  }

  lane(appId: string, sourceId: string): QueueLane {
    const { lanes } = this.#queue(appId);
    let lane = lanes.get(sourceId);
    if (lane === undefined) {
      lane = { appId, sourceId, held: [], stumbles: 0, gone: false };
      lanes.set(sourceId, lane);
    }
    return lane;
  }

  /** Books deliveries that are in the database. */
  load(appId: string, sourceId: string, count: number): QueueLane {
    this.#queue(appId).owed += count;
    return this.lane(appId, sourceId);
  }

  /** Forgets a lane that has nothing to do; what comes next makes a new one. */
  dropLane(lane: QueueLane): void {
    const queue = this.#queues.get(lane.appId);
    if (queue === undefined || queue.lanes.get(lane.sourceId) !== lane) return;
    queue.lanes.delete(lane.sourceId);
    if (queue.lanes.size === 0 && queue.owed === 0) this.#queues.delete(lane.appId);
  }

  /**
   * Takes room for deliveries; returns how to give it back.
   * @throws {FaztError} `EVENTS_LIMIT`, and then none was taken.
   */
  reserve(targets: readonly Target[]): () => void {
    const taken: string[] = [];
    const release = () => taken.forEach((appId) => this.settled(appId));
    for (const { appId } of targets) {
      if (!this.hasRoom(appId)) {
        release();
        throw queueFull(this.#queue(appId).owed, MAX_OWED);
      }
      this.#queue(appId).owed++;
      taken.push(appId);
    }
    return release;
  }

  hasRoom(appId: string): boolean {
    return (this.#queues.get(appId)?.owed ?? 0) < MAX_OWED;
  }

  /** One delivery is owed no more. */
  settled(appId: string): void {
    const queue = this.#queues.get(appId);
    if (queue) queue.owed = Math.max(0, queue.owed - 1);
  }

  /**
   * Takes deliveries into memory; returns their lanes.
   * @throws {FaztError} `EVENTS_LIMIT`, and then none was taken.
   */
  hold(targets: readonly Target[], sourceId: string, event: Omit<Held, "handler">): QueueLane[] {
    const { length } = event.data;
    for (const { appId } of targets) {
      const { held, heldLength } = this.#queue(appId);
      if (held >= MAX_HELD || (held > 0 && heldLength + length > MAX_HELD_LENGTH)) {
        throw queueFull(held, MAX_HELD);
      }
    }
    return targets.map(({ appId, handler }) => {
      const queue = this.#queue(appId);
      queue.held++;
      queue.heldLength += length;
      const lane = this.lane(appId, sourceId);
      lane.held.push({ ...event, handler });
      return lane;
    });
  }

  /** Takes the first delivery of a lane out of memory. */
  takeHeld(lane: QueueLane): void {
    const queue = this.#queues.get(lane.appId);
    const held = lane.held.shift();
    if (queue === undefined || held === undefined) return;
    queue.held--;
    queue.heldLength -= held.data.length;
  }

  forget(appId: string): void {
    for (const lane of this.lanes(appId)) {
      lane.gone = true;
      lane.held.length = 0;
    }
    this.#queues.delete(appId);
  }

  #queue(appId: string): Queue {
    let queue = this.#queues.get(appId);
    if (queue === undefined) {
      queue = { lanes: new Map(), owed: 0, held: 0, heldLength: 0 };
      this.#queues.set(appId, queue);
    }
    return queue;
  }
}
