import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { type Syscall, syscall } from "../syscall/mod.ts";
import type { Events } from "./events.ts";

const emit = z.object({
  type: z.string().max(300),
  data: z.unknown().optional(),
  persist: z.boolean().optional(),
  ttl: z.union([z.number(), z.string().max(20)]).optional(),
  delivery: z.enum(["at-least-once", "at-most-once"]).optional(),
  retries: z.number().optional(),
  correlationId: z.string().max(300).optional(),
});

const query = z.object({
  type: z.string().max(300).optional(),
  since: z.number().finite().optional(),
  before: z.int().optional(),
  limit: z.int().min(1).optional(),
});

/**
 * `fazt.events`. What an isolate listens to ends with it. No call needs a grant of its own: an app
 * emits in its own name only, and sees others' events as far as its grants go.
 */
export function eventSyscalls(events: Events): Syscall[] {
  const live = new WeakMap<AbortSignal, Map<number, () => void>>();
  let last = 0;
  return [
    syscall(
      "events.subscribe",
      undefined,
      z.object({ pattern: z.string().max(300) }),
      (caller, { pattern }) => {
        const { isolate } = caller;
        if (isolate === undefined) {
          throw new FaztError("INVALID", "Cannot listen: no isolate asks");
        }
        const id = ++last;
        const stop = events.subscribe(caller.appId, {
          pattern,
          listener: ({ depth: _, ...event }) =>
            isolate.push("event", { id, event: { ...event, attempt: 1 } }),
        });
        let mine = live.get(isolate.ended);
        if (mine === undefined) live.set(isolate.ended, mine = new Map());
        mine.set(id, stop);
        isolate.ended.addEventListener("abort", stop);
        return id;
      },
    ),
    syscall(
      "events.unsubscribe",
      undefined,
      z.object({ id: z.int() }),
      (caller, { id }) => {
        const mine = caller.isolate && live.get(caller.isolate.ended);
        const stop = mine?.get(id);
        if (stop === undefined) return false;
        stop();
        return mine!.delete(id);
      },
    ),
    syscall("events.emit", undefined, emit, (caller, input) => events.emitApp(caller, input)),
    syscall(
      "events.query",
      undefined,
      query,
      (caller, input) => events.query({ ...input, viewer: caller.appId }),
    ),
  ];
}
