import { until } from "../lib/testing/until.ts";
import { Settings } from "../config/mod.ts";
import { Database } from "../db/mod.ts";
import { moduleUrl } from "../lib/module_url.ts";
import type { Caller } from "../syscall/mod.ts";
import { type EmitOptions, type EventApp, Events } from "./mod.ts";
import type { DeliveryCall, DeliveryOutcome, Timers } from "./shapes.ts";

/** A clock that stands still until a test moves it, and the timers that go by it. */
export class FakeTime implements Timers {
  now = 1_800_000_000_000;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on, and runs what is due. */
  advance(ms: number): void {
    this.now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at <= this.now && this.#timers.delete(timer)) timer.run();
    }
  }

  /** Ms until the next timer is due. */
  get next(): number | undefined {
    const due = [...this.#timers].map(({ at }) => at - this.now);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** How many timers run. */
  get size(): number {
    return this.#timers.size;
  }
}

/** One call of a handler as the fixture saw it. */
export interface Seen extends DeliveryCall {
  readonly appId: string;
}

/** What a fixture is made with. */
export interface FixtureOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A bus on a database of its own. Tests only. */
export class EventsFixture {
  readonly time = new FakeTime();
  readonly errors: unknown[] = [];
  /** Every call of a handler, in order. */
  readonly seen: Seen[] = [];
  /** What handlers do. */
  handle: (seen: Seen) => DeliveryOutcome | Promise<DeliveryOutcome> = () => ({ ok: true });
  events: Events;

  private constructor(
    readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
  ) {
    this.events = this.restarted();
  }

  static async open(options: FixtureOptions = {}): Promise<EventsFixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-events-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    return new EventsFixture(dir, db, Settings.load(db, { flags: options.settings ?? {} }));
  }

  /** The bus as a node that just started has it: it knows no app yet and delivers nothing. */
  restarted(): Events {
    return new Events({
      db: this.db,
      settings: this.settings,
      clock: () => this.time.now,
      timers: this.time,
      deliver: async (appId, call) => {
        const seen = { appId, ...call };
        this.seen.push(seen);
        return await this.handle(seen);
      },
      onError: (error) => this.errors.push(error),
    });
  }

  /** Makes an app known; by default it listens to nothing and may hear nobody. */
  sync(name: string, app: Partial<Omit<EventApp, "name">> = {}): string[] {
    return this.events.sync(appId(name), { name, events: [], grants: [], ...app });
  }

  /** Emits as an app. */
  emit(
    name: string,
    type: string,
    options: EmitOptions & { readonly data?: unknown; readonly depth?: number } = {},
  ): Promise<{ readonly id: string }> {
    const { depth, ...rest } = options;
    return this.events.emitApp({ ...caller(name), eventDepth: depth }, { ...rest, type });
  }

  /** Types handlers were called with, in order; of one app, or of all. */
  types(name?: string): string[] {
    return this.seen.filter((seen) => name === undefined || seen.appId === appId(name))
      .map(({ event }) => event.type);
  }

  count(table: string): number {
    return this.db.reader.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)!.n;
  }

  /** Resolves once nothing runs and the only lane with work pauses for this long. */
  paused(ms: number): Promise<void> {
    return until(() => this.time.size === 1 && this.time.next === ms);
  }

  /** Resolves once nothing is owed; what fails for good counts as settled. */
  settled(): Promise<void> {
    return until(() => this.events.deliveries({ state: "pending" }).length === 0);
  }

  async close(): Promise<void> {
    await this.events.stop();
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** The id of the app of this name. */
export const appId = (name: string): string => `app_${name.padEnd(12, "1")}`;

/** The app of this name as a syscall's caller. */
export function caller(name: string): Caller {
  return {
    appId: appId(name),
    appName: name,
    grants: new Set(),
    requestId: undefined,
    userId: undefined,
  };
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withEvents(
  run: (fixture: EventsFixture) => Promise<void>,
  options: FixtureOptions = {},
): () => Promise<void> {
  return async () => {
    const fixture = await EventsFixture.open(options);
    try {
      await run(fixture);
    } finally {
      await fixture.close();
    }
  };
}
