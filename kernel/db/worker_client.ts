import { FaztError } from "../lib/fazt_error.ts";
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
  /** Undefined once it died and no new one could be started. */
  #worker: Worker | undefined;
  #queue: Waiting[] = [];
  #flight: Waiting[] = [];
  #busy = false;
  #closing: (() => void) | undefined;
  #idle: (() => void)[] = [];
  #faults = 0;

  private constructor(private readonly options: WorkerClientOptions) {}

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
      if (this.#busy) return;
      this.#busy = true;
      // What this turn of the event loop still asks for joins the same batch.
      if (this.#worker) queueMicrotask(() => this.#send());
      else this.#restart();
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
    if (this.#worker === undefined) return;
    this.#post({ kind: "close" });
    await closed;
    this.#worker?.terminate();
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker = this.options.spawn();
      let opened = false;
      const fail = (message: string) => {
        worker.terminate();
        this.#worker = undefined;
        if (opened) this.#fail(message);
        else reject(new FaztError("INTERNAL", `Cannot open the database: ${message}`));
      };
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        // One that was given up has nothing more to say.
        if (this.#worker !== worker) return;
        if (data.kind === "opened") {
          opened = true;
          resolve();
        } else if (data.kind === "done") this.#settle(data.outcomes);
        else if (data.kind === "closed") this.#closing?.();
        else fail(data.message);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        if (this.#worker === worker) fail(event.message);
      };
      this.#post({
        kind: "open",
        path: this.options.path,
        maxPages: this.options.maxPages ?? 0,
      });
    });
  }

  #post(message: ToWorker): void {
    this.#worker!.postMessage(message);
  }

  #send(): void {
    this.#flight = this.#queue.splice(0, BATCH);
    try {
      this.#post({ kind: "batch", jobs: this.#flight.map((w) => w.job) });
    } catch {
      // One parameter that cannot be cloned must not take the others with it.
      this.#flight = this.#flight.flatMap(cloned);
      this.#post({ kind: "batch", jobs: this.#flight.map((w) => w.job) });
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
    rejectAll(this.#flight.splice(0), "the database worker restarted");
    // It had everything done and was only to close.
    if (this.#closing && !this.#busy) return this.#closing();
    this.#busy = true;
    this.#restart();
  }

  /** Starts a new worker; what is queued waits for it, or fails with it. */
  #restart(): void {
    this.#start().catch((error: FaztError) => {
      this.#faults++;
      this.options.onTrace?.("worker", error.message);
      rejectAll(this.#queue.splice(0), "the database worker does not start");
    }).then(() => this.#next());
  }
}

function rejectAll(waiting: readonly Waiting[], why: string): void {
  for (const { reject } of waiting) reject(new FaztError("INTERNAL", `Cannot write: ${why}`));
}

/** The job as the worker will get it, or nothing and a rejection. */
function cloned(waiting: Waiting): Waiting[] {
  try {
    return [{ ...waiting, job: structuredClone(waiting.job) }];
  } catch (cause) {
    waiting.reject(new FaztError("INTERNAL", "Cannot pass this value on", { cause }));
    return [];
  }
}
