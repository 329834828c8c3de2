import type { Clock } from "../lib/clock.ts";

/** What {@link Announcer} works with. */
export interface AnnouncerDeps {
  /** Emits an event of the kernel and keeps it; never rejects. */
  readonly emit: (type: string, data: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Whether nothing can be kept now. */
  readonly held: () => boolean;
  readonly clock: Clock;
}

/** Events that wait at most; what comes after them is not kept. */
const MAX_WAITING = 100;

/**
 * Emits events about the node itself. In a mode that writes nothing they wait for one that does:
 * what closed the node is in its history once it is open. Each says `at` when it was.
 */
export class Announcer {
  readonly #waiting: { readonly type: string; readonly data: Record<string, unknown> }[] = [];

  constructor(private readonly deps: AnnouncerDeps) {}

  say(type: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push({ type, data: { ...data, at: this.deps.clock() } });
    }
    if (this.deps.held()) return;
    for (const event of this.#waiting.splice(0)) this.deps.emit(event.type, event.data);
  }
}
