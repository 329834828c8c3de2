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
 * `fazt.events` that needs no running listener. Neither call needs a grant of its own: an app
 * emits in its own name only, and sees others' events as far as its grants go.
 */
export function eventSyscalls(events: Events): Syscall[] {
  return [
    syscall("events.emit", undefined, emit, (caller, input) => events.emitApp(caller, input)),
    syscall(
      "events.query",
      undefined,
      query,
      (caller, input) => events.query({ ...input, viewer: caller.appId }),
    ),
  ];
}
