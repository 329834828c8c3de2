import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { ANONYMOUS_USER, SYSTEM_USER } from "../lib/ids.ts";
import { TokenBuckets } from "../lib/token_bucket.ts";
import type { Caller } from "../syscall/mod.ts";
import { Courier } from "./courier.ts";
import { type EmitOptions, nextDepth, readTerms } from "./emission.ts";
import { Emitter } from "./emitter.ts";
import { encodeData } from "./event_data.ts";
import { notGranted, tooFast, tooManyPatterns } from "./event_errors.ts";
import {
  expireEvents,
  forgetDeliveries,
  retryDelivery,
  trimSystemEvents,
} from "./event_operations.ts";
import { type DeliveryQuery, type EventPage, listDeliveries, searchEvents } from "./event_reads.ts";
import { appEventType, systemEventType } from "./event_type.ts";
import { type EventListener, Listeners } from "./listeners.ts";
import { parsePattern } from "./pattern.ts";
import type { Deliver, DeliveryRow, EventApp, Timers } from "./shapes.ts";
import { Subscribers } from "./subscribers.ts";

/** What {@link Events} works with. */
export interface EventsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Default: the machine's. */
  readonly timers?: Timers;
  readonly deliver: Deliver;
  readonly onError: (error: unknown) => void;
}

/** What {@link Events.query} looks for. */
export interface EventQuery {
  /** A pattern. Default: every event. */
  readonly type?: string | undefined;
  /** Unix ms; only events from then on. */
  readonly since?: number | undefined;
  /** Only events with a smaller `n`: the next page. */
  readonly before?: number | undefined;
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined;
  /** Only what this app emitted. */
  readonly appId?: string | undefined;
  /** Only what this app may see: its own events, and others' its grants open. */
  readonly viewer?: string | undefined;
}

/** Who and what led to an event of the kernel. */
export interface SystemOptions {
  /** Default: the system's own. */
  readonly userId?: string | undefined;
  /** Of the caller, where app code that handles an event is the cause: ends loops through it. */
  readonly eventDepth?: number | undefined;
}

const DAY_MS = 86_400_000;
/** Events of the kernel that are kept, whatever their age. */
const MAX_SYSTEM_EVENTS = 100_000;
/** Rows of one write of the cleanup. */
const STEP = 500;

const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** The bus: what apps and the kernel tell each other. */
export class Events {
  readonly #subscribers: Subscribers;
  readonly #courier: Courier;
  readonly #listeners: Listeners;
  readonly #rate: TokenBuckets;
  /** By app: how to stop what its running code listens to. */
  readonly #live = new Map<string, Set<() => void>>();
  readonly #emitter: Emitter;

  constructor(private readonly deps: EventsDeps) {
    const { settings, clock, onError } = deps;
    this.#subscribers = new Subscribers(settings);
    this.#listeners = new Listeners(onError);
    this.#rate = new TokenBuckets(clock);
    this.#courier = new Courier({
      ...deps,
      timers: deps.timers ?? systemTimers,
      subscribers: this.#subscribers,
    });
    this.#emitter = new Emitter({
      ...deps,
      courier: this.#courier,
      listeners: this.#listeners,
    });
  }

  /** Begins to deliver. Apps should be known by then; those that are not wait until they are. */
  start(): void {
    this.#courier.start();
  }

  /**
   * Begins no more deliveries and waits for those that run, `graceMs` at most (default 5,000).
   * Comes before the end of what runs apps; what did not end is delivered again by the next node.
   */
  stop(graceMs = 5000): Promise<void> {
    return this.#courier.stop(graceMs);
  }

  /**
   * Takes an app as it is now: after a start, and whenever its name, revision or grants change.
   * Returns the patterns left off because the node allows fewer.
   */
  sync(appId: string, app: EventApp): string[] {
    const leftOff = this.#subscribers.sync(appId, app);
    this.#courier.wakeApp(appId);
    return leftOff;
  }

  /** Forgets an app and what waits for it. What it emitted stays until its time is over. */
  async remove(appId: string): Promise<void> {
    this.#subscribers.remove(appId);
    this.#courier.forget(appId);
    this.#rate.forget(appId);
    for (const stop of this.#live.get(appId) ?? []) stop();
    while (await this.deps.db.write(forgetDeliveries, { appId, limit: STEP }) === STEP);
  }

  /**
   * Emits an event of an app. Resolves when those it is owed to at least once will get it whatever
   * happens to the node.
   * @throws {FaztError} `INVALID`, `PERMISSION`, `TOO_LARGE`, `RATE_LIMITED`, `QUOTA`,
   * `EVENTS_LIMIT` when a subscriber does not keep up, `EVENTS_LOOP`.
   */
  async emitApp(
    caller: Caller,
    event: EmitOptions & { readonly type: string; readonly data?: unknown },
  ): Promise<{ readonly id: string }> {
    const { appId, userId = ANONYMOUS_USER } = caller;
    const type = appEventType(caller.appName, event.type);
    const limit = (key: "kb" | "keepDays" | "perSecond") => this.#subscribers.limit(appId, key);
    const depth = nextDepth(type, caller.eventDepth);
    const perSecond = limit("perSecond");
    if (!this.#rate.take(appId, { perSecond, burst: perSecond }).allowed) {
      throw tooFast(type, perSecond);
    }
    return await this.#emitter.emit({
      emitter: appId,
      userId,
      type,
      data: encodeData(type, event.data, limit("kb")),
      depth,
      persist: event.persist ?? false,
      durable: event.delivery === undefined ? undefined : event.delivery === "at-least-once",
      terms: readTerms(type, event, limit("keepDays")),
    }, this.#subscribers.targets(type, appId));
  }

  /**
   * Emits an event of the kernel, kept in the history. Never rejects: what goes wrong is reported,
   * and a subscriber that does not keep up misses it.
   */
  async emitSystem(type: string, data?: unknown, options: SystemOptions = {}): Promise<void> {
    const { settings, onError } = this.deps;
    try {
      const depth = nextDepth(type, options.eventDepth);
      const targets = this.#subscribers.targets(systemEventType(type), null);
      const room = targets.filter(({ appId }) => this.#courier.hasRoom(appId));
      if (room.length < targets.length) {
        const missing = targets.filter((target) => !room.includes(target));
        onError(
          new Error(`${type} is not owed to ${missing.map((t) => t.appId).join(", ")}: queue full`),
        );
      }
      await this.#emitter.emit({
        emitter: null,
        userId: options.userId ?? SYSTEM_USER,
        type,
        data: encodeData(type, data, settings.get("limits.events.kb")),
        depth,
        persist: true,
        durable: true,
        terms: readTerms(type, {}, settings.get("limits.events.keepDays")),
      }, room);
    } catch (error) {
      onError(error);
    }
  }

  /**
   * One page of kept events, newest first.
   * @throws {FaztError} `INVALID` for a wrong pattern.
   */
  async query(query: EventQuery = {}): Promise<EventPage> {
    const { viewer, appId } = query;
    const patterns = viewer === undefined ? [] : this.#subscribers.grants(viewer);
    const name = viewer === undefined ? undefined : this.#subscribers.nameOf(viewer);
    return await this.deps.db.background(searchEvents, {
      at: this.deps.clock(),
      pattern: parsePattern(query.type ?? "*", name).text,
      since: query.since ?? 0,
      before: query.before ?? Number.MAX_SAFE_INTEGER,
      limit: Math.min(query.limit ?? 100, 1000),
      // Without grants an app sees its own events only, and these have an index.
      appId: appId ?? (patterns.length === 0 ? viewer : undefined),
      viewer: viewer === undefined
        ? undefined
        : { appId: viewer, patterns: patterns.map(({ text }) => text) },
    });
  }

  /**
   * Hears every matching event live, until the returned function is called.
   * @throws {FaztError} `INVALID` for a wrong pattern.
   */
  watch(pattern: string, listener: EventListener): () => void {
    return this.#listeners.add(parsePattern(pattern), { listener });
  }

  /**
   * Hears events for running code of an app, until the returned function is called.
   * @throws {FaztError} `INVALID`, `PERMISSION` for others' events no grant covers, `EVENTS_LIMIT`.
   */
  subscribe(
    appId: string,
    options: { readonly pattern: string; readonly listener: EventListener },
  ): () => void {
    const subscribers = this.#subscribers;
    const name = subscribers.nameOf(appId);
    const pattern = parsePattern(options.pattern, name);
    const mayHear = () => subscribers.mayHear(appId, pattern);
    if (pattern.fixed[0] !== `app:${name}` && !mayHear()) throw notGranted(pattern.text, name);
    const live = this.#live.get(appId) ?? new Set();
    const used = subscribers.count(appId) + live.size;
    const max = subscribers.limit(appId, "subscriptions");
    if (used >= max) throw tooManyPatterns(pattern.text, used, max);
    const remove = this.#listeners.add(pattern, {
      listener: options.listener,
      accepts: ({ emitter }) => emitter === appId || mayHear(),
    });
    const stop = () => {
      remove();
      live.delete(stop);
      if (live.size === 0) this.#live.delete(appId);
    };
    this.#live.set(appId, live.add(stop));
    return stop;
  }

  /** Deliveries that are owed or were given up, newest first. */
  deliveries(query: DeliveryQuery = {}): DeliveryRow[] {
    return listDeliveries(this.deps.db.reader, query);
  }

  /**
   * Owes a delivery again that was given up, with all its attempts.
   * @throws {FaztError} `NOT_FOUND`
   */
  async retry(id: number): Promise<void> {
    const row = await this.deps.db.write(retryDelivery, { id, at: this.deps.clock() });
    if (row) return this.#courier.oweAgain(row.appId, row.sourceId);
    throw new FaztError("NOT_FOUND", `Cannot retry: no delivery ${id} was given up`, {
      hint: "it may have been retried already, or its event's time is over",
    });
  }

  /** Deletes events whose time is over. */
  async cleanup(): Promise<void> {
    const { db, settings, clock } = this.deps;
    const at = clock();
    const before = at - settings.get("limits.events.keepDays") * DAY_MS;
    for (;;) {
      const { events, unmade } = await db.write(expireEvents, { at, before, limit: STEP });
      this.#courier.unmade(unmade);
      if (events === 0) break;
    }
    while (await db.write(trimSystemEvents, { keep: MAX_SYSTEM_EVENTS, limit: STEP }) === STEP);
  }
}
