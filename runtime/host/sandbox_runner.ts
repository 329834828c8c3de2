import type {
  CodeFault,
  RunnableApp,
  SandboxFailure,
  SandboxLine,
  SandboxRequest,
  SandboxResult,
} from "../../kernel/proc/mod.ts";
import { Checker, type Program, readStack, withPositions } from "../sandbox/mod.ts";
import { type Death, Isolate, type LogLine } from "./isolate.ts";
import { realmPermissions } from "./permissions.ts";
import type { RealmPool } from "./realm_pool.ts";
import { withoutBootstrap } from "./source_positions.ts";
import { SyscallMeter } from "./syscall_meter.ts";

const NOTHING = realmPermissions([]);
/** What a line costs beside its text, as in the isolate: all are held in memory. */
const LINE_BYTES = 64;

/** Runs code each time in a new isolate of the realm that may do nothing, and ends it after. */
export class SandboxRunner {
  readonly #checker = new Checker();
  readonly #running = new Set<Isolate>();

  constructor(
    private readonly realms: RealmPool,
    /** Hears of each isolate and the numbers it shares; returns what is called when it ended. */
    private readonly follow: (appId: string, vital: SharedArrayBuffer) => () => void,
  ) {}

  /** What is wrong with code. */
  async check(code: string): Promise<readonly CodeFault[]> {
    const read = await this.#checker.read(code);
    return "script" in read ? [] : read;
  }

  async run(request: SandboxRequest): Promise<SandboxResult> {
    const read = await this.#checker.read(request.code);
    if ("script" in read) return await this.#run(request, read);
    const [first] = read;
    const failure: SandboxFailure = { code: "SANDBOX_SYNTAX", ...first! };
    return { failure, logs: [], ms: 0, ended: Promise.resolve() };
  }

  /** Those that run now, oldest first. */
  get isolates(): Iterable<Isolate> {
    return this.#running;
  }

  close(): void {
    this.#checker.close();
    for (const isolate of [...this.#running]) isolate.kill("retired", "the node stops");
  }

  async #run(request: SandboxRequest, program: Program): Promise<SandboxResult> {
    const { requestId, userId, eventDepth, outputBytes, heapMb, signal } = request;
    const logs: SandboxLine[] = [];
    let began = performance.now();
    let room = outputBytes;
    let death: Death | undefined;
    const log = ({ level, message, fields }: LogLine) => {
      const text = fields === undefined ? message : `${message} ${toText(fields)}`;
      room -= text.length + LINE_BYTES;
      // The isolate counts too and says so in its last line; this is for one that was tampered with.
      if (room < -4096) return;
      logs.push({
        level,
        message: withoutBootstrap(withPositions(text, program.inserted)),
        at: Math.round(performance.now() - began),
      });
    };
    const spawned = this.realms.takeOnce(NOTHING, heapMb);
    const unfollow = this.follow(request.app.id, spawned.vital.buffer as SharedArrayBuffer);
    const isolate: Isolate = new Isolate(
      appOf(request, program),
      { syscall: request.syscall, log },
      {
        spawned,
        onDeath: (_isolate, reason) => death = reason,
        onFree: () => {},
        onCrowded: () => {},
        meter: new SyscallMeter(),
        sandbox: { input: request.input, outputLength: outputBytes },
      },
    );
    this.#running.add(isolate);
    const abort = () => isolate.kill("retired", "nobody waits for it");
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    let value: string | undefined;
    let failure: SandboxFailure | undefined;
    try {
      await isolate.load(false);
      began = performance.now();
      const end = await isolate.run({
        requestId,
        userId,
        eventDepth,
        trigger: "sandbox",
      });
      if (end.ok) value = end.text;
      else failure = failureOf(end, { request, program, death });
      if (value !== undefined && byteLength(value) > outputBytes) failure = tooLarge(request);
    } catch (error) {
      failure = failureOf({ code: "APP_STOPPED", failure: loadFailure(error) }, {
        request,
        program,
        death,
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#running.delete(isolate);
      isolate.kill("retired", "");
      unfollow();
    }
    return {
      ...(failure === undefined ? { value } : { failure }),
      logs,
      ms: Math.round((performance.now() - began) * 10) / 10,
      ended: isolate.quiet(),
    };
  }
}

interface RunContext {
  readonly request: SandboxRequest;
  readonly program: Program;
  readonly death: Death | undefined;
}
type Failed = Omit<Extract<Awaited<ReturnType<Isolate["run"]>>, { ok: false }>, "ok">;

function loadFailure(error: unknown): Failed["failure"] {
  const { message = "", stack = "" } = (error ?? {}) as { message?: string; stack?: string };
  return { message, stack, kind: "load" };
}

function failureOf(
  { code, failure }: Failed,
  { request, program, death }: RunContext,
): SandboxFailure {
  if (code === "APP_MEMORY" || death === "memory" || death === "pressure") {
    const message = death === "pressure"
      ? "the node was short of memory"
      : `it needs more than ${request.heapMb} MB`;
    return { code: "SANDBOX_MEMORY", message };
  }
  if (code === "APP_TIMEOUT" || death === "blocked") {
    return { code: "SANDBOX_TIMEOUT", message: `it took longer than ${request.timeMs} ms` };
  }
  if (failure === undefined || code === "APP_STOPPED" && death !== undefined) {
    return { code: "SANDBOX_ERROR", message: failure?.message || "its isolate ended" };
  }
  if (failure.kind === "size") return tooLarge(request);
  const { stack, position } = readStack(failure, program.inserted);
  const said = (text: string) =>
    failure.kind === "value"
      ? text.replace(/^TypeError: Cannot store/, "TypeError: Cannot return")
      : text;
  return {
    code: failure.kind === "load" ? "SANDBOX_SYNTAX" : "SANDBOX_ERROR",
    message: said(failure.message),
    ...position,
    stack: said(stack),
  };
}

function tooLarge({ outputBytes }: SandboxRequest): SandboxFailure {
  return { code: "SANDBOX_OUTPUT", message: `its value is larger than ${outputBytes} bytes` };
}

/** The fields of a line as JSON. What the isolate sent need not be that. */
function toText(fields: unknown): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return "";
  }
}

const byteLength = (text: string) => new TextEncoder().encode(text).length;

/** The code as the app of one isolate: in the name of another, with less. */
function appOf(request: SandboxRequest, { script }: Program): RunnableApp {
  const { app, grants, timeMs, heapMb, outputBytes } = request;
  return {
    ...app,
    revision: 0,
    generation: "",
    grants,
    env: {},
    limits: {
      timeMs,
      heapMb,
      concurrency: 1,
      isolates: 1,
      bodyMs: timeMs,
      consoleBytes: outputBytes,
      syscallsInFlight: request.syscallsInFlight,
      syscallsPerSecond: request.syscallsPerSecond,
    },
    bodyBytes: () => 0,
    module: () => script,
    sourceMap: () => undefined,
  };
}
