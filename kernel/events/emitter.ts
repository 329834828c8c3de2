import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { MIB } from "../lib/bytes.ts";
import type { Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import type { Courier } from "./courier.ts";
import type { Terms } from "./emission.ts";
import { insertEvent } from "./event_operations.ts";
import { sourceOf } from "./event_type.ts";
import type { Listeners } from "./listeners.ts";
import type { BusEvent } from "./shapes.ts";
import type { Target } from "./subscribers.ts";

/** One event to emit, checked. */
export interface Emission {
  /** An app's id, or null for the kernel. */
  readonly emitter: string | null;
  readonly userId: string;
  readonly type: string;
  readonly data: string;
  readonly depth: number;
  readonly persist: boolean;
  /** Whether subscribers get it at least once; undefined leaves it to whether there are any. */
  readonly durable: boolean | undefined;
  readonly terms: Terms;
}

/** What {@link Emitter} works with. */
export interface EmitterDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly courier: Courier;
  readonly listeners: Listeners;
}

/** Writes events down and hands them on. */
export class Emitter {
  /** Number of the newest event in the database. */
  #newest: number;

  constructor(private readonly deps: EmitterDeps) {
    this.#newest = deps.db.reader.get<{ n: number }>(
      "SELECT coalesce(max(n), 0) AS n FROM events",
    )!.n;
  }

  /** Resolves with the event's id once what is owed of it is on the disk. */
  async emit(e: Emission, targets: readonly Target[]): Promise<{ readonly id: string }> {
    const { db, settings, clock, courier } = this.deps;
    const id = newId("evt");
    const at = clock();
    const expiresAt = at + e.terms.ttlMs;
    const { retries, correlationId } = e.terms;
    // Where nobody said, whoever has a manifest that names it must not miss it.
    const owed = e.durable ?? true ? targets : [];
    if (e.persist || owed.length > 0) {
      const release = courier.reserve(owed);
      const { emitter: appId, userId, type, data, depth, persist } = e;
      try {
        const n = await db.write(insertEvent, {
          event: {
            id,
            appId,
            userId,
            type,
            at,
            expiresAt,
            persist,
            retries,
            depth,
            correlationId,
            data,
          },
          deliveries: owed,
          maxBytes: settings.get("limits.events.appMb") * MIB,
        });
        this.#newest = Math.max(this.#newest, n);
      } catch (error) {
        release();
        throw error;
      }
      courier.owe(owed, e.emitter);
    }
    if (owed.length === 0 && targets.length > 0) {
      const { type, data, depth } = e;
      const held = { n: this.#newest, eventId: id, type, at, expiresAt, depth, correlationId };
      courier.hold(targets, e.emitter, { ...held, data });
    }
    this.#publish(e, { id, at });
    return { id };
  }

  #publish(e: Emission, { id, at }: { readonly id: string; readonly at: number }): void {
    const { type, emitter, data, depth, terms: { correlationId } } = e;
    const make = (): BusEvent => ({
      id,
      type,
      data: JSON.parse(data),
      source: sourceOf(type),
      at,
      ...(correlationId === null ? {} : { correlationId }),
      depth,
    });
    this.deps.listeners.publish({ type, emitter, bytes: data.length, make });
  }
}
