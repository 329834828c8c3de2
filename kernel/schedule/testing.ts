import { Settings } from "../config/mod.ts";
import { Database } from "../db/mod.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { Scheduler, type SchedulerDeps } from "./scheduler.ts";
import type { RunOutcome, RunRequest } from "./shapes.ts";
import type { TimerHandle, Timers } from "./timers.ts";

/** Time that only moves when told. Tests only. */
export class FakeTime implements Timers {
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  #passed = 0;
  #handles = 0;
  /** What the clock shows besides the time that passed; a change sets the clock. */
  base: number;

  constructor(start: string) {
    this.base = Date.parse(start);
  }

  readonly now = () => this.base + this.#passed;

  set(ms: number, run: () => void): TimerHandle {
    this.#timers.set(++this.#handles, { at: this.#passed + ms, run });
    return this.#handles;
  }

  clear(handle: TimerHandle): void {
    this.#timers.delete(handle as number);
  }

  clearAll(): void {
    this.#timers.clear();
  }

  /** How long each timer still has, ms. */
  get pending(): number[] {
    return [...this.#timers.values()].map(({ at }) => at - this.#passed).sort((a, b) => a - b);
  }

  /** Lets time pass; every timer fires at its moment, and `settle` is awaited after each. */
  async pass(ms: number, settle: () => Promise<void>): Promise<void> {
    const end = this.#passed + ms;
    for (;;) {
      const [first] = [...this.#timers].filter(([, { at }]) => at <= end)
        .sort(([, a], [, b]) => a.at - b.at);
      if (!first) break;
      this.#timers.delete(first[0]);
      this.#passed = Math.max(this.#passed, first[1].at);
      first[1].run();
      await settle();
    }
    this.#passed = end;
  }
}

/** One call of app code that the scheduler made. */
export interface Call {
  readonly appId: string;
  readonly request: RunRequest;
  /** When, as `MM-DDTHH:MM` with seconds if there are any. */
  readonly at: string;
  readonly finish: (outcome: RunOutcome) => void;
  finished: boolean;
}

/** What every call answers at once; undefined leaves it open until the test finishes it. */
export type Answer = (call: Call) => RunOutcome | undefined;

/** A failure with this message. */
export const failed = (message = "no"): RunOutcome => ({ ok: false, code: "APP_ERROR", message });

/** A scheduler on a database and a clock of its own. Tests only. */
export class Bench {
  readonly calls: Call[] = [];
  readonly logged: string[] = [];
  answer: Answer = () => ({ ok: true });

  private constructor(
    readonly dir: string,
    readonly time: FakeTime,
    private readonly options: Partial<SchedulerDeps>,
    public db: Database,
    public settings: Settings,
    public scheduler: Scheduler,
  ) {}

  static async open(start: string, options: Partial<SchedulerDeps> = {}): Promise<Bench> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-schedule-" });
    const time = new FakeTime(start);
    const db = await openDatabase(dir);
    const settings = Settings.load(db);
    const bench = new Bench(dir, time, options, db, settings, null as unknown as Scheduler);
    await bench.#schedule();
    return bench;
  }

  /** The times and apps of the calls so far. */
  get ran(): string[] {
    return this.calls.map(({ appId, at }) => `${appId} ${at}`);
  }

  /** Lets time pass until everything that comes due in it was started. */
  async pass(ms: number): Promise<void> {
    await this.settle();
    await this.time.pass(ms, () => this.settle());
  }

  /** Lets time pass until the clock shows this. */
  async until(iso: string): Promise<void> {
    await this.pass(Date.parse(iso) - this.time.now());
  }

  /** Sets the clock without time passing. */
  set(iso: string): void {
    this.time.base += Date.parse(iso) - this.time.now();
  }

  /** Waits until nothing moves by itself any more. */
  async settle(): Promise<void> {
    const open = () => this.calls.filter((c) => !c.finished && !c.request.signal.aborted).length;
    const rows = () =>
      this.db.reader.get<{ n: number }>("SELECT count(*) AS n FROM runs WHERE result IS NULL")!.n;
    for (let calm = 0; calm < 2; calm++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      await this.scheduler.idle();
      if (rows() !== open()) calm = -1;
    }
  }

  /** Ends the process as `kill -9` does, and starts it again after `downMs`. */
  async crash(downMs = 0): Promise<void> {
    this.time.clearAll();
    this.calls.forEach((call) => call.finished = true);
    await this.db.close();
    await this.time.pass(downMs, () => Promise.resolve());
    this.db = await openDatabase(this.dir);
    this.settings = Settings.load(this.db);
    await this.#schedule();
  }

  /** Stops the scheduler, with all the time it may take. */
  async stop(limitMs = 0): Promise<void> {
    const state = { stopped: false };
    const stopped = this.scheduler.stop(limitMs).then(() => state.stopped = true);
    while (!state.stopped) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      await this.time.pass(this.time.pending[0] ?? 0, () => Promise.resolve());
    }
    await stopped;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }

  async #schedule(): Promise<void> {
    this.scheduler = new Scheduler({
      db: this.db,
      settings: this.settings,
      clock: this.time.now,
      timers: this.time,
      runApp: (appId, request) => this.#call(appId, request),
      log: (message) => this.logged.push(message),
      ...this.options,
    });
    await this.scheduler.start();
    await this.settle();
  }

  #call(appId: string, request: RunRequest): Promise<RunOutcome> {
    const { promise, resolve } = Promise.withResolvers<RunOutcome>();
    const call: Call = {
      appId,
      request,
      at: new Date(this.time.now()).toISOString().slice(5, 19).replace(/:00$/, ""),
      finished: false,
      finish: (outcome) => {
        call.finished = true;
        resolve(outcome);
      },
    };
    this.calls.push(call);
    try {
      const answer = this.answer(call);
      if (answer) call.finish(answer);
      return promise;
    } catch (error) {
      call.finished = true;
      throw error;
    }
  }
}

/** Runs a test on a bench that is closed whatever happens. */
export function withBench(
  start: string,
  run: (bench: Bench) => Promise<void>,
  options: Partial<SchedulerDeps> = {},
): () => Promise<void> {
  return async () => {
    const bench = await Bench.open(start, options);
    try {
      await run(bench);
    } finally {
      await bench.close();
    }
  };
}

function openDatabase(dir: string): Promise<Database> {
  const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
  return Database.open({
    path: `${dir}/data.db`,
    spawnWriter: worker("kernel/writer.ts"),
    spawnBackground: worker("kernel/background.ts"),
  });
}
