import type { ErrorBody } from "../../kernel/lib/fazt_error.ts";
import type { createValueCodec } from "../../kernel/lib/value_codec.ts";
import type { guardAllocations } from "./allocation_guard.ts";
import type { guardNatives } from "./native_guard.ts";
import type { Answer, createAnswers } from "./answer.ts";
import type { createBus } from "./bus.ts";
import type { createChannel, PortLike } from "./channel.ts";
import type { classicRequest } from "./classic_request.ts";
import type { createConsole } from "./console.ts";
import type { createFetch } from "./fetch.ts";
import type { guardCrypto } from "./crypto_guard.ts";
import type { createFazt } from "./fazt_api.ts";
import type { routeCallbacks } from "./callbacks.ts";
import type { createLifetime } from "./lifetime.ts";
import type { createDirect } from "./direct.ts";
import type { createSockets } from "./sockets.ts";
import type { lockdown } from "./lockdown.ts";
import type { createSandboxRun } from "./sandbox_run.ts";
import type {
  FlatHeaders,
  FromGuest,
  GuestApp,
  GuestCall,
  GuestError,
  GuestTask,
  GuestUsage,
} from "./protocol.ts";
import type { createFs } from "./fs.ts";
import type { createStorage } from "./storage.ts";
import type { createDs } from "./storage_ds.ts";
import type { createKv } from "./storage_kv.ts";
import type { createRd } from "./storage_rd.ts";
import type { createS3 } from "./storage_s3.ts";
import type { createTurns, TurnNatives } from "./turns.ts";

/** The functions the bootstrap is assembled from. */
export interface Pieces {
  readonly createValueCodec: typeof createValueCodec;
  readonly guardAllocations: typeof guardAllocations;
  readonly guardNatives: typeof guardNatives;
  readonly createAnswers: typeof createAnswers;
  readonly createBus: typeof createBus;
  readonly createChannel: typeof createChannel;
  readonly createFetch: typeof createFetch;
  readonly classicRequest: typeof classicRequest;
  readonly createConsole: typeof createConsole;
  readonly createDirect: typeof createDirect;
  readonly createSockets: typeof createSockets;
  readonly guardCrypto: typeof guardCrypto;
  readonly createFazt: typeof createFazt;
  readonly createFs: typeof createFs;
  readonly createDs: typeof createDs;
  readonly createKv: typeof createKv;
  readonly createRd: typeof createRd;
  readonly createS3: typeof createS3;
  readonly createLifetime: typeof createLifetime;
  readonly createStorage: typeof createStorage;
  readonly lockdown: typeof lockdown;
  readonly routeCallbacks: typeof routeCallbacks;
  readonly createSandboxRun: typeof createSandboxRun;
  readonly createTurns: typeof createTurns;
}

/** The part of node's `AsyncLocalStorage` the bootstrap uses. */
interface CallStorage {
  run<R>(call: GuestCall, body: () => R): R;
  getStore(): GuestCall | undefined;
}

/** An app's main function, and how what it returns becomes an answer. */
interface Handler {
  readonly run: (request: Request, bytes: Uint8Array, call: GuestCall) => Promise<unknown>;
  /** @throws {TypeError} for what cannot be sent. */
  readonly answerOf: (result: unknown) => Answer;
  /** @throws {TypeError} when the app has no handler for the task. */
  readonly runTask: (task: GuestTask, call: GuestCall, signal: AbortSignal) => Promise<unknown>;
}

/** What node's own modules give the bootstrap before the lockdown. */
export interface Natives {
  readonly port: PortLike;
  readonly calls: CallStorage;
  /** Runs a task after everything that waits, outside of any microtask: node's `nextTick`. */
  readonly defer: (task: () => void) => void;
  /** Compiles a script and gives its value: no text of an app ever reaches it but its module. */
  readonly compile: (code: string) => unknown;
  readonly turns: TurnNatives;
  /** Processor time of this thread, microseconds, then bytes of heap and of array buffers. */
  readonly usage: () => GuestUsage;
}

/**
 * Everything an isolate does: waits for an app, locks itself down, loads the app's module and
 * answers calls. Refers to nothing outside itself: its text runs in isolates.
 */
export function boot(pieces: Pieces, natives: Natives): void {
  const { calls } = natives;
  const turns = pieces.createTurns(natives.turns, (error) => {
    const { message, stack } = describe(error);
    write("error", `Uncaught ${stack || message}`);
  });
  const channel = pieces.createChannel(natives.port, (task, batch) => {
    natives.defer(() => turns.run(() => task(batch)));
  });
  interface Waiting {
    resolve(value: unknown): void;
    reject(error: unknown): void;
    /** Where the call was made, in a sandbox: its code is told the line of what it was refused. */
    readonly from: Error | undefined;
  }
  const waiting = new Map<number, Waiting>();
  const aborts = new Map<number, AbortController>();
  const pulls = new Map<number, () => void>();
  const MAX_STACK = 20_000;
  const pushes = new Map<string, (value: unknown) => void>();
  const logged = new Map<string, number>();
  let loggedSecond = 0;
  let consoleBytes = 0;
  /** What a line of the log costs beside its text: a sandbox's lines are all held in memory. */
  let lineBytes = 1;
  let lastSyscall = 0;
  let cpuBefore = 0;
  /** Bytes outside of the heap past which garbage is looked for. */
  let collectAt = Infinity;
  let syscallsOpen = 0;
  let syscallsMax = 0;
  let held: FromGuest[] = [];
  let heldFrom = 0;
  let handler: Handler;
  let sandbox: ((id: number) => Promise<void>) | undefined;

  const describe = (thrown: unknown): GuestError => {
    try {
      if (thrown instanceof Error) {
        return {
          message: `${thrown.name}: ${thrown.message}`,
          stack: String(thrown.stack ?? "").slice(0, MAX_STACK),
        };
      }
      return { message: `Thrown: ${String(thrown)}`, stack: "" };
    } catch {
      return { message: "Thrown: something that cannot be shown", stack: "" };
    }
  };
  const toJson = (fields: unknown) => {
    try {
      return fields === undefined ? undefined : JSON.parse(JSON.stringify(fields) ?? "null");
    } catch {
      return { unserializable: true };
    }
  };

  function write(level: string, message: string, fields?: unknown): void {
    const requestId = calls.getStore()?.requestId;
    const key = requestId ?? "";
    // Outside of any request the allowance is one a second.
    const second = Math.floor(performance.now() / 1000);
    if (requestId === undefined && second !== loggedSecond) logged.delete(key);
    loggedSecond = second;
    const used = logged.get(key) ?? 0;
    if (used > consoleBytes) return;
    const safe = toJson(fields);
    const size = message.length + (safe === undefined ? 0 : JSON.stringify(safe).length);
    logged.set(key, used + size + lineBytes);
    if (used + size + lineBytes <= consoleBytes + 1) {
      return channel.send(["log", requestId, level, message, safe]);
    }
    channel.send(["log", requestId, level, message.slice(0, consoleBytes - used), undefined]);
    const cut =
      `Log output of one request is limited to ${consoleBytes} bytes; the rest is dropped`;
    channel.send(["log", requestId, "warn", cut, { code: "LOG_LIMIT" }]);
  }

  function pong(id: number): void {
    const [cpu, heap, external] = natives.usage();
    // V8 sees no need to look for buffers that nothing names while its own heap is small.
    if (external > collectAt) {
      natives.turns.collectGarbage();
      // What is in use is not looked through again before there is more of it.
      if (natives.usage()[2] > external * 0.9) collectAt = external * 1.5;
    }
    channel.send(["pong", id, [cpu - cpuBefore, heap, external]]);
  }

  function syscall(name: string, input: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++lastSyscall;
      waiting.set(id, { resolve, reject, from: lineBytes > 1 ? new Error() : undefined });
      const message = ["syscall", id, calls.getStore()?.requestId, name, input] as const;
      // The rest waits here: in the isolate's own memory, and not in the kernel's way.
      if (syscallsOpen === syscallsMax) return void held.push(message);
      syscallsOpen++;
      channel.send(message);
    });
  }

  function settle(id: number, ok: boolean, value: unknown): void {
    const call = waiting.get(id);
    waiting.delete(id);
    if (heldFrom < held.length) channel.send(held[heldFrom++]!);
    else syscallsOpen--;
    // What was sent is let go once it is half of the list.
    if (heldFrom > 0 && heldFrom * 2 >= held.length) {
      held = held.slice(heldFrom);
      heldFrom = 0;
    }
    if (ok) return call?.resolve(value);
    const error = errorOf(value as ErrorBody);
    if (call?.from !== undefined) {
      error.stack = `${error.name}: ${error.message}${
        String(call.from.stack).replace(/^Error/, "")
      }`;
    }
    call?.reject(error);
  }

  function errorOf({ code, message, hint, details }: ErrorBody): Error {
    return Object.assign(new Error(message), { code, hint }, details);
  }

  async function load(app: GuestApp, code: string): Promise<void> {
    consoleBytes = app.consoleBytes;
    if (app.sandbox !== undefined) lineBytes = 64;
    syscallsMax = app.syscallsOpen;
    // To start the thread is not the app's doing.
    cpuBefore = natives.usage()[0];
    collectAt = app.bufferBytes / 4;
    const codec = pieces.createValueCodec();
    const privates = pieces.lockdown(app.direct);
    pieces.guardAllocations(app.bufferBytes);
    pieces.guardNatives(app.heapBytes);
    pieces.guardCrypto();
    for (const type of ["unhandledrejection", "error"]) {
      globalThis.addEventListener(type, (event) => {
        event.preventDefault();
        const { reason, error } = event as { reason?: unknown; error?: unknown };
        const { message, stack } = describe(reason ?? error);
        write("error", `Uncaught ${stack || message}`);
      });
    }
    const settleInTurn = pieces.routeCallbacks((job, last) => turns.run(job, last), natives.defer);
    const answers = pieces.createAnswers(app.heapBytes / 2);
    const scope = globalThis as unknown as Record<string, unknown>;
    scope.console = pieces.createConsole({ inspect: privates.inspect, write });
    const egress = pieces.createFetch({ syscall });
    const events = pieces.createBus({
      syscall,
      onPush: (topic, listener) => pushes.set(topic, listener),
      report: (error) => write("error", describe(error).stack || describe(error).message),
    });
    const lifetime = pieces.createLifetime();
    const pillars = {
      kv: pieces.createKv,
      ds: pieces.createDs,
      rd: pieces.createRd,
      s3: pieces.createS3,
    };
    const storage = pieces.createStorage(pillars, { codec, syscall, lifetime });
    const connect = pieces.createSockets({
      syscall,
      onPush: (topic, listener) => pushes.set(topic, listener),
      errorOf: (body) => errorOf(body as ErrorBody),
    });
    const fazt = pieces.createFazt({
      app,
      codec,
      syscall,
      write,
      fetch: egress,
      lifetime,
      storage,
      events,
      fs: pieces.createFs({ syscall, url: app.url }),
      connect,
    });
    // For the twins of `node:net` and `cloudflare:sockets`, which connect without waiting.
    Object.defineProperty(scope, Symbol.for("fazt.connect"), { value: connect });
    for (const [name, value] of [["fazt", fazt], ["self", globalThis]] as const) {
      Object.defineProperty(scope, name, { value, writable: false, configurable: false });
    }
    scope.fetch = egress;
    if (app.direct) {
      const { nativeFetch } = privates;
      const run = (job: () => void) => turns.run(job);
      Object.assign(
        scope,
        pieces.createDirect({ syscall, egress, nativeFetch, settleInTurn, run }),
      );
    }
    turns.limit(app.turnMs, app.heapBytes);
    const evaluate = natives.compile(code) as () => Promise<unknown>;
    if (app.sandbox !== undefined) {
      const { input, outputLength } = app.sandbox;
      const value = input === undefined ? undefined : codec.decode(input);
      Object.defineProperty(scope, "input", { value, writable: true, configurable: true });
      const deps = { codec, describe, send: channel.send, maxLength: outputLength };
      const run = pieces.createSandboxRun(deps);
      sandbox = (id) => run(id, evaluate);
      return;
    }
    const module = await new Promise((resolve) => turns.run(() => resolve(evaluate())));
    handler = handlerOf(module, { answers, fazt, app, codec });
  }

  function handlerOf(
    // deno-lint-ignore no-explicit-any -- the module is the app's: nothing is known of its shape.
    module: any,
    { answers, fazt, app, codec }: {
      readonly answers: ReturnType<Pieces["createAnswers"]>;
      readonly fazt: object;
      readonly app: GuestApp;
      readonly codec: ReturnType<Pieces["createValueCodec"]>;
    },
  ): Handler {
    const main = module.main;
    const contextOf = (call: GuestCall, signal: AbortSignal) => ({
      app: (fazt as { app: unknown }).app,
      env: app.env,
      fazt,
      requestId: call.requestId,
      trigger: call.trigger,
      user: call.userId === undefined ? undefined : { id: call.userId },
      signal,
      waitUntil(promise: unknown) {
        Promise.resolve(promise).catch((error) => write("error", describe(error).stack));
      },
    });
    const exported = module.style === "cjs" ? main?.default ?? main : main?.default;
    const runTask: Handler["runTask"] = async (task, call, signal) => {
      const path = task.handler;
      const cjs = path === undefined ? module.style === "cjs" : module.styles[path] === "cjs";
      const from = path === undefined
        ? exported
        : cjs
        ? module.handlers[path]?.default ?? module.handlers[path]
        : module.handlers[path]?.default;
      const method = typeof from === "function" && path !== undefined
        ? from
        : call.trigger === "event"
        ? from?.event
        : from?.scheduled;
      if (typeof method !== "function") {
        throw new TypeError(`${path ?? "api/main"} exports no handler for a ${call.trigger}`);
      }
      const { state } = task.event;
      const event = typeof state === "string"
        ? { ...task.event, state: codec.decode(state) }
        : task.event;
      if (!cjs) return await method.call(from, event, contextOf(call, signal));
      return await method.call(from, { ...event, trigger: call.trigger, user: null });
    };
    if (module.style === "cjs" && typeof main === "function") {
      return {
        run: async (request, bytes, call) =>
          await main(await pieces.classicRequest(request, bytes, call)),
        answerOf: answers.fromClassic,
        runTask,
      };
    }
    const fetch = typeof exported === "function"
      ? exported
      : typeof exported?.fetch === "function"
      ? exported.fetch.bind(exported)
      : undefined;
    if (fetch !== undefined) {
      return {
        run: async (request, _bytes, call) => await fetch(request, contextOf(call, request.signal)),
        answerOf: answers.fromModern,
        runTask,
      };
    }
    throw new TypeError(
      "api/main exports no handler: export a default function, an object with fetch(), " +
        "or set module.exports to a function",
    );
  }

  async function answer(
    id: number,
    request: Request,
    bytes: Uint8Array,
    call: GuestCall,
  ): Promise<void> {
    let result: unknown;
    try {
      result = await handler.run(request, bytes, call);
    } catch (error) {
      return channel.send(["failed", id, "error", describe(error)]);
    }
    let sendable: Answer;
    try {
      sendable = handler.answerOf(result);
    } catch (error) {
      return channel.send(["failed", id, "response", describe(error)]);
    }
    const { status, headers, body } = sendable;
    if (body instanceof ReadableStream) return await stream(id, status, headers, body);
    channel.send(["result", id, status, headers, body, false]);
  }

  /** Sends a stream chunk by chunk, each only after the kernel asked for it. */
  async function stream(
    id: number,
    status: number,
    headers: FlatHeaders,
    body: ReadableStream<Uint8Array>,
  ): Promise<void> {
    const reader = body.getReader();
    const asked = () => new Promise<void>((resolve) => pulls.set(id, resolve));
    aborts.get(id)?.signal.addEventListener("abort", () => {
      reader.cancel("the client went away").catch(() => {});
      pulls.get(id)?.();
    });
    let next = asked();
    channel.send(["result", id, status, headers, null, true]);
    try {
      for (;;) {
        await next;
        const { done, value } = await reader.read();
        if (done) break;
        if (!(value instanceof Uint8Array)) {
          throw new TypeError("Cannot send a chunk that is no Uint8Array");
        }
        next = asked();
        channel.send(["chunk", id, value]);
      }
      channel.send(["end", id]);
    } catch (error) {
      channel.send(["cut", id, describe(error)]);
    } finally {
      pulls.delete(id);
    }
  }

  async function start(
    id: number,
    method: string,
    url: string,
    headers: FlatHeaders,
    body: Uint8Array | null,
    call: GuestCall,
  ): Promise<void> {
    const controller = new AbortController();
    aborts.set(id, controller);
    const pairs: [string, string][] = [];
    for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i]!, headers[i + 1]!]);
    const request = new Request(url, {
      method,
      headers: pairs,
      body: body as Uint8Array<ArrayBuffer> | null,
      signal: controller.signal,
    });
    try {
      await calls.run(call, () => answer(id, request, body ?? new Uint8Array(), call));
    } finally {
      aborts.delete(id);
      logged.delete(call.requestId);
    }
  }

  async function runTask(id: number, task: GuestTask, call: GuestCall): Promise<void> {
    const controller = new AbortController();
    aborts.set(id, controller);
    try {
      await calls.run(call, () => handler.runTask(task, call, controller.signal));
      channel.send(["result", id, 204, [], null, false]);
    } catch (error) {
      channel.send(["failed", id, "error", describe(error)]);
    } finally {
      aborts.delete(id);
      logged.delete(call.requestId);
    }
  }

  channel.onMessage((message) => {
    switch (message[0]) {
      case "task":
        runTask(message[1], message[2], message[3]);
        break;
      case "call":
        start(message[1], message[2], message[3], message[4], message[5], message[6]);
        break;
      case "run":
        calls.run(message[2], () => sandbox?.(message[1]));
        break;
      case "answer":
        settle(message[1], message[2], message[3]);
        break;
      case "pull":
        pulls.get(message[1])?.();
        break;
      case "push":
        pushes.get(message[1])?.(message[2]);
        break;
      case "abort":
        aborts.get(message[1])?.abort();
        break;
      case "ping":
        pong(message[1]);
        break;
      case "load":
        load(message[1], message[2]).then(
          () => channel.send(["loaded"]),
          (error) => channel.send(["broken", describe(error)]),
        );
    }
  });
  channel.send(["ready"]);
}
