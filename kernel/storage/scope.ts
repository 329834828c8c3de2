import { FaztError } from "../lib/fazt_error.ts";
import { SYSTEM_USER } from "../lib/ids.ts";
import { z } from "../lib/zod.ts";
import { type Caller, type Syscall, syscall } from "../syscall/mod.ts";
import type { Owner } from "./usage.ts";

/**
 * Declares the syscalls of one pillar: each needs the grant `storage:<pillar>` and reaches the
 * app's rows or, where its input says `user: true`, those of the person who is signed in.
 */
export function pillarCalls(pillar: string) {
  return <S extends z.ZodObject>(
    verb: string,
    schema: S,
    run: (owner: Owner, input: z.output<S>, caller: Caller) => unknown,
  ): Syscall =>
    syscall(
      `${pillar}.${verb}`,
      `storage:${pillar}`,
      z.intersection(z.object({ user: z.literal(true).optional() }), schema),
      (caller, input) => run(ownerOf(caller, input.user), input, caller),
    );
}

/**
 * Whose rows a call reaches. Both halves come from the channel, never from the message.
 * @throws {FaztError} `NOT_SIGNED_IN` when a person's rows are asked for and there is none.
 */
function ownerOf(caller: Caller, user: true | undefined): Owner {
  // App-wide rows belong to nobody in particular.
  if (user === undefined) return { appId: caller.appId, userId: SYSTEM_USER };
  if (caller.userId !== undefined) return { appId: caller.appId, userId: caller.userId };
  throw new FaztError("NOT_SIGNED_IN", "Cannot use fazt.storage.user: nobody is signed in", {
    hint: "use fazt.storage for what all visitors share, or look at ctx.user first",
    status: 401,
  });
}
