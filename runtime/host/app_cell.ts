import type {
  AppRunState,
  AppTask,
  CallContext,
  RunnableApp,
  TaskResult,
} from "../../kernel/proc/mod.ts";
import { type AppErrorCode, appErrorMessage, appErrorResponse } from "./app_errors.ts";
import { type CallInput, type Death, Isolate, type IsolateHost, START_MS } from "./isolate.ts";
import { realmPermissions } from "./permissions.ts";
import type { RealmPool } from "./realm_pool.ts";

/** Failures in a row after which an app is paused, and the longest pause. */
const TOLERATED = 3;
const MAX_PAUSE_MS = 60_000;
/** Pause of an app that left a thread behind that nothing can stop, ms. */
const STUCK_PAUSE_MS = 600_000;
/** Time V8 gets beyond a turn's limit to end it, ms. */
const STUCK_AFTER_MS = 5000;
/** Requests that wait for a place at most; more are refused at once. */
const MAX_WAITING = 1000;

/** Why there is no isolate for a call. */
interface Refusal {
  readonly code: AppErrorCode;
  readonly retryAfterSeconds?: number;
}
const BUSY: Refusal = { code: "APP_BUSY", retryAfterSeconds: 1 };

interface Waiter {
  readonly resolve: (isolate: Isolate | undefined) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Every isolate of one app, and the requests that wait for one. */
export class AppCell {
  #isolates: Isolate[] = [];
  #loading = 0;
  #waiting: Waiter[] = [];
  #failures = 0;
  #pausedUntil = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #generation = "";
  #requests = 0;
  #errors = 0;
  #coldStarts = 0;
  #restarts = 0;
  #lastFailure: string | undefined;

  constructor(
    private readonly appId: string,
    private readonly realms: RealmPool,
    private readonly host: IsolateHost,
    private readonly idleMs: () => number,
  ) {}

  /** Answers a request; a failure is a response with its own code. */
  async handle(app: RunnableApp, input: CallInput, context: CallContext): Promise<Response> {
    const isolate = this.#ready(app) ?? await this.#get(app);
    if (!(isolate instanceof Isolate)) {
      return appErrorResponse(isolate.code, context.requestId, isolate.retryAfterSeconds);
    }
    const response = await isolate.request(input, context);
    if (response.status >= 500) this.#errors++;
    else this.#failures = 0;
    return response;
  }

  /** Runs a task. */
  async runTask(app: RunnableApp, task: AppTask, context: CallContext): Promise<TaskResult> {
    const isolate = this.#ready(app) ?? await this.#get(app);
    if (!(isolate instanceof Isolate)) {
      return { ok: false, code: isolate.code, message: appErrorMessage(isolate.code) };
    }
    const result = await isolate.task(task, context);
    if (result.ok) this.#failures = 0;
    else this.#errors++;
    return result;
  }

  /** An isolate with a place, if there is one now. */
  #ready(app: RunnableApp): Isolate | undefined {
    if (app.generation !== this.#generation) this.#renew(app.generation);
    this.#requests++;
    clearTimeout(this.#idle);
    this.#idle = undefined;
    return this.#pick(app);
  }

  /** Waits for an isolate with a place, or tells why there will be none. */
  async #get(app: RunnableApp): Promise<Isolate | Refusal> {
    const pause = this.#pausedUntil - performance.now();
    if (pause > 0) return { code: "APP_BACKOFF", retryAfterSeconds: Math.ceil(pause / 1000) };
    if (this.#waiting.length >= MAX_WAITING) return BUSY;
    const began = this.#coldStarts;
    const isolate = await this.#wait(app);
    if (isolate !== undefined) return isolate;
    this.#errors++;
    return this.#failures > 0 || this.#coldStarts > began ? { code: "APP_ERROR" } : BUSY;
  }

  /** Lets every isolate finish and go. */
  retire(): void {
    for (const isolate of [...this.#isolates]) isolate.retire();
    this.#isolates = this.#isolates.filter((isolate) => isolate.inFlight > 0);
    this.#generation = "";
  }

  /** Ends the newest busy isolate because memory is short; tells whether there was one. */
  shed(): boolean {
    const busy = this.#isolates.findLast((isolate) => isolate.inFlight > 0) ??
      this.#isolates.at(-1);
    busy?.kill("pressure", "the node was short of memory");
    return busy !== undefined;
  }

  state(): AppRunState {
    const inFlight = this.#isolates.reduce((sum, isolate) => sum + isolate.inFlight, 0);
    return {
      state: this.#pausedUntil > performance.now()
        ? "backoff"
        : this.#isolates.length === 0
        ? this.#loading > 0 ? "loading" : "cold"
        : inFlight > 0
        ? "busy"
        : "idle",
      isolates: this.#isolates.length,
      inFlight,
      requests: this.#requests,
      errors: this.#errors,
      coldStarts: this.#coldStarts,
      restarts: this.#restarts,
      lastFailure: this.#lastFailure,
    };
  }

  close(): void {
    clearTimeout(this.#idle);
    for (const waiter of this.#waiting.splice(0)) this.#release(waiter, undefined);
    for (const isolate of [...this.#isolates]) isolate.kill("retired", "");
  }

  #renew(generation: string): void {
    this.#generation = generation;
    this.#failures = 0;
    this.#pausedUntil = 0;
    for (const isolate of [...this.#isolates]) isolate.retire();
  }

  /** The least busy isolate of this generation with a place, if any. */
  #pick(app: RunnableApp): Isolate | undefined {
    let best: Isolate | undefined;
    for (const isolate of this.#isolates) {
      if (!isolate.open || isolate.app.generation !== app.generation) continue;
      if (isolate.inFlight >= app.limits.concurrency) continue;
      if (best === undefined || isolate.inFlight < best.inFlight) best = isolate;
    }
    return best;
  }

  #wait(app: RunnableApp): Promise<Isolate | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((w) => w !== waiter);
        resolve(undefined);
      }, app.limits.timeMs + START_MS);
      const waiter: Waiter = { resolve, timer };
      this.#waiting.push(waiter);
      const current = this.#isolates.filter((i) => i.app.generation === app.generation && i.open);
      if (this.#loading === 0 && current.length < app.limits.isolates) this.#start(app);
    });
  }

  #release(waiter: Waiter, isolate: Isolate | undefined): void {
    clearTimeout(waiter.timer);
    waiter.resolve(isolate);
  }

  /** Hands free places to whoever waits, oldest first. */
  #serve(app: RunnableApp): void {
    let places = 0;
    const isolate = this.#pick(app);
    if (isolate !== undefined) places = app.limits.concurrency - isolate.inFlight;
    while (places-- > 0 && this.#waiting.length > 0) this.#release(this.#waiting.shift()!, isolate);
    if (this.#waiting.length === 0 && this.#isolates.every((i) => i.inFlight === 0)) this.#rest();
  }

  async #start(app: RunnableApp): Promise<void> {
    this.#loading++;
    this.#coldStarts++;
    const permissions = realmPermissions(app.grants);
    const isolate = new Isolate(app, this.host, {
      spawned: this.realms.take(permissions, app.limits.heapMb),
      onDeath: (dead, death, text) => this.#died(dead, death, text),
      onFree: () => this.#serve(app),
    });
    try {
      await isolate.load(permissions.net !== false);
    } catch (error) {
      this.#loading--;
      const { message, stack } = error as { message?: string; stack?: string };
      this.#log("error", `Cannot load the app: ${stack || message || "its isolate ended"}`);
      this.#failed("it could not be loaded");
      isolate.kill("broken", "");
      for (const waiter of this.#waiting.splice(0)) this.#release(waiter, undefined);
      return;
    }
    this.#loading--;
    this.#isolates.push(isolate);
    if (app.generation !== this.#generation) isolate.retire();
    this.#serve(app);
  }

  #died(isolate: Isolate, death: Death, text: string): void {
    const at = this.#isolates.indexOf(isolate);
    if (at >= 0) this.#isolates.splice(at, 1);
    if (death === "retired" || death === "broken" || at < 0) return;
    this.#restarts++;
    this.#log("error", `The app's isolate was ended (${death}): ${text}`);
    this.#failed(`${death}: ${text}`);
    if (death === "blocked") this.#watchThread(isolate);
    if (this.#waiting.length > 0 && this.#loading === 0) this.#start(isolate.app);
  }

  #failed(why: string): void {
    this.#lastFailure = why;
    this.#failures++;
    if (this.#failures < TOLERATED) return;
    const pause = Math.min(MAX_PAUSE_MS, 250 * 2 ** (this.#failures - TOLERATED));
    this.#pausedUntil = performance.now() + pause;
    this.#log("error", `The app failed ${this.#failures} times in a row: paused for ${pause} ms`);
  }

  /**
   * A turn that is over its time is ended by V8. What never looks whether it should end, such as a
   * native loop over 2^53 entries, goes on: such an app starts no second one.
   */
  #watchThread(isolate: Isolate): void {
    const generation = this.#generation;
    const timer = setTimeout(() => {
      if (!isolate.running || generation !== this.#generation) return;
      this.#pausedUntil = performance.now() + STUCK_PAUSE_MS;
      this.#log(
        "error",
        "The app holds a thread that cannot be stopped: it is paused until it is deployed again; " +
          "restart the node to be rid of the thread",
      );
    }, isolate.app.limits.timeMs + STUCK_AFTER_MS);
    Deno.unrefTimer(timer);
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      for (const isolate of [...this.#isolates]) isolate.retire();
    }, this.idleMs());
  }

  #log(level: "error", message: string): void {
    this.host.log({ appId: this.appId, level, message, requestId: undefined, fields: undefined });
  }
}
