import { z } from "../lib/zod.ts";
import { type Caller, type Syscall, syscall } from "../syscall/mod.ts";
import type { Sandboxes, SandboxOwner } from "./sandboxes.ts";

/** What is run; shared with the HTTP API. */
export const execShape = {
  code: z.string(),
  capabilities: z.array(z.string().max(1200)).max(50).optional(),
  timeoutMs: z.number().optional(),
  memoryMb: z.int().optional(),
};

/**
 * `fazt.sandbox`: computing needs no grant, and what the code may do beyond it is what its app may.
 * `input` and the value are texts of the value codec.
 */
export function sandboxSyscalls(
  sandboxes: Sandboxes,
  appOf: (appId: string) => SandboxOwner["app"],
): Syscall[] {
  const owner = (caller: Caller): SandboxOwner => ({
    app: appOf(caller.appId),
    grants: caller.grants,
    requestId: caller.requestId,
    userId: caller.userId,
    eventDepth: caller.eventDepth,
    signal: caller.isolate?.ended,
  });
  return [
    syscall(
      "sandbox.exec",
      undefined,
      z.strictObject({ ...execShape, input: z.string().optional() }),
      (caller, input) => sandboxes.exec(owner(caller), input),
    ),
    syscall(
      "sandbox.validate",
      undefined,
      z.object({ code: z.string() }),
      (caller, { code }) => sandboxes.validate(owner(caller), code),
    ),
  ];
}
