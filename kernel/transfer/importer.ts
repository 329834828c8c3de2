import { type Actor, type App, formatSource, parseSource } from "../apps/mod.ts";
import type { Settings } from "../config/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { isCommit } from "../lib/git_ref.ts";
import type { TaskWorker } from "../lib/task_worker.ts";
import { base58, isId, newId } from "../lib/ids.ts";
import { unfit } from "./admit_rows.ts";
import type { AppInfo } from "./app_file.ts";
import { APP_TABLES } from "./app_tables.ts";
import { pillarOf } from "./pillar_operations.ts";
import { importRows } from "./operations.ts";
import type { FileBlob, OpenedApp, OpenTask, RowBatch, RowsTask } from "./read_app.ts";
import type { MoveLimits } from "../storage/mod.ts";
import type { ImportOptions, TransferDeps } from "./transfer.ts";

/** What an import made. */
export interface ImportResult {
  readonly app: App;
  /** Its id where it came from. */
  readonly originId: string;
  readonly revisions: number;
  readonly rows: number;
  /** Rows that this node does not take, such as a value that is none. */
  readonly dropped: number;
  /** What stayed where it was and has to be set again, such as `secret STRIPE_KEY`. */
  readonly left: readonly string[];
  readonly warnings: readonly string[];
}

/** One import. */
export interface ImportJob {
  readonly file: string;
  readonly scratch: string;
  readonly maxBytes: number;
  readonly options: ImportOptions;
  readonly by: Actor;
}

/** Makes an app of a file, part after part; a worker reads the file. */
export class Importer {
  #rows = 0;
  #dropped = 0;
  #revisions = 0;
  readonly #warnings: string[] = [];
  /** What tables of the file became here. */
  readonly #places: Record<string, string> = {};

  constructor(private readonly deps: TransferDeps, private readonly worker: TaskWorker) {}

  /** @throws {FaztError} as `Transfer.import` does; then nothing is left of it. */
  async run(job: ImportJob): Promise<ImportResult> {
    const { apps, settings } = this.deps;
    const opened = await this.worker.run<OpenedApp>(
      "transfer.open",
      {
        file: job.file,
        scratch: job.scratch,
        maxBytes: job.maxBytes,
        maxFiles: settings.get("limits.deploy.entries"),
        diskPercent: settings.get("limits.global.diskPercent"),
      } satisfies OpenTask,
    );
    const { info } = opened;
    const order = orderOf(opened);
    // A first id that is none of an app's is not kept; it is only remembered as text.
    const originId = isId("app", info.appId) ? info.appId : newId("app");
    for (const blob of opened.blobs) await this.#store(blob);
    const name = job.options.name ?? info.name;
    const app = await apps.import({ originId, name, title: info.title }, job.by, async (id) => {
      await this.#fill(id, order.before);
      if (Object.keys(info.env).length > 0) await apps.setEnv(id, info.env, job.by);
      await this.#deploy(id, { opened, job });
      await this.#fill(id, order.after);
    }).catch((error) => {
      throw error instanceof FaztError && error.code === "NAME_TAKEN" ? taken(name, error) : error;
    });
    return {
      app: apps.info(app.id),
      originId,
      revisions: this.#revisions,
      rows: this.#rows,
      dropped: this.#dropped,
      left: info.left,
      warnings: this.#warnings,
    };
  }

  /** Stores a blob; its content has to be what its cid says. */
  async #store(blob: FileBlob): Promise<void> {
    const { vfs } = this.deps;
    let n = blob.first;
    const end = blob.first + blob.count;
    const stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (n === end) return controller.close();
        controller.enqueue(await this.worker.run<Uint8Array>("transfer.chunk", { n: n++ }));
      },
    }, { highWaterMark: 0 });
    await vfs.put(blob.cid, stream, { maxBytes: blob.size });
  }

  /** Deploys the revisions in their order, the one that was served last. */
  async #deploy(
    app: string,
    { opened, job }: { readonly opened: OpenedApp; readonly job: ImportJob },
  ): Promise<void> {
    const { apps } = this.deps;
    const { revisions, info } = opened;
    const served = revisions.find(({ n }) => n === info.current);
    if (!served) {
      if (info.current !== null) throw unfit("the revision that was served is not in it");
      return;
    }
    // Nothing is approved because it once was elsewhere.
    const by = { ...job.by, admin: job.options.approve === true };
    for (const revision of [...revisions.filter((one) => one !== served), served]) {
      const { files, message } = revision;
      const origin = originOf(info.origins?.find(({ n }) => n === revision.n));
      try {
        const done = await apps.deploy({
          app,
          source: "import",
          approve: job.options.approve === true,
          ...(message === null ? {} : { message }),
          ...(origin === undefined ? {} : { origin }),
          files,
        }, by);
        if ("missing" in done) throw unfit("files of a revision are not in it");
        this.#revisions++;
        if (revision === served) this.#warnings.push(...done.warnings);
      } catch (error) {
        if (revision === served || !(error instanceof FaztError)) throw error;
        this.#warnings.push(`revision ${revision.n} did not come along: ${error.message}`);
      }
    }
  }

  async #fill(appId: string, tables: readonly string[]): Promise<void> {
    const { db, clock, settings } = this.deps;
    const limits = moveLimits(settings);
    const largest = Math.max(16, limits.documentMb, settings.get("limits.storage.kv.valueMb"));
    // Two bytes for a character, and some for what stands beside the largest value.
    const maxRow = 2 * (largest + 1) * MIB;
    for (const table of tables) {
      for (let after: number | undefined = 0; after !== undefined;) {
        const at = clock();
        const batch: RowBatch = await this.worker.run(
          "transfer.rows",
          { db: db.path, appId, at, table, after, maxRow } satisfies RowsTask,
        );
        const { rows, bookings } = batch;
        const ids = rows.map(() => base58(12));
        const made = await db.write(
          importRows,
          { appId, table, rows, ids, at, limits, places: this.#places, bookings },
        );
        Object.assign(this.#places, made);
        this.#rows += rows.length;
        this.#dropped += batch.dropped;
        after = batch.after;
      }
    }
  }
}

/** Catalogues before the tables they number; what may start something after the code. */
function orderOf({ tables }: OpenedApp): { before: string[]; after: string[] } {
  const names = tables.map(({ name }) => name);
  const ruleOf = (name: string) => APP_TABLES.find((rule) => rule.name === name);
  const stays = names.find((name) => ruleOf(name)?.stays !== undefined);
  if (stays !== undefined) throw unfit(`"${stays}" does not move: ${ruleOf(stays)!.stays}`);
  const late = (name: string) => ruleOf(name)?.afterCode === true;
  const rank = (name: string) => {
    const { tables = [] } = pillarOf(name) ?? {};
    return tables.includes(name) ? tables.indexOf(name) : tables.length;
  };
  const before = names.filter((name) => !late(name)).sort((a, b) => rank(a) - rank(b));
  return { before, after: names.filter(late) };
}

/** What a file says of a revision's repository, if it can be true. The secret for it stays behind. */
function originOf(told: NonNullable<AppInfo["origins"]>[number] | undefined) {
  if (told === undefined) return undefined;
  const { url, path, ref, commit, signer } = told;
  const source = { kind: "git", url, path, ...(ref === null ? {} : { ref }) } as const;
  try {
    const read = parseSource(formatSource(source));
    if (read.kind !== "git" || read.url !== url || read.path !== path || !isCommit(commit)) {
      return undefined;
    }
  } catch {
    return undefined;
  }
  const key = signer !== null && /^ed25519:[\w-]{43}$/.test(signer) ? { signer } : {};
  const { kind: _, ...place } = source;
  return { type: "git", ...place, commit, ...key } as const;
}

function moveLimits(settings: Settings): MoveLimits {
  return {
    appMb: settings.get("limits.storage.appMb"),
    kvKeys: settings.get("limits.storage.kv.keys"),
    collections: settings.get("limits.storage.ds.collections"),
    perCollection: settings.get("limits.storage.ds.perCollection"),
    documentMb: settings.get("limits.storage.ds.documentMb"),
    shards: settings.get("limits.storage.ds.shards"),
    rdTables: settings.get("limits.storage.rd.tables"),
    rdRows: settings.get("limits.storage.rd.rows"),
    s3Gb: settings.get("limits.storage.s3.appGb"),
    s3ObjectGb: settings.get("limits.storage.s3.streamedGb"),
  };
}

function taken(name: string, cause: FaztError): FaztError {
  return new FaztError("CONFLICT", `Cannot import "${name}": ${cause.message}`, {
    hint: "give it another name: --name NAME",
    cause,
  });
}
