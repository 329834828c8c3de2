import { dirname } from "node:path";
import type { Actor, App, Apps } from "../apps/mod.ts";
import type { Backups, Packed } from "../backup/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import { MIB } from "../lib/bytes.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { base58 } from "../lib/ids.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { TaskWorker } from "../lib/task_worker.ts";
import type { Secrets } from "../secrets/mod.ts";
import type { ExportTask } from "./export_app.ts";
import { Importer, type ImportResult } from "./importer.ts";

/** What {@link Transfer} works with. */
export interface TransferDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly vfs: Vfs;
  readonly apps: Apps;
  readonly secrets: Secrets;
  readonly backups: Backups;
  readonly version: string;
}

/** How an import is to be. */
export interface ImportOptions {
  /** Default: the app's own. */
  readonly name?: string | undefined;
  /** Approves what it asks for. */
  readonly approve?: boolean | undefined;
}

/** A file that was exported. */
export interface ExportedApp {
  readonly app: App;
  readonly bytes: number;
  /** Its content; the file is gone when it was read or cancelled. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** Exports and imports at once; each is a worker and space on the disk. */
const AT_ONCE = 2;

/** Moves apps, with their data, between nodes. */
export class Transfer {
  readonly #workers = new Set<TaskWorker>();
  #stopped = false;

  constructor(private readonly deps: TransferDeps) {}

  /** Removes what exports and imports left that were cut off. */
  async start(): Promise<void> {
    await Deno.remove(this.#work(), { recursive: true }).catch(() => {});
    await this.deps.apps.abandonImports();
  }

  /**
   * Writes an app into one file: its files and revisions, and its data unless that is left out.
   * No secret is in it: neither those of the node nor variables that are not said to be public.
   * @throws {FaztError} `NOT_FOUND`, `DISK_FULL`, `BUSY`.
   */
  async export(ref: string, { data }: { readonly data: boolean }): Promise<ExportedApp> {
    const { apps, secrets, db, clock, settings, version, backups } = this.deps;
    const app = apps.info(ref);
    const env = apps.env(app.id);
    const open = env.filter((entry) => entry.set && entry.value !== undefined);
    const bucket = apps.storagePlace(app.id, "s3");
    const left = [
      ...(data && bucket !== undefined ? [`storage provider ${bucket}, with its objects`] : []),
      ...env.filter((entry) => entry.set && entry.value === undefined)
        .map(({ name }) => `variable ${name}`),
      ...secrets.list(app.id).filter(({ appId }) => appId === app.id)
        .map(({ name }) => `secret ${name}`),
    ];
    const to = await this.#file();
    const createdAt = clock();
    const task: ExportTask = {
      db: db.path,
      to,
      appId: app.id,
      info: {
        name: app.name,
        title: app.title ?? null,
        current: app.revision ?? null,
        withData: data,
        env: Object.fromEntries(open.map(({ name, value }) => [name, value!])),
        origins: apps.revisions(app.id).flatMap(({ n, origin }) =>
          origin === undefined
            ? []
            : [{ ...origin, n, ref: origin.ref ?? null, signer: origin.signer ?? null }]
        ).slice(0, 100),
      },
      left,
      id: `${app.name}-${createdAt}`.slice(0, 64),
      nodeId: backups.nodeId,
      createdAt,
      version,
      diskPercent: settings.get("limits.global.diskPercent"),
    };
    const { bytes } = await this.#withWorker((worker) =>
      worker.run<Packed>("transfer.export", task)
    );
    return { app, bytes, stream: await vanishing(to) };
  }

  /**
   * Makes an app of a file that a stranger may have written. All of it is judged: a file that is
   * not wholly sound leaves nothing.
   * @throws {FaztError} `BACKUP_DAMAGED`, `BACKUP_NEWER`, `CONFLICT` for the name, `TOO_LARGE`, and
   *   what a deploy of its files finds.
   */
  async import(
    body: ReadableStream<Uint8Array>,
    options: ImportOptions,
    by: Actor,
  ): Promise<ImportResult> {
    const { settings } = this.deps;
    const file = await this.#file();
    const scratch = `${file}.scratch`;
    const maxBytes = settings.get("limits.import.mb") * MIB;
    try {
      await take(body, file, maxBytes);
      return await this.#withWorker((worker) =>
        new Importer(this.deps, worker).run({ file, scratch, maxBytes, options, by })
      );
    } finally {
      for (const path of [file, scratch]) await Deno.remove(path).catch(() => {});
    }
  }

  /** Ends what is under way: nothing of it stays. */
  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.close();
  }

  async #withWorker<R>(work: (worker: TaskWorker) => Promise<R>): Promise<R> {
    if (this.#stopped || this.#workers.size >= AT_ONCE) {
      throw new FaztError("BUSY", "Cannot move the app now: others are being moved", {
        hint: "try again when they are done",
      });
    }
    const worker = new TaskWorker(moduleUrl("kernel/long_tasks.ts"));
    this.#workers.add(worker);
    try {
      return await work(worker);
    } finally {
      worker.close();
      this.#workers.delete(worker);
    }
  }

  async #file(): Promise<string> {
    await Deno.mkdir(this.#work(), { recursive: true, mode: 0o700 });
    return `${this.#work()}/${base58(12)}`;
  }

  /** Beside the database: on its disk, and not in memory as `/tmp` may be. */
  #work(): string {
    const { path } = this.deps.db;
    return `${dirname(path)}/.transfer-${path.slice(path.lastIndexOf("/") + 1)}`;
  }
}

/** Takes an upload in, up to a size. */
async function take(
  body: ReadableStream<Uint8Array>,
  path: string,
  maxBytes: number,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new FaztError("TOO_LARGE", `Cannot import this file: it is over ${maxBytes} bytes`, {
        hint: "fazt config set limits.import.mb <MiB> raises the limit",
        details: { limit: "import.mb", used: size, max: maxBytes },
      });
    }
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
}

/** The content of a file that is removed at once, or where the system does not let it, at the end. */
async function vanishing(path: string): Promise<ReadableStream<Uint8Array>> {
  const file = await Deno.open(path);
  await Deno.remove(path);
  return file.readable;
}
