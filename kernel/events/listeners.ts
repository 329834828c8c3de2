import type { EventPattern } from "./pattern.ts";
import { PatternIndex } from "./pattern_index.ts";
import type { BusEvent } from "./shapes.ts";

/**
 * Hears events as they happen. While the promise of one call is open further events wait, a
 * bounded number of them; `dropped` says how many were lost since the last call.
 */
export type EventListener = (event: BusEvent, dropped: number) => void | Promise<void>;

/** Events and bytes of JSON one listener may be behind. */
const MAX_EVENTS = 256;
const MAX_BYTES = 1024 * 1024;

/** One event on its way to those who listen live. */
export interface Published {
  readonly type: string;
  /** An app's id, or null for the kernel. */
  readonly emitter: string | null;
  /** Of its data as JSON. */
  readonly bytes: number;
  /** Makes the event; not called when nobody listens. */
  readonly make: () => BusEvent;
}

interface Entry {
  readonly listener: EventListener;
  /** Judged at every event, because a grant can go at any time. */
  readonly accepts: (published: Published) => boolean;
  readonly waiting: { readonly event: BusEvent; readonly bytes: number }[];
  bytes: number;
  dropped: number;
  busy: boolean;
  stopped: boolean;
}

/** Live listeners: kernel-side streams and the code of running isolates. */
export class Listeners {
  readonly #index = new PatternIndex<Entry>();

  constructor(private readonly onError: (error: unknown) => void) {}

  /** Calls `listener` with each matching event until the returned function is called. */
  add(
    pattern: EventPattern,
    { listener, accepts = () => true }: {
      readonly listener: EventListener;
      readonly accepts?: (published: Published) => boolean;
    },
  ): () => void {
    const entry: Entry = {
      listener,
      accepts,
      waiting: [],
      bytes: 0,
      dropped: 0,
      busy: false,
      stopped: false,
    };
    this.#index.add(pattern, entry);
    return () => {
      entry.stopped = true;
      entry.waiting.length = 0;
      this.#index.remove(pattern, entry);
    };
  }

  /** Hands an event to everyone it concerns; never throws and waits for nobody. */
  publish(published: Published): void {
    let event: BusEvent | undefined;
    for (const entry of this.#index.match(published.type)) {
      if (entry.stopped || !entry.accepts(published)) continue;
      event ??= published.make();
      entry.waiting.push({ event, bytes: published.bytes });
      entry.bytes += published.bytes;
      // The newest is kept however large: it is at most one event.
      while (
        entry.waiting.length > MAX_EVENTS || (entry.bytes > MAX_BYTES && entry.waiting.length > 1)
      ) {
        entry.bytes -= entry.waiting.shift()!.bytes;
        entry.dropped++;
      }
      if (!entry.busy) void this.#serve(entry);
    }
  }

  async #serve(entry: Entry): Promise<void> {
    entry.busy = true;
    for (let next; (next = entry.waiting.shift()) !== undefined && !entry.stopped;) {
      entry.bytes -= next.bytes;
      const { dropped } = entry;
      entry.dropped = 0;
      try {
        const pending = entry.listener(next.event, dropped);
        // A listener that needs no waiting gets what is next at once.
        if (pending !== undefined) await pending;
      } catch (error) {
        this.onError(error);
      }
    }
    entry.busy = false;
  }
}
