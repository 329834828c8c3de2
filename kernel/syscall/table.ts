import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";

/** The isolate a call came from: what must not outlive it hangs on it. */
export interface CallerIsolate {
  /** Fires when it has ended. */
  readonly ended: AbortSignal;
  /** Sends it something it did not ask for at this moment. */
  push(topic: string, value: unknown): void;
}

/** Who makes a syscall. Built by the kernel from the channel, never from the message. */
export interface Caller {
  readonly appId: string;
  readonly appName: string;
  /** Approved grants. */
  readonly grants: ReadonlySet<string>;
  readonly requestId: string | undefined;
  readonly userId: string | undefined;
  /** Depth of the event whose handler is calling; absent when no event led here. */
  readonly eventDepth?: number | undefined;
  /** Absent when the kernel itself acts for an app. */
  readonly isolate?: CallerIsolate | undefined;
}

/** One thing an app may ask the kernel to do. */
export interface Syscall {
  /** `namespace.verb`, such as `kv.get`. */
  readonly name: string;
  /** The grant it needs; undefined means every app may. */
  readonly grant: string | undefined;
  readonly run: (caller: Caller, input: unknown) => unknown;
}

/** Declares a syscall; the input is checked against `schema` before `run` sees it. */
export function syscall<S extends z.ZodType>(
  name: string,
  grant: string | undefined,
  schema: S,
  run: (caller: Caller, input: z.output<S>) => unknown,
): Syscall {
  return Object.freeze({
    name,
    grant,
    run: (caller: Caller, input: unknown) => {
      const parsed = schema.safeParse(input);
      if (parsed.success) return run(caller, parsed.data);
      throw new FaztError("INVALID", `Cannot call ${name}: ${z.prettifyError(parsed.error)}`);
    },
  });
}

/** Every syscall there is, and the one place where permission is checked. */
export class SyscallTable {
  readonly #calls: ReadonlyMap<string, Syscall>;

  /** @param admit throws for callers who may do nothing any more */
  constructor(
    calls: readonly Syscall[],
    private readonly admit: (caller: Caller) => void = () => {},
  ) {
    this.#calls = new Map(calls.map((call) => [call.name, call]));
  }

  /**
   * The syscall of this name.
   * @throws {FaztError} `NOT_FOUND`
   */
  find(name: string): Syscall {
    const found = this.#calls.get(name);
    if (found !== undefined) return found;
    throw new FaztError("NOT_FOUND", `Cannot call ${name}: this node has no such call`);
  }

  /**
   * Runs a syscall; a synchronous one answers synchronously.
   * @throws {FaztError} `NOT_FOUND`, `PERMISSION` naming the missing grant, `INVALID`, or its own.
   */
  call(caller: Caller, name: string, input: unknown): unknown {
    const found = this.find(name);
    this.admit(caller);
    if (found.grant !== undefined && !caller.grants.has(found.grant)) {
      throw new FaztError("PERMISSION", `Cannot call ${name}: ${found.grant} is not granted`, {
        hint: `add it to "permissions" in app.json, then: fazt app grants approve ` +
          `${caller.appName} ${found.grant}`,
        status: 403,
        details: { grant: found.grant },
      });
    }
    return found.run(caller, input);
  }
}
