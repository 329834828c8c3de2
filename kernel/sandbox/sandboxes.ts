import type { Settings } from "../config/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { newId } from "../lib/ids.ts";
import type {
  AppRunner,
  CodeFault,
  SandboxLine,
  SandboxRequest,
  SandboxResult,
} from "../proc/mod.ts";
import type { SyscallTable } from "../syscall/mod.ts";
import { checkCall, readCapabilities } from "./capabilities.ts";
import { failureError, sandboxError } from "./sandbox_error.ts";
import { type Slot, Slots } from "./slots.ts";

/** The most that may be asked for, whatever the settings say of those who do not ask. */
const MAX_SECONDS = 60, MAX_MEMORY_MB = 256;
const CORES = Math.max(1, navigator.hardwareConcurrency);

/** What {@link Sandboxes} work with once apps can run. */
export interface SandboxWorld {
  readonly runner: AppRunner;
  readonly syscalls: SyscallTable;
}

/** Who has code run. */
export interface SandboxOwner {
  /** Undefined where a person has it run in nobody's name. */
  readonly app: SandboxRequest["app"] | undefined;
  /** What the app holds. */
  readonly grants: ReadonlySet<string>;
  readonly requestId: string | undefined;
  readonly userId: string | undefined;
  readonly eventDepth?: number | undefined;
  /** Ends what runs when nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/** What is to be run. */
export interface ExecInput {
  readonly code: string;
  /** What the code finds as `input`: text of the value codec. */
  readonly input?: string | undefined;
  /** Grants of the app that the code may use. */
  readonly capabilities?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly memoryMb?: number | undefined;
}

/** What code gave. */
export interface ExecResult {
  /** Text of the value codec; absent where it gave undefined. */
  readonly value?: string;
  readonly logs: readonly SandboxLine[];
  readonly ms: number;
}

/** Whether code can be run, and why not. */
export interface ValidateResult {
  readonly valid: boolean;
  readonly errors: readonly CodeFault[];
}

/** Who a person's code that belongs to no app runs for; no app has this id. */
const NOBODY = { id: "owner", name: "owner", version: undefined, url: "" };

/** Generated code, run where it has nothing but what it is given. */
export class Sandboxes {
  readonly #slots = new Slots({
    perOwner: 2,
    total: Math.max(4, CORES),
    waitMs: 2000,
    maxWaiting: 16,
  });
  #world: SandboxWorld | undefined;

  constructor(private readonly settings: Settings) {}

  /** From here on code runs. */
  start(world: SandboxWorld): void {
    this.#world = world;
  }

  /**
   * Runs code.
   * @throws {FaztError} `SANDBOX_*`; of code that ran, `details` has `logs`, `line` and `column`
   */
  async exec(owner: SandboxOwner, input: ExecInput): Promise<ExecResult> {
    const { app = NOBODY } = owner;
    const outputBytes = this.settings.get("limits.sandbox.outputMb") * MIB;
    this.#checkCode(input.code);
    if (input.input !== undefined) {
      checkSize("its input", input.input, { limit: "sandbox.outputMb", max: outputBytes });
    }
    const { timeMs, heapMb } = this.#limits(input);
    const grants = readCapabilities(input.capabilities ?? [], {
      held: owner.grants,
      appName: owner.app?.name,
    });
    const slot = await this.#slot(app.id);
    const { runner, syscalls } = this.#world!;
    let result: SandboxResult;
    try {
      result = await runner.sandbox({
        code: input.code,
        input: input.input,
        app,
        grants,
        requestId: owner.requestId ?? newId("req"),
        userId: owner.userId,
        eventDepth: owner.eventDepth,
        timeMs,
        heapMb,
        outputBytes,
        syscallsInFlight: this.settings.get("limits.runtime.syscallsInFlight"),
        syscallsPerSecond: this.settings.get("limits.runtime.syscallsPerSecond"),
        signal: owner.signal,
        syscall: (caller, name, sent) => {
          checkCall(caller, syscalls.find(name));
          return syscalls.call(caller, name, sent);
        },
      });
    } catch (error) {
      slot.end();
      throw error;
    } finally {
      slot.finish();
    }
    result.ended.then(slot.end);
    const { failure, value, logs, ms } = result;
    if (failure !== undefined) throw failureError(failure, logs);
    return { ...(value === undefined ? {} : { value }), logs, ms };
  }

  /**
   * Reads code without running it.
   * @throws {FaztError} `SANDBOX_SIZE` or `SANDBOX_BUSY`
   */
  async validate(owner: SandboxOwner, code: string): Promise<ValidateResult> {
    this.#checkCode(code);
    const slot = await this.#slot((owner.app ?? NOBODY).id);
    try {
      const errors = await this.#world!.runner.readCode(code);
      return { valid: errors.length === 0, errors };
    } finally {
      slot.finish();
      slot.end();
    }
  }

  #checkCode(code: string): void {
    const max = this.settings.get("limits.sandbox.codeKb") * 1024;
    checkSize("it", code, { limit: "sandbox.codeKb", max });
  }

  #limits({ timeoutMs, memoryMb }: ExecInput): { timeMs: number; heapMb: number } {
    const timeMs = timeoutMs ?? this.settings.get("limits.sandbox.seconds") * 1000;
    const heapMb = memoryMb ?? this.settings.get("limits.sandbox.memoryMb");
    checkRange(timeMs / 1000, { limit: "sandbox.seconds", min: 0.001, max: MAX_SECONDS });
    checkRange(heapMb, { limit: "sandbox.memoryMb", min: 8, max: MAX_MEMORY_MB });
    return { timeMs, heapMb };
  }

  async #slot(owner: string): Promise<Slot> {
    const slot = await this.#slots.take(owner);
    if (slot !== undefined) return slot;
    throw sandboxError("SANDBOX_BUSY", "others run already and none ended in time", {
      hint: "await one before the next; two of an app run at once",
    });
  }
}

function checkRange(
  used: number,
  { limit, min, max }: { readonly limit: string; readonly min: number; readonly max: number },
): void {
  if (used >= min && used <= max) return;
  throw new FaztError("INVALID", `Cannot run the code: ${limit} is ${max} at most, not ${used}`, {
    hint: `ask for ${min} to ${max}`,
    details: { limit, used, max },
  });
}

function checkSize(
  what: string,
  text: string,
  { limit, max }: { readonly limit: string; readonly max: number },
): void {
  // A character has one byte at least: what is far too long is not counted.
  const used = text.length > max ? text.length : new TextEncoder().encode(text).length;
  if (used <= max) return;
  throw sandboxError("SANDBOX_SIZE", `${what} has ${used} bytes, ${limit} is ${max}`, {
    hint: `the owner can raise it: fazt config set limits.${limit} <value>`,
    details: { limit, used, max },
  });
}
