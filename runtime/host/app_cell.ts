import type {
  AppRunState,
  AppTask,
  CallContext,
  RunnableApp,
  TaskResult,
} from "../../kernel/proc/mod.ts";
import { appErrorMessage, appErrorResponse, Refusal } from "./app_errors.ts";
import { Backoff } from "./backoff.ts";
import { type CallInput, type Death, Isolate, type IsolateHost, START_MS } from "./isolate.ts";
import { realmPermissions } from "./permissions.ts";
import type { Places, Tenant } from "./places.ts";
import type { RealmPool } from "./realm_pool.ts";
import { noCounts, runState } from "./run_state.ts";
import { Surplus } from "./surplus.ts";
import { SyscallMeter } from "./syscall_meter.ts";
import { type Guest, WaitingRoom } from "./waiting_room.ts";

/** Time V8 gets beyond a turn's limit to end it, ms. */
const STUCK_AFTER_MS = 5000;
/** For how long an app that took much memory counts as one that does, ms. */
const HEAVY_MS = 300_000;

/** What all cells of a node share. */
export interface CellDeps {
  readonly realms: RealmPool;
  readonly places: Places;
  readonly host: IsolateHost;
  readonly idleMs: () => number;
  /** Hears of each isolate and the numbers it shares; returns what is called when it ended. */
  readonly follow: (appId: string, vital: SharedArrayBuffer) => () => void;
  /** Whether the machine has a core that no app uses. */
  readonly coreFree: () => boolean;
  /** Hears that there is something to look after from now on. */
  readonly onLive: () => void;
}

/** Every isolate of one app, and the requests that wait for one. */
export class AppCell implements Tenant {
  #app: RunnableApp | undefined;
  #isolates: Isolate[] = [];
  #loading = 0;
  /** Isolates that were ended in a turn which is not over yet. */
  #ending = 0;
  #heavyUntil = -Infinity;
  #retireLoading = false;
  #generation = "";
  readonly #waiting = new WaitingRoom();
  readonly #backoff = new Backoff();
  readonly #surplus = new Surplus();
  readonly #meter = new SyscallMeter();
  #quietSince: number | undefined;
  #requestsSeen = 0;
  readonly #counts = noCounts();

  constructor(
    readonly appId: string,
    private readonly deps: CellDeps,
  ) {}

  /**
   * Takes the app as it is now. To be called when a request comes, before anything is waited for:
   * one whose body takes its time must not bring back what was replaced meanwhile.
   */
  adopt(app: RunnableApp): void {
    if (app.generation === this.#generation) return;
    // What was paused before it was seen is paused still.
    if (this.#app !== undefined) {
      this.#backoff.reset();
      this.#heavyUntil = -Infinity;
    }
    this.#app = app;
    this.#generation = app.generation;
    for (const isolate of [...this.#isolates]) isolate.retire();
  }

  /** Answers a request; a failure is a response with its own code. */
  async handle(app: RunnableApp, input: CallInput, context: CallContext): Promise<Response> {
    const response = await this.#run(app, {
      begin: (isolate) => isolate.request(input, context),
      left: () => input.signal.aborted,
      bytes: input.body?.byteLength ?? 0,
    });
    if (response instanceof Refusal) return this.#refuse(response, context);
    if (response.status >= 500) this.#counts.errors++;
    else this.#backoff.succeeded();
    return response;
  }

  /** Runs a task. */
  async runTask(app: RunnableApp, task: AppTask, context: CallContext): Promise<TaskResult> {
    const result = await this.#run(app, {
      begin: (isolate) => isolate.task(task, context),
      left: () => task.signal?.aborted === true,
      bytes: 0,
    });
    if (result instanceof Refusal) {
      this.#counts.errors++;
      return { ok: false, code: result.code, message: appErrorMessage(result.code) };
    }
    if (result.ok) this.#backoff.succeeded();
    else this.#counts.errors++;
    return result;
  }

  /** The answer to a request that nothing can be done for; undefined when something may. */
  turnAway(context: CallContext): Response | undefined {
    const refusal = this.#refusal();
    if (refusal === undefined || this.#pick() !== undefined) return undefined;
    this.#counts.requests++;
    return this.#refuse(refusal, context);
  }

  /** Starts nothing for so long. */
  pause(ms: number, why: string): void {
    this.#counts.lastFailure = why;
    this.#backoff.suspect(ms);
  }

  /** Lets every isolate finish and go, because something of the app changed. */
  retire(): void {
    this.#backoff.reset();
    // One that is loading answers those who wait for it, then goes as well.
    this.#retireLoading = this.#loading > 0;
    for (const isolate of [...this.#isolates]) isolate.retire();
  }

  /** Its isolates that run the app, oldest first. */
  get isolates(): readonly Isolate[] {
    return this.#isolates;
  }

  /** Whether an isolate of it was ended and still holds memory. */
  get ending(): boolean {
    return this.#ending > 0;
  }

  get heavy(): boolean {
    return performance.now() < this.#heavyUntil;
  }

  state(): AppRunState {
    return runState(this.#counts, {
      isolates: this.#isolates,
      loading: this.#loading,
      waiting: this.#waiting.size,
      paused: this.#backoff.remainingMs > 0,
    });
  }

  /** Cores its isolates use. */
  get load(): number {
    return this.#isolates.reduce((sum, isolate) => sum + isolate.usage.load, 0);
  }

  /** To be called every second: what is not needed goes. Tells whether anything lives. */
  tick(now: number): boolean {
    const open = this.#isolates.filter((isolate) => isolate.open);
    const busy = this.#isolates.some((isolate) => isolate.inFlight > 0);
    if (busy || this.#waiting.size > 0 || this.#counts.requests !== this.#requestsSeen) {
      this.#requestsSeen = this.#counts.requests;
      this.#quietSince = undefined;
    } else {
      this.#quietSince ??= now;
      if (now - this.#quietSince >= this.deps.idleMs()) {
        for (const isolate of open) isolate.retire();
      }
    }
    const spare = this.#surplus.look(open, { now, calmMs: this.deps.idleMs() });
    if (spare && this.#waiting.size === 0) open.at(-1)?.retire();
    // A pause may be over, or a place free that was not.
    if (this.#waiting.size > 0) this.#serve();
    for (const isolate of [...this.#isolates]) {
      this.#weigh(isolate);
      isolate.sample();
    }
    return this.#isolates.length > 0 || this.#loading > 0 || this.#waiting.size > 0 || this.ending;
  }

  close(): void {
    this.#waiting.clear(Refusal.STOPPED);
    this.#meter.close();
    for (const isolate of [...this.#isolates]) isolate.kill("retired", "");
  }

  start(): boolean {
    const app = this.#app;
    if (app === undefined || !this.#wanted(app)) return false;
    void this.#load(app);
    return true;
  }

  yieldIdle(): boolean {
    if (this.#waiting.size > 0) return false;
    const idle = this.#isolates.find((isolate) => isolate.open && isolate.inFlight === 0);
    idle?.retire();
    return idle !== undefined;
  }

  yieldBusy(): boolean {
    const newest = this.#isolates.findLast((isolate) => isolate.open);
    newest?.retire();
    return newest !== undefined;
  }

  #refuse(refusal: Refusal, { requestId }: CallContext): Response {
    this.#counts.errors++;
    return appErrorResponse(refusal.code, requestId, refusal.retryAfterSeconds);
  }

  /** Why nothing new may wait. */
  #refusal(): Refusal | undefined {
    const pause = this.#backoff.remainingMs;
    if (pause > 0) return new Refusal("APP_BACKOFF", Math.ceil(pause / 1000));
    return this.#waiting.full ? Refusal.BUSY : undefined;
  }

  /** Begins something in an isolate with a place, now or when there is one. */
  #run<R>(
    app: RunnableApp,
    { begin, left, bytes }: Pick<Guest, "left" | "bytes"> & {
      readonly begin: (isolate: Isolate) => Promise<R>;
    },
  ): Promise<R | Refusal> {
    this.#counts.requests++;
    // From the end: one that has to make room may leave the list meanwhile.
    for (let i = this.#isolates.length - 1; i >= 0; i--) this.#weigh(this.#isolates[i]!);
    const isolate = this.#pick();
    if (isolate !== undefined) return begin(isolate);
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const enter = (isolate: Isolate) => resolve(begin(isolate));
      this.#waiting.add({ enter, refuse: resolve, left, bytes }, app.limits.timeMs + START_MS);
      this.#grow();
    });
  }

  /** The least busy isolate of this generation with a place, if any. */
  #pick(): Isolate | undefined {
    let best: Isolate | undefined;
    for (const isolate of this.#isolates) {
      if (!isolate.open || isolate.inFlight >= isolate.app.limits.concurrency) continue;
      if (best === undefined || isolate.inFlight < best.inFlight) best = isolate;
    }
    return best;
  }

  /** Asks for a place for one more isolate, if the app may have one. */
  #grow(): void {
    if (this.#app === undefined || !this.#wanted(this.#app)) return;
    this.deps.onLive();
    this.deps.places.ask(this, this.#isolates.some((isolate) => isolate.open));
  }

  #wanted(app: RunnableApp): boolean {
    if (this.#loading > 0 || this.#backoff.remainingMs > 0) return false;
    const open = this.#isolates.filter((isolate) => isolate.open).length;
    // One that does not end must not keep an app from visitors; a second one may.
    const held = open + Math.max(0, this.#ending - 1);
    return held < app.limits.isolates && (open > 0 || this.#waiting.size > 0);
  }

  /** Lets in whoever waits; asks for an isolate where there is none for them. */
  #serve(): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.admit(() => this.#pick());
    if (this.#waiting.size > 0 && this.#loading === 0) this.#grow();
  }

  async #load(app: RunnableApp): Promise<void> {
    this.#loading++;
    this.#counts.coldStarts++;
    const permissions = realmPermissions(app.grants);
    const spawned = this.deps.realms.take(permissions, app.limits.heapMb);
    if (spawned.warm) this.#counts.sparesUsed++;
    const unfollow = this.deps.follow(app.id, spawned.vital.buffer as SharedArrayBuffer);
    const isolate = new Isolate(app, this.deps.host, {
      spawned,
      onDeath: (dead, death, text) => {
        unfollow();
        this.#died(dead, death, text);
      },
      onFree: () => this.#serve(),
      onCrowded: () => this.#crowded(isolate),
      meter: this.#meter,
    });
    try {
      await isolate.load(permissions.net !== false);
    } catch (error) {
      this.#loading--;
      this.#retireLoading = false;
      this.#counts.endedCpuMs += isolate.usage.cpuMs;
      isolate.kill("broken", "");
      const hungry = this.#weigh(isolate);
      this.#notLoaded(app, hungry, error as { message?: string; stack?: string });
      this.#leave(isolate);
      return;
    }
    this.#loading--;
    this.#isolates.push(isolate);
    if (app.generation !== this.#generation) isolate.retire();
    this.#serve();
    if (this.#retireLoading) isolate.retire();
    this.#retireLoading = false;
  }

  #notLoaded(
    app: RunnableApp,
    hungry: boolean,
    { message, stack }: { message?: string; stack?: string },
  ): void {
    this.#endedWith(`Cannot load the app: ${stack || message || "its isolate ended"}`);
    // Whoever waits for other code has nothing to do with it.
    if (app.generation !== this.#generation) return this.#serve();
    this.#failed("it could not be loaded");
    this.#waiting.clear(hungry ? Refusal.MEMORY : Refusal.BROKEN);
  }

  #crowded(isolate: Isolate): void {
    const others = this.#isolates.filter((other) => other !== isolate);
    if (!isolate.open || others.some(isQuiet)) return;
    if (this.deps.coreFree()) this.#grow();
  }

  #died(isolate: Isolate, death: Death, text: string): void {
    const at = this.#isolates.indexOf(isolate);
    if (at < 0) return;
    this.#isolates.splice(at, 1);
    this.#counts.endedCpuMs += isolate.usage.cpuMs;
    if (death !== "retired" && death !== "broken") {
      this.#counts.restarts++;
      this.#endedWith(`The app's isolate was ended (${death}): ${text}`);
      this.#failed(`${death}: ${text}`);
      if (death === "blocked") this.#watchThread(isolate);
    }
    this.#leave(isolate);
    this.#serve();
  }

  /** Sees whether an isolate took much: then it may have to make room. Tells whether it did. */
  #weigh(isolate: Isolate): boolean {
    if (!isolate.tookMuch()) return false;
    this.#heavyUntil = performance.now() + HEAVY_MS;
    if (this.deps.places.tooHeavy > 0) isolate.retire();
    return true;
  }

  /** Gives the place of an isolate that was ended back, once it runs nothing any more. */
  #leave(isolate: Isolate): void {
    this.#weigh(isolate);
    if (!isolate.running) return this.deps.places.left(this);
    this.#ending++;
    void isolate.quiet().then(() => {
      this.#ending--;
      this.deps.places.left(this);
    });
  }

  #failed(why: string): void {
    this.#counts.lastFailure = why;
    const pause = this.#backoff.failed();
    if (pause === undefined) return;
    this.#endedWith(
      `The app failed ${this.#backoff.failures} times in a row: paused for ${pause} ms`,
    );
  }

  /**
   * A turn that is over its time is ended by V8. What never looks whether it should end, such as a
   * native loop over 2^53 entries, goes on: such an app starts no second one.
   */
  #watchThread(isolate: Isolate): void {
    const generation = this.#generation;
    const timer = setTimeout(() => {
      if (!isolate.running || generation !== this.#generation) return;
      this.#backoff.stuck();
      this.#endedWith(
        "The app holds a thread that cannot be stopped: it is paused until it is deployed again; " +
          "restart the node to be rid of the thread",
      );
    }, isolate.app.limits.timeMs + STUCK_AFTER_MS);
    Deno.unrefTimer(timer);
  }

  #endedWith(message: string): void {
    this.deps.host.log({
      appId: this.appId,
      level: "error",
      message,
      requestId: undefined,
      fields: undefined,
    });
  }
}

/** Whether an isolate could take some of another one's requests. */
const isQuiet = (isolate: Isolate): boolean => isolate.open && isolate.inFlight < 2;
