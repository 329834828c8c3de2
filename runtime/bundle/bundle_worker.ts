import { moduleUrl } from "../../kernel/lib/module_url.ts";
import type {
  BuildJob,
  BuildResult,
  BundleJob,
  Failure,
  FromWorker,
  PackJob,
  PackResult,
  Questions,
  ToWorker,
} from "./protocol.ts";

/** A job the worker answered with a failure. */
export class JobFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind === "fault" ? failure.trace : failure.kind);
  }
}

interface Running {
  readonly questions: Partial<Questions>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** The kernel's end of one bundling worker: esbuild in a thread that has no permission at all. */
export class BundleWorker {
  #worker: Worker;
  #running = new Map<number, Running>();
  #ids = 0;
  #ended: Error | undefined;
  #ready = Promise.withResolvers<void>();

  constructor(wasm: () => Promise<Uint8Array>) {
    this.#worker = new Worker(moduleUrl("runtime/bundle/worker.ts"), {
      type: "module",
      name: "bundle",
      deno: { permissions: "none" },
    });
    this.#ready.promise.catch(() => {});
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => void this.#take(data);
    this.#worker.onmessageerror = () => this.end(new Error("a message could not be read"));
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(new Error(`the bundling worker failed: ${event.message}`));
    };
    wasm().then((bytes) => {
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      this.#post({ kind: "start", wasm: own }, [own.buffer as ArrayBuffer]);
    }).catch((error) => this.end(error));
  }

  /** Whether {@link end} was called or the worker died. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Runs one job; `questions` answer what it asks meanwhile.
   * @throws {JobFailure} when the job fails, any other error when the worker does
   */
  run(job: BuildJob, questions: Partial<Questions>): Promise<BuildResult>;
  run(job: PackJob, questions: Partial<Questions>): Promise<PackResult>;
  async run(job: BundleJob, questions: Partial<Questions>): Promise<BuildResult | PackResult> {
    await this.#ready.promise;
    if (this.#ended) throw this.#ended;
    return await new Promise((resolve, reject) => {
      const id = ++this.#ids;
      this.#running.set(id, { questions, resolve, reject });
      this.#post({ kind: "run", id, job });
    });
  }

  /** Ends the thread at once, whatever it does; jobs that run fail with `reason`. */
  end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#worker.terminate();
    this.#ready.reject(reason);
    for (const { reject } of this.#running.values()) reject(reason);
    this.#running.clear();
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }

  async #take(message: FromWorker): Promise<void> {
    if (message.kind === "ready") return this.#ready.resolve();
    if (message.kind === "broken") return this.end(new Error(message.message));
    if (message.kind === "crashed") return this.end(new JobFailure({ kind: "crash" }));
    const running = this.#running.get(message.id);
    if (message.kind === "ask") return await this.#answer(message, running);
    this.#running.delete(message.id);
    if (message.kind === "done") return running?.resolve(message.value as never);
    running?.reject(new JobFailure(message.failure));
    // esbuild may be half dead after these; a fresh worker costs a third of a second.
    if (message.failure.kind === "crash" || message.failure.kind === "fault") {
      this.end(new Error("the bundling worker failed in another job"));
    }
  }

  async #answer(
    { ask, question, args }: Extract<FromWorker, { kind: "ask" }>,
    running: Running | undefined,
  ): Promise<void> {
    try {
      const reply = running?.questions[question] as ((...args: unknown[]) => unknown) | undefined;
      if (reply === undefined) throw new Error(`this job may not ask for ${question}`);
      this.#post({ kind: "answer", ask, value: await reply(...args) });
    } catch (error) {
      this.#post({ kind: "refuse", ask, message: (error as Error).message });
    }
  }
}
