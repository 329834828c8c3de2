import type { BundleInput, Bundler, ServerModule } from "../../kernel/apps/mod.ts";
import { FaztError } from "../../kernel/lib/fazt_error.ts";
import type { StdlibSource } from "../stdlib/mod.ts";
import { bundleError, problems } from "./bundle_error.ts";
import { BundleWorker } from "./bundle_worker.ts";
import { StdlibPacker } from "./stdlib_packer.ts";
import { wasmBytes } from "./wasm_bytes.ts";

/** Options of {@link createBundler}. */
export interface BundlerOptions {
  /** Where esbuild's WebAssembly module comes from. Default: the npm package. */
  readonly wasmBytes?: () => Promise<Uint8Array>;
  /** Where the standard library comes from. Default: packed from the npm packages on demand. */
  readonly stdlib?: StdlibSource;
  /** Milliseconds without a build after which the worker ends. Default 5,000. */
  readonly idleMs?: number;
  /** Milliseconds one build may take. Default 60,000. */
  readonly timeMs?: number;
  /** Bytes of its own source one app may have built. Default 20 MiB. */
  readonly sourceBytes?: number;
}

/** A {@link Bundler} with an end. */
export interface ClosableBundler extends Bundler {
  /** Whether a worker is alive: its memory is the price of the next build's speed. */
  readonly awake: boolean;
  /** Every module of the standard library, for a build of Fazt that carries them along. */
  packStdlib(): Promise<Record<string, string>>;
  /** Ends the worker; a build under way fails with `BUSY`. */
  close(): void;
}

/**
 * A bundler on esbuild-wasm. Builds run one after another in a worker that starts on demand and
 * ends soon after the last, so an idle node spends nothing on it; a build that takes too long
 * costs its own deploy and nobody else's.
 */
export function createBundler(options: BundlerOptions = {}): ClosableBundler {
  return new WorkerBundler(options);
}

class WorkerBundler implements ClosableBundler {
  #worker: BundleWorker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #packer = new StdlibPacker(() => this.#wake());

  constructor(private readonly options: BundlerOptions) {}

  get awake(): boolean {
    return this.#worker?.ended === false;
  }

  bundle(input: BundleInput): Promise<ServerModule> {
    return this.#queue(() => this.#build(input));
  }

  packStdlib(): Promise<Record<string, string>> {
    return this.#queue(() => this.#packer.all());
  }

  rest(): void {
    if (this.#waiting === 0) this.#sleep();
  }

  close(): void {
    this.#closed = true;
    this.#sleep();
  }

  /** One at a time: esbuild has one thread here, and a hanging build is known by name. */
  #queue<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(async () => {
      if (this.#closed) throw shutDown();
      return await work();
    }).finally(() => {
      if (--this.#waiting === 0) this.#restLater();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #build(input: BundleInput): Promise<ServerModule> {
    const { entry, maxBytes } = input;
    const timeMs = this.options.timeMs ?? 60_000;
    const worker = this.#wake();
    const timer = setTimeout(() => {
      worker.end(problems(entry, [{ message: `it took longer than ${timeMs / 1000} seconds` }]));
    }, timeMs);
    try {
      const paths = [...input.paths].filter((path) => path.startsWith("api/"));
      const job = {
        kind: "build",
        entry,
        handlers: input.handlers ?? [],
        paths,
        maxBytes,
      } as const;
      return await worker.run(job, { appFile: this.#reader(input), stdlib: this.#stdlib });
    } catch (error) {
      throw bundleError(error, entry, maxBytes);
    } finally {
      clearTimeout(timer);
    }
  }

  readonly #stdlib = async (key: string): Promise<string | undefined> =>
    (await (this.options.stdlib ?? this.#packer.source)(key))?.code;

  /** The app's files, each counted once, up to the cap. */
  #reader({ entry, read }: BundleInput): (path: string) => Uint8Array | undefined {
    const cap = this.options.sourceBytes ?? 20 * 1024 * 1024;
    const seen = new Set<string>();
    let total = 0;
    return (path) => {
      const bytes = read(path);
      if (bytes === undefined || seen.has(path)) return bytes;
      seen.add(path);
      total += bytes.byteLength;
      if (total > cap) {
        this.#worker?.end(
          new FaztError("TOO_LARGE", `Cannot build ${entry}: its sources exceed ${cap} bytes`, {
            hint: "keep large data in static files or storage and read it from there",
          }),
        );
      }
      return bytes;
    };
  }

  #wake(): BundleWorker {
    clearTimeout(this.#timer);
    if (!this.#worker || this.#worker.ended) {
      this.#worker = new BundleWorker(this.options.wasmBytes ?? wasmBytes);
    }
    return this.#worker;
  }

  #restLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sleep(), this.options.idleMs ?? 5000);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    this.#worker?.end(shutDown());
    this.#worker = undefined;
  }
}

function shutDown(): FaztError {
  return new FaztError("BUSY", "Cannot build: the node is shutting down");
}
