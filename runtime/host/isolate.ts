import { type FaztError, toFaztError } from "../../kernel/lib/fazt_error.ts";
import type { AppTask, CallContext, RunnableApp, TaskResult } from "../../kernel/proc/mod.ts";
import type { Caller, CallerIsolate } from "../../kernel/syscall/mod.ts";
import type { FlatHeaders, FromGuest, GuestCall, GuestError, GuestSandbox } from "../guest/mod.ts";
import type { AppErrorCode } from "./app_errors.ts";
import { Call, type CallOptions } from "./call.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Spawned } from "./realm_client.ts";
import type { EndReason } from "./realm_protocol.ts";
import { mapStack } from "./source_positions.ts";
import type { SyscallMeter } from "./syscall_meter.ts";
import type { Usage } from "./usage.ts";

/** One line of an app's log. */
export interface LogLine {
  readonly appId: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly requestId: string | undefined;
  readonly userId?: string | undefined;
  readonly fields: unknown;
}

/** What an isolate needs of the kernel. */
export interface IsolateHost {
  syscall(caller: Caller, name: string, input: unknown): unknown;
  log(line: LogLine): void;
}

/** Why an isolate is no more: the reasons of its realm, and the kernel's own. */
export type Death = EndReason | "blocked" | "retired" | "broken";

/** A request as the isolate gets it: already read, headers laid flat. */
export interface CallInput {
  readonly method: string;
  readonly url: string;
  readonly headers: FlatHeaders;
  readonly body: Uint8Array | null;
  readonly signal: AbortSignal;
}

/** How the code of a sandbox ended: with its result's text, or not. */
export type RunEnd =
  | { readonly ok: true; readonly text: string | undefined }
  | { readonly ok: false; readonly code: AppErrorCode; readonly failure: Call["failure"] };

/** How often open calls are looked at, ms. */
const SWEEP_MS = 50;
/** Time an isolate has to start before it sees any app, ms. */
export const START_MS = 15_000;
/** Silence after which an isolate whose call is overdue counts as blocked, ms. */
const BLOCKED_MS = 500;
/** What a turn may take beyond the time limit of a call: the kernel answers first. */
const TURN_SLACK_MS = 250;
/** States of a thread: see `runtime/guest/turns.ts`. */
const IN_TURN = 1;
const NO_MORE = 3;
/** Time after which a thread that does not end is given up, ms. */
const STUCK_MS = 600_000;
/** Signal of a task that nobody can take back. */
const NEVER = new AbortController().signal;
const LEVELS = ["debug", "info", "warn", "error"] as const;

const guestCall = ({ requestId, trigger, userId }: CallContext): GuestCall => ({
  requestId,
  trigger,
  userId,
});

/** One thread that runs one app. Everything it says is checked here. */
export class Isolate {
  readonly #calls = new Map<number, Call>();
  /** What led to each open call, by request id: looked up at every syscall. */
  readonly #contexts = new Map<unknown, CallContext>();
  readonly #link: Spawned["link"];
  readonly #grants: ReadonlySet<string>;
  #nextCall = 0;
  #sweep: ReturnType<typeof setInterval> | undefined;
  readonly #heart = new Heartbeat((id) => this.#link.post(["ping", id]));
  #retiring = false;
  #death: Death | undefined;
  /** Whether the thread has ended, in the middle of a turn as it does when its heap is full. */
  #gone = false;
  #quiet: Promise<void> | undefined;
  #syscallsOpen = 0;
  readonly #end = new AbortController();
  readonly #self: CallerIsolate = {
    ended: this.#end.signal,
    push: (topic, value) => {
      if (this.#death === undefined) this.#link.post(["push", topic, value]);
    },
  };
  #loading: { resolve: () => void; reject: (error: GuestError) => void } | undefined;

  constructor(
    readonly app: RunnableApp,
    private readonly host: IsolateHost,
    private readonly options: {
      readonly spawned: Spawned;
      readonly onDeath: (isolate: Isolate, death: Death, text: string) => void;
      /** A place became free. */
      readonly onFree: () => void;
      /** Present where the code is that of a sandbox. Its texts are then left as it sent them. */
      readonly sandbox?: GuestSandbox;
      /** Its requests wait for its processor: another isolate would help them. */
      readonly onCrowded: () => void;
      /** Counts the syscalls of the app. */
      readonly meter: SyscallMeter;
    },
  ) {
    this.#link = options.spawned.link;
    this.#grants = new Set(app.grants);
  }

  /** Whether app code still runs in it, also after it was told to end. */
  get running(): boolean {
    return !this.#gone && Atomics.load(this.options.spawned.vital, 0) === IN_TURN;
  }

  /** Whether, since this was asked, a turn took much more memory than its heap may hold. */
  tookMuch(): boolean {
    const turned = Atomics.exchange(this.options.spawned.vital, 2, 0) === 1;
    return turned || this.#death === "memory" || this.#death === "pressure";
  }

  /** For how long it has been in a turn that answers nothing, ms; 0 between turns. */
  get turnMs(): number {
    return this.running && this.#heart.open ? performance.now() - this.#heart.at : 0;
  }

  /** Why it ended itself at the end of a turn, if it did. */
  get #ending(): readonly [Death, string] | undefined {
    const said = Atomics.load(this.options.spawned.vital, 0);
    if (said === 2) return ["blocked", "a turn took too long"];
    return said === 4 ? ["memory", "it kept more in memory than its heap may hold"] : undefined;
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  /** Whether a new request may be given to it. */
  get open(): boolean {
    return !this.#retiring && this.#death === undefined && !this.#heart.unresponsive;
  }

  /** What it has used since it saw its app. */
  get usage(): Usage {
    return this.#heart.usage;
  }

  /** Asks it what it has used; the answer is in `usage` soon after. */
  sample(): void {
    if (this.#death !== undefined) return;
    const ending = this.#ending;
    if (ending !== undefined) return this.#die(...ending);
    this.#heart.ping(this.#calls.size);
  }

  /** Loads the app's module. Rejects with the app's own error or the reason it ended. */
  async load(direct: boolean): Promise<void> {
    const { app } = this;
    const { spawned } = this.options;
    const limit = (ms: number, what: string) => setTimeout(() => this.#die("blocked", what), ms);
    let timer = limit(START_MS, "the isolate did not start");
    try {
      const loaded = new Promise<void>((resolve, reject) => this.#loading = { resolve, reject });
      loaded.catch(() => {});
      spawned.onAbuse = (text) => this.#die("fault", text);
      spawned.onGone = (reason, text) => {
        this.#gone ||= reason !== "pressure";
        this.#die(...(reason === "exit" && this.#ending || [reason, text] as const));
      };
      await Promise.race([spawned.ready, loaded]);
      clearTimeout(timer);
      timer = limit(app.limits.timeMs, "the module did not finish loading");
      this.#heart.begin();
      this.#link.on((message) => this.#hear(message));
      this.#link.post(["load", {
        id: app.id,
        name: app.name,
        version: app.version,
        url: app.url,
        env: app.env,
        direct,
        consoleBytes: app.limits.consoleBytes,
        bufferBytes: app.limits.heapMb * 2 * 1024 * 1024,
        heapBytes: app.limits.heapMb * 1024 * 1024,
        syscallsOpen: app.limits.syscallsInFlight * 2,
        turnMs: app.limits.timeMs + TURN_SLACK_MS,
        sandbox: this.options.sandbox,
      }, app.module()]);
      await loaded;
    } finally {
      clearTimeout(timer);
      this.#loading = undefined;
    }
  }

  /** Gives it a request; resolves with the response or a failure's. */
  request(input: CallInput, context: CallContext): Promise<Response> {
    const { signal } = input;
    const call = this.#open({
      context,
      signal,
      head: input.method === "HEAD",
      limitMs: this.app.limits.timeMs,
    });
    const { method, url, headers, body } = input;
    this.#link.post(["call", call.id, method, url, headers, body, guestCall(context)]);
    return call.response;
  }

  /** Gives it a task; resolves when it is done or has failed. */
  async task(task: AppTask, context: CallContext): Promise<TaskResult> {
    const call = this.#open({
      context,
      signal: task.signal ?? NEVER,
      head: false,
      limitMs: task.timeoutMs,
    });
    const { handler, event } = task;
    this.#link.post(["task", call.id, { handler, event }, guestCall(context)]);
    const response = await call.response;
    if (response.ok) return { ok: true };
    const { error } = await response.json() as { error: { code: string; message: string } };
    return { ok: false, code: error.code, message: call.failure?.message ?? error.message };
  }

  /** Runs the code of a sandbox; resolves with its result's text or how it failed. */
  async run(context: CallContext): Promise<RunEnd> {
    const call = this.#open({
      context,
      signal: NEVER,
      head: false,
      limitMs: this.app.limits.timeMs,
    });
    this.#link.post(["run", call.id, guestCall(context)]);
    const response = await call.response;
    if (response.ok) return { ok: true, text: response.body ? await response.text() : undefined };
    const { error } = await response.json() as { error: { code: AppErrorCode } };
    return { ok: false, code: error.code, failure: call.failure };
  }

  /**
   * Resolves when no code of an isolate that was ended runs any more, nor will. A thread that
   * nothing can stop is given up after ten minutes.
   */
  quiet(): Promise<void> {
    return this.#quiet ??= this.#untilQuiet();
  }

  async #untilQuiet(): Promise<void> {
    const giveUp = performance.now() + STUCK_MS;
    for (
      let wait = 5;
      this.#turns() && performance.now() < giveUp;
      wait = Math.min(500, wait * 2)
    ) {
      await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, wait)));
    }
    this.#link.kill();
  }

  /** Whether a turn runs; if not, none will begin. */
  #turns(): boolean {
    const { vital } = this.options.spawned;
    return !this.#gone && Atomics.compareExchange(vital, 0, 0, NO_MORE) === IN_TURN;
  }

  #open(options: Pick<CallOptions, "context" | "signal" | "head" | "limitMs">): Call {
    const id = ++this.#nextCall;
    const call = new Call(this.#link, { ...options, id, onEnd: () => this.#ended(id) });
    this.#calls.set(id, call);
    this.#contexts.set(options.context.requestId, options.context);
    this.#sweep ??= setInterval(() => this.#look(), SWEEP_MS);
    return call;
  }

  /** Takes no new request; ends when the open ones are answered. */
  retire(): void {
    this.#retiring = true;
    if (this.#calls.size === 0) this.#die("retired", "");
  }

  /** Ends it now. */
  kill(death: Death, text: string): void {
    this.#die(death, text);
  }

  #ended(id: number): void {
    const call = this.#calls.get(id);
    if (call) this.#contexts.delete(call.context.requestId);
    this.#calls.delete(id);
    this.#heart.spoke();
    if (this.#calls.size === 0) {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
      if (this.#retiring) return this.#die("retired", "");
    }
    this.options.onFree();
  }

  #die(death: Death, text: string): void {
    if (this.#death !== undefined) return;
    this.#death = death;
    if (death === "blocked") this.#heart.chargeSilence();
    clearInterval(this.#sweep);
    this.#link.close();
    void this.quiet();
    this.#end.abort();
    this.#loading?.reject({ message: text || death, stack: "" });
    const code = death === "memory" || death === "pressure"
      ? "APP_MEMORY"
      : death === "blocked"
      ? "APP_TIMEOUT"
      : "APP_STOPPED";
    for (const call of [...this.#calls.values()]) call.fail(code);
    this.options.onDeath(this, death, text);
  }

  /** Deadlines, visitors who left, and whether the thread still turns. */
  #look(): void {
    const now = performance.now();
    // Its thread may take a while to be gone after V8 ended the turn.
    const ending = this.#ending;
    if (ending !== undefined) return this.#die(...ending);
    if (this.#heart.open) {
      const overdue = [...this.#calls.values()].some((call) => call.overdue(now));
      const silence = now - this.#heart.at;
      const longest = Math.max(...[...this.#calls.values()].map((call) => call.limitMs));
      if (this.#heart.crowded(now, this.#calls.size)) this.options.onCrowded();
      if (silence > longest || (overdue && silence > BLOCKED_MS)) {
        return this.#die("blocked", "a call did not let the event loop turn");
      }
    } else if (now - this.#heart.at > 2 * SWEEP_MS) this.#heart.ping(this.#calls.size);
    let expired = false;
    for (const call of this.#calls.values()) {
      call.watchVisitor();
      if (call.overdue(now) && !this.#heart.open) {
        call.fail("APP_TIMEOUT");
        expired = true;
      }
    }
    // What such a call left behind still runs: the next requests get a fresh isolate.
    if (expired && this.#death === undefined) this.retire();
  }

  #hear(message: FromGuest): void {
    switch (message[0]) {
      case "loaded":
        return this.#loading?.resolve();
      case "broken":
        return this.#loading?.reject(this.#guestError(message[1]));
      case "pong":
        if (this.#heart.pong(message[1], message[2])) this.options.onCrowded();
        return;
      case "result":
        return this.#calls.get(message[1])?.result(message[2], message[3], message[4], message[5]);
      case "chunk":
        return this.#calls.get(message[1])?.chunk(message[2]);
      case "end":
        return this.#calls.get(message[1])?.end();
      case "cut":
      case "failed": {
        const call = this.#calls.get(message[1]);
        if (call === undefined) return;
        const error = this.#guestError(message[0] === "cut" ? message[2] : message[3]);
        this.#log("error", error.stack || error.message, call.context.requestId);
        call.failure = { ...error, kind: "error" };
        return call.fail(
          message[0] === "failed" && message[2] === "response" ? "APP_RESPONSE" : "APP_ERROR",
        );
      }
      case "value":
        return this.#value(this.#calls.get(message[1]), message[2]);
      case "thrown": {
        const call = this.#calls.get(message[1]);
        if (call === undefined) return;
        call.failure = { ...this.#guestError(message[3]), kind: String(message[2]) };
        return call.fail("APP_ERROR");
      }
      case "syscall":
        return this.#syscall(message[1], message[2], message[3], message[4]);
      case "log":
        return this.#log(message[2], message[3], message[1], message[4]);
    }
  }

  #value(call: Call | undefined, text: unknown): void {
    const max = this.options.sandbox?.outputLength ?? 0;
    if (call === undefined || text === null) return call?.result(204, [], null, false);
    if (typeof text === "string" && text.length <= max) return call.result(200, [], text, false);
    call.failure = { message: "", stack: "", kind: "size" };
    call.fail("APP_ERROR");
  }

  #syscall(id: number, requestId: unknown, name: unknown, input: unknown): void {
    const refuse = (error: FaztError) => this.#link.post(["answer", id, false, error.toBody()]);
    const { meter } = this.options;
    const { limits } = this.app;
    const limited = meter.refusal(limits, this.#syscallsOpen);
    if (limited) {
      const send = () => {
        if (this.#death === undefined) refuse(limited);
      };
      if (!meter.tell(send, limits)) this.#die("fault", "it did not stop calling the kernel");
      return;
    }
    const context = this.#contextOf(requestId);
    const caller: Caller = {
      appId: this.app.id,
      appName: this.app.name,
      grants: this.#grants,
      requestId: context?.requestId,
      userId: context?.userId,
      eventDepth: context?.eventDepth,
      isolate: this.#self,
    };
    try {
      const value = this.host.syscall(caller, String(name), input);
      if (!(value instanceof Promise)) return this.#link.post(["answer", id, true, value]);
      this.#syscallsOpen++;
      value.then(
        (result) => this.#answer(() => this.#link.post(["answer", id, true, result])),
        (error) => this.#answer(() => refuse(toFaztError(error))),
      );
    } catch (error) {
      refuse(toFaztError(error));
    }
  }

  /** What led to a syscall: the isolate may only name a call that is open. */
  #contextOf(requestId: unknown): CallContext | undefined {
    return this.#contexts.get(requestId);
  }

  #answer(post: () => void): void {
    this.#syscallsOpen--;
    if (this.#death === undefined) post();
  }

  #log(level: unknown, message: unknown, requestId: unknown, fields?: unknown): void {
    const text = String(message);
    this.host.log({
      appId: this.app.id,
      level: LEVELS.find((known) => known === level) ?? "info",
      message: (text.includes("blob:null/") ? this.#mapped(text) : text)
        .slice(0, this.app.limits.consoleBytes),
      requestId: typeof requestId === "string" ? requestId.slice(0, 64) : undefined,
      userId: this.#contextOf(requestId)?.userId,
      fields,
    });
  }

  #guestError(error: unknown): GuestError {
    const { message, stack } = (error ?? {}) as Partial<GuestError>;
    return {
      message: String(message).slice(0, 4000),
      stack: this.#mapped(String(stack ?? "")),
    };
  }

  #mapped(text: string): string {
    return this.options.sandbox === undefined ? mapStack(text, this.app.sourceMap()) : text;
  }
}
