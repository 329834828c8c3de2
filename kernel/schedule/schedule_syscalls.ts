import { SYSTEM_USER } from "../lib/ids.ts";
import { z } from "../lib/zod.ts";
import { type Syscall, syscall } from "../syscall/mod.ts";
import type { Scheduler } from "./scheduler.ts";

/** `fazt.schedule` and `fazt.cron`: an app's own times, so no grant. State is codec text. */
export function scheduleSyscalls(scheduler: Scheduler): Syscall[] {
  const page = z.object({ limit: z.int().min(1).optional() }).optional();
  return [
    syscall(
      "schedule.enqueue",
      undefined,
      z.object({
        delayMs: z.number(),
        handler: z.string().optional(),
        state: z.string().optional(),
      }),
      (caller, input) => scheduler.enqueue(caller.appId, caller.userId ?? SYSTEM_USER, input),
    ),
    syscall(
      "schedule.cancel",
      undefined,
      z.object({ id: z.string().max(64) }),
      (caller, { id }) => scheduler.cancel(caller.appId, id),
    ),
    syscall(
      "schedule.list",
      undefined,
      page,
      (caller, input) => scheduler.jobs(caller.appId, input),
    ),
    syscall("cron.list", undefined, z.unknown(), (caller) => scheduler.list(caller.appId)),
  ];
}
