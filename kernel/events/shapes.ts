/** How hard the node tries: durably and again after failures, or once and from memory. */
export type DeliveryMode = "at-least-once" | "at-most-once";

/** An event as those who listen live get it. Times are Unix ms. */
export interface BusEvent {
  readonly id: string;
  /** On the bus: `app:<name>.…` or `system.…`. */
  readonly type: string;
  /** A JSON value. */
  readonly data: unknown;
  /** Who emitted it: `app:<name>` or `system`. */
  readonly source: string;
  readonly at: number;
  readonly correlationId?: string;
  /** 1, or one more than the event whose handler emitted it. */
  readonly depth: number;
}

/** A kept event. `n` grows with every one and pages through the history. */
export interface StoredEvent extends BusEvent {
  readonly n: number;
  readonly expiresAt: number;
}

/** An event as a handler gets it; `attempt` starts at 1. */
export interface DeliveredEvent extends Omit<BusEvent, "depth"> {
  readonly attempt: number;
}

/** One call of a handler. */
export interface DeliveryCall {
  /** A module under `api/`, as `app.json` names it. */
  readonly handler: string;
  readonly event: DeliveredEvent;
  /** To be the caller's `eventDepth` while the handler runs. */
  readonly depth: number;
  readonly timeoutMs: number;
}

/** What became of one call. */
export type DeliveryOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Runs a handler of an app, waking the app if it sleeps. Implemented by the composition. */
export type Deliver = (appId: string, call: DeliveryCall) => Promise<DeliveryOutcome>;

/** One delivery that is owed or was given up. */
export interface DeliveryRow {
  readonly id: number;
  readonly eventId: string;
  readonly type: string;
  /** The subscriber. */
  readonly appId: string;
  readonly handler: string;
  readonly state: "pending" | "dead";
  /** Failed attempts so far. */
  readonly attempts: number;
  /** When the next attempt may be, if it is pending. */
  readonly nextAt: number;
  readonly updatedAt: number;
  /** Why the last attempt failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What of an app the bus needs to know; given again whenever its revision or grants change. */
export interface EventApp {
  readonly name: string;
  /** `events` of `app.json`. */
  readonly events: readonly { readonly on: string; readonly handler: string }[];
  /** Approved grants. */
  readonly grants: Iterable<string>;
  /** `limits.events` of `app.json`; lowers the owner's, never raises them. */
  readonly limits?: {
    readonly kb?: number | undefined;
    readonly perSecond?: number | undefined;
    readonly subscriptions?: number | undefined;
    readonly keepDays?: number | undefined;
  } | undefined;
}

/** Timers that tests replace. */
export interface Timers {
  /** Calls `run` once after `ms`; returns how to cancel it. */
  after(ms: number, run: () => void): () => void;
}
