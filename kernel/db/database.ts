import { Connection } from "./connection.ts";
import { migrate, type MigrationReport } from "./migrate.ts";
import type { AnyOperation, Operation } from "./operation.ts";
import { type QueryOptions, QueryPool } from "./query_pool.ts";
import { WorkerClient } from "./worker_client.ts";

/** Options of {@link Database.open}. */
export interface DatabaseOptions {
  /** The file; its folder must exist. */
  readonly path: string;
  /** Cap of the file in MiB; 0 is none. */
  readonly maxMb?: number;
  readonly spawnWriter: () => Worker;
  readonly spawnBackground: () => Worker;
  readonly onTrace?: (operation: string, trace: string) => void;
}

/** Workers for queries: a machine's cores are for apps as well. */
const QUERY_WORKERS = 2;
/** A worker holds some megabytes: one without work is ended. */
const QUERY_IDLE_MS = 30_000;

/**
 * The one database: a reader on this thread; in workers a writer, a few connections for
 * what apps ask that may take a while, and one for what the kernel does in the background.
 * An acknowledged write survives `kill -9` and power loss.
 */
export class Database {
  #background: Promise<WorkerClient> | undefined;
  readonly #queries: QueryPool;
  /** Asked before every change; throws to refuse it. */
  gate: (operation: AnyOperation) => void = () => {};
  #closed: Promise<void> | undefined;

  private constructor(
    readonly path: string,
    /** What opening it changed. */
    readonly migration: MigrationReport,
    /** Read-only; point reads take microseconds, anything longer belongs in the background. */
    readonly reader: Connection,
    private readonly writer: WorkerClient,
    private readonly openReader: () => Promise<WorkerClient>,
  ) {
    this.#queries = new QueryPool({ open: openReader, size: QUERY_WORKERS, idleMs: QUERY_IDLE_MS });
  }

  /** Opens the file, creating or upgrading it. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const setup = new Connection(options.path);
    let migration: MigrationReport;
    let pageSize: number;
    try {
      migration = migrate(setup, options.path);
      pageSize = setup.get<{ page_size: number }>("PRAGMA page_size")!.page_size;
    } finally {
      setup.close();
    }
    const maxPages = Math.floor((options.maxMb ?? 0) * 1024 * 1024 / pageSize);
    const base = { path: options.path, ...(options.onTrace ? { onTrace: options.onTrace } : {}) };
    const writer = await WorkerClient.open({ ...base, maxPages, spawn: options.spawnWriter });
    const reader = new Connection(options.path, { readOnly: true });
    return new Database(
      options.path,
      migration,
      reader,
      writer,
      () => WorkerClient.open({ ...base, spawn: options.spawnBackground }),
    );
  }

  /** Runs a change; resolves once it is on the disk. Writes asked for together share a commit. */
  write<P, R>(op: Operation<P, R>, params: P): Promise<R> {
    try {
      this.gate(op);
    } catch (refusal) {
      return Promise.reject(refusal);
    }
    return this.writer.run(op, params);
  }

  /** Writes in a row that the file or the writer could not do; 0 when the last one worked. */
  get faults(): number {
    return this.writer.faults;
  }

  /** What waits to be written, and to be read in workers. */
  get waiting(): { readonly writes: number; readonly queries: number } {
    return { writes: this.writer.pending, queries: this.#queries.load.waiting };
  }

  /** Runs a long read (a check, a copy, a sweep) without holding up anything else. */
  async background<P, R>(op: Operation<P, R>, params: P): Promise<R> {
    this.#background ??= this.openReader().catch((error) => {
      // The next long read tries again.
      this.#background = undefined;
      throw error;
    });
    return (await this.#background).run(op, params);
  }

  /**
   * Runs a read that may take longer than a point read and that somebody waits for. It bounds its
   * own time: nothing can interrupt it.
   */
  query<P, R>(op: Operation<P, R>, params: P, options: QueryOptions = {}): Promise<R> {
    return this.#queries.run(op, params, options);
  }

  /** Finishes pending writes, folds the write-ahead log into the file and closes it. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    await (await this.#background?.catch(() => undefined))?.close();
    await this.#queries.close();
    this.reader.close();
    await this.writer.close();
  }
}
