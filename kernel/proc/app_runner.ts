import type { CodeFault, SandboxRequest, SandboxResult } from "./sandbox_run.ts";

/** The owner's caps for one app's server code, with what the app itself asked to lower. */
export interface RuntimeLimits {
  /** Milliseconds one call may take. */
  readonly timeMs: number;
  /** JavaScript heap of one isolate, MiB. */
  readonly heapMb: number;
  /** Requests in one isolate at once. */
  readonly concurrency: number;
  /** Isolates of the app at once. */
  readonly isolates: number;
  /** Milliseconds a request body may take to arrive. */
  readonly bodyMs: number;
  /** Log output of one request, bytes. */
  readonly consoleBytes: number;
  readonly syscallsInFlight: number;
  readonly syscallsPerSecond: number;
}

/** Everything a cell needs to know of an app. One object per (revision, grants, env) state. */
export interface RunnableApp {
  readonly id: string;
  /** Which isolates run it; default: the app's own. A preview has others than the served revision. */
  readonly cell?: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly url: string;
  readonly revision: number;
  /** Changes whenever code, grants, environment or limits do: another value, another isolate. */
  readonly generation: string;
  /** Approved grants only. */
  readonly grants: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: RuntimeLimits;
  /** How large a request body a path takes, bytes. */
  readonly bodyBytes: (path: string) => number;
  /** The bundled module; read only when an isolate loads. */
  readonly module: () => string;
  /** The module's source map (v3 JSON), read only when an error is reported. */
  readonly sourceMap: () => string | undefined;
}

/** The Deno permission object of a realm, exactly as given to the worker. */
export interface RealmPermissions {
  readonly read: readonly string[] | false;
  readonly write: readonly string[] | false;
  readonly net: readonly string[] | false;
  readonly sys: readonly string[] | false;
  readonly env: false;
  readonly run: false;
  readonly ffi: false;
  readonly import: false;
}

/** Counts what a visitor sent and got, bytes of bodies. */
export interface TrafficMeter {
  received(bytes: number): void;
  sent(bytes: number): void;
}

/** Facts about one request that its handler and its syscalls may know. */
export interface CallContext {
  readonly requestId: string;
  readonly trigger: "http" | "cron" | "job" | "event" | "cli" | "sandbox";
  readonly userId: string | undefined;
  /** Told the bytes of bodies that came from and went to a visitor. */
  readonly traffic?: TrafficMeter | undefined;
  /** Depth of the event that is handled; absent when no event led here. */
  readonly eventDepth?: number | undefined;
}

/** A handler to run for something that is no request. */
export interface AppTask {
  /** The handler's path, such as `api/cleanup.ts`; undefined is the main module's `scheduled`. */
  readonly handler: string | undefined;
  /** What it is told: plain values only. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Milliseconds it may take; never more than the owner's cap for tasks. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** How a task ended. */
export type TaskResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What the runner tells of one app; sums and counts are since the node started. */
export interface AppRunState {
  readonly state: "cold" | "loading" | "ready" | "busy" | "idle" | "backoff";
  readonly isolates: number;
  /** Requests and tasks that run. */
  readonly inFlight: number;
  /** Requests and tasks that wait for a place. */
  readonly waiting: number;
  readonly requests: number;
  /** Of the requests, those that were answered with a failure (5xx), and tasks that failed. */
  readonly errors: number;
  readonly coldStarts: number;
  /** Of the cold starts, those that a warm spare served. */
  readonly sparesUsed: number;
  readonly restarts: number;
  /** Processor time of all its isolates, living and ended, ms. */
  readonly cpuMs: number;
  /** JavaScript heap in use by the living ones, bytes; at most a second old. */
  readonly heapBytes: number;
  /** Memory of the living ones outside their heaps, such as array buffers, bytes. */
  readonly externalBytes: number;
  /** Why the last isolate was killed, if one was. */
  readonly lastFailure: string | undefined;
}

/** Where app code runs. The kernel knows only this; the runtime ring implements it. */
export interface AppRunner {
  /** Answers one request; never throws: failures are responses with their own error codes. */
  handle(app: RunnableApp, request: Request, context: CallContext): Promise<Response>;
  /** Runs one task; never throws. */
  runTask(app: RunnableApp, task: AppTask, context: CallContext): Promise<TaskResult>;
  /** Runs code in an isolate of its own that ends with it; never throws. */
  sandbox(request: SandboxRequest): Promise<SandboxResult>;
  /** What is wrong with code for a sandbox: nothing, if the list is empty. */
  readCode(code: string): Promise<readonly CodeFault[]>;
  /** Lets the app's isolates finish what they do, then ends them. */
  retire(appId: string): void;
  /** Starts nothing of an app for so long, or until something of it changes. */
  pause(appId: string, options: { readonly ms: number; readonly why: string }): void;
  /** The permissions of the realm the app runs in, or would run in. */
  permissions(grants: readonly string[]): RealmPermissions;
  state(appId: string): AppRunState;
  totals(): { readonly realms: number; readonly isolates: number; readonly spares: number };
  /** Ends the isolates that are only kept ready: the first thing to go when memory is short. */
  dropSpares(): void;
  /** Ends the newest busy isolate because memory is short; tells whether there was one. */
  shed(): boolean;
  close(): Promise<void>;
}
