import { toFaztError } from "../lib/fazt_error.ts";
import type { Actor, AppActivity } from "./shapes.ts";

/** What is known of a change before it is tried. */
export interface Attempt {
  readonly by: Actor;
  /** What it is about, as the caller named it. */
  readonly target: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Whom the activity log was told of. */
const told = new WeakSet<Actor>();

/** Whether a change this actor asked for stands in the activity log, done or failed. */
export const wasTold = (by: Actor): boolean => told.has(by);

/** Runs a change and tells the activity log how it ended, once. */
export async function audited<T>(
  record: (activity: AppActivity) => void,
  attempt: Attempt & {
    readonly action: string;
    /** The id of the app, from the result or, after a failure, from the target. */
    readonly appId: (result: T | undefined) => string | undefined;
    /** Whether this result changed nothing and is not worth a line. */
    readonly silent?: (result: T) => boolean;
  },
  work: () => Promise<T>,
): Promise<T> {
  const { by } = attempt;
  const tell = (result: string, done?: T) => {
    told.add(by);
    const appId = attempt.appId(done);
    record({
      userId: by.userId,
      actor: by.name,
      ...(by.address === undefined ? {} : { address: by.address }),
      action: attempt.action,
      target: attempt.target.slice(0, 200),
      result,
      ...(appId === undefined ? {} : { appId }),
      ...(attempt.details === undefined ? {} : { details: attempt.details }),
    });
  };
  try {
    const done = await work();
    if (!attempt.silent?.(done)) tell("ok", done);
    return done;
  } catch (error) {
    tell(toFaztError(error).code);
    throw error;
  }
}
