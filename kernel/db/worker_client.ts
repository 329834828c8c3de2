import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import type { Operation } from "./operation.ts";
import type { FromWorker, Job, ToWorker } from "./protocol.ts";

/** How many jobs one message carries at most: bounds the time until the first answer. */
const BATCH = 512;

interface Waiting {
  readonly job: Job;
  readonly resolve: (value: never) => void;
  readonly reject: (error: FaztError) => void;
}

/** Options of {@link WorkerClient.open}. */
export interface WorkerClientOptions {
  readonly path: string;
  /** Cap of the database file in SQLite pages; 0 is none. */
  readonly maxPages?: number;
  readonly spawn: () => Worker;
  /** Told of errors that are not a user's: their text never leaves the process. */
  readonly onTrace?: (operation: string, trace: string) => void;
}

/**
 * The kernel's end of a database worker. One batch is in flight at a time; whatever is asked
 * meanwhile shares the next one, which is what makes a commit shared between writers.
 */
export class WorkerClient {
  #worker: Worker;
  #queue: Waiting[] = [];
  #flight: Waiting[] = [];
  #busy = false;
  #faults = 0;
  #dead = false;
  #closing: (() => void) | undefined;
  #idle: (() => void)[] = [];

  private constructor(private readonly options: WorkerClientOptions) {
    this.#worker = options.spawn();
  }

  /** Starts the worker and waits until its connection is open. */
  static async open(options: WorkerClientOptions): Promise<WorkerClient> {
    const client = new WorkerClient(options);
    await client.#start();
    return client;
  }

  /** Runs one operation; resolves once its effect is durable. */
  run<P, R>(op: Operation<P, R>, params: P): Promise<R> {
    if (this.#closing) {
      return Promise.reject(new FaztError("BUSY", "Cannot write: the node is shutting down"));
    }
    return new Promise<R>((resolve, reject) => {
      this.#queue.push({ job: { name: op.name, params }, resolve: resolve as never, reject });
      if (!this.#busy) {
        this.#busy = true;
        if (this.#dead) return this.#restart();
        // What this turn of the event loop still asks for joins the same batch.
        queueMicrotask(() => this.#send());
      }
    });
  }

  /** Jobs in a row that failed because of the file or the worker, not because of what was asked. */
  get faults(): number {
    return this.#faults;
  }

  /** Jobs asked for and not yet answered. */
  get pending(): number {
    return this.#queue.length + this.#flight.length;
  }

  /** Finishes what was asked, then closes the connection and ends the worker. */
  async close(): Promise<void> {
    if (this.#closing) return;
    const closed = new Promise<void>((resolve) => this.#closing = resolve);
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#post({ kind: "close" });
    await closed;
    this.#worker.terminate();
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.kind === "opened") resolve();
        else if (data.kind === "done") this.#settle(data.outcomes);
        else if (data.kind === "closed") this.#closing?.();
        else reject(new FaztError("INTERNAL", `Cannot open the database: ${data.message}`));
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        this.#fail(event.message);
        reject(new FaztError("INTERNAL", `Cannot open the database: ${event.message}`));
      };
      this.#post({
        kind: "open",
        path: this.options.path,
        maxPages: this.options.maxPages ?? 0,
      });
    });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #send(): void {
    this.#flight = this.#queue.splice(0, BATCH);
    try {
      this.#post({ kind: "batch", jobs: this.#flight.map((w) => w.job) });
    } catch (cause) {
      // One parameter that cannot be cloned must not take the others with it.
      const flight = this.#flight;
      this.#flight = [];
      for (const waiting of flight) {
        waiting.reject(new FaztError("INTERNAL", "Cannot pass this value on", { cause }));
      }
      this.#next();
    }
  }

  #settle(outcomes: Extract<FromWorker, { kind: "done" }>["outcomes"]): void {
    const flight = this.#flight;
    this.#flight = [];
    outcomes.forEach((outcome, i) => {
      const waiting = flight[i]!;
      if (outcome.ok) {
        this.#faults = 0;
        return waiting.resolve(outcome.value as never);
      }
      if (outcome.fault) this.#faults++;
      if (outcome.trace) this.options.onTrace?.(waiting.job.name, outcome.trace);
      waiting.reject(FaztError.from(outcome.error, outcome.status));
    });
    this.#next();
  }

  #next(): void {
    if (this.#queue.length > 0) return this.#send();
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The worker died: nothing in flight was acknowledged, and a new worker takes the rest. */
  #fail(message: string): void {
    this.#faults++;
    this.options.onTrace?.("worker", message);
    const flight = this.#flight;
    this.#flight = [];
    for (const waiting of flight) {
      waiting.reject(new FaztError("INTERNAL", "Cannot write: the database worker restarted"));
    }
    this.#worker.terminate();
    if (this.#closing) return this.#closing();
    this.#restart();
  }

  #restart(): void {
    this.#dead = false;
    this.#worker = this.options.spawn();
    this.#start().then(() => this.#next(), (error) => {
      this.#faults++;
      // Whoever asks next makes it try again.
      this.#dead = true;
      for (const waiting of this.#queue.splice(0)) waiting.reject(toFaztError(error));
      this.#next();
    });
  }
}
