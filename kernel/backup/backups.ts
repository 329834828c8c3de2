import { dirname } from "node:path";
import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { base58, SYSTEM_USER } from "../lib/ids.ts";
import { outdated, parseKeep } from "../lib/keep_rule.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { TaskWorker } from "../lib/task_worker.ts";
import type { Secrets } from "../secrets/mod.ts";
import type { Backup } from "./backup_info.ts";
import { type BackupTask, copyPath, type Progress } from "./make_backup.ts";
import { backupId, isBackupId } from "./names.ts";
import { openStore, type StoreSpec } from "./open_store.ts";
import { identify, recordRun } from "./operations.ts";
import type { Proof } from "./proof.ts";
import { findBackup, listBackups, readBackup, removeBackup } from "./store_files.ts";
import { BackupKeys } from "./backup_keys.ts";
import { BackupSchedule, type LastRun } from "./backup_schedule.ts";
import { storeSpec } from "./store_spec.ts";
import type { BackupStore } from "./store.ts";

/** What {@link Backups} work with. */
export interface BackupsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly version: string;
  /** Told of every backup that the schedule made or removed, done or failed. */
  readonly record: (entry: BackupActivity) => void;
}

/** A line for the activity log. */
export interface BackupActivity {
  readonly action: "backup.create" | "backup.remove";
  readonly target: string;
  readonly result: string;
}

/** What is being made now. */
export interface RunningBackup extends Progress {
  readonly id: string;
  readonly startedAt: number;
}

/** What there is and what will be. */
export interface BackupOverview {
  /** Where they lie, for people. */
  readonly place: string;
  readonly nodeId: string;
  /** Whether new ones are encrypted without being asked to. */
  readonly encrypted: boolean;
  readonly schedule: string;
  /** When the schedule makes the next one, Unix ms. */
  readonly nextAt?: number;
  readonly running?: RunningBackup;
  readonly last?: LastRun;
  /** Newest first. */
  readonly backups: readonly Backup[];
}

/** Who asks for a backup, and how it is to be. */
export interface BackupRequest {
  readonly userId: string;
  readonly source: "manual" | "schedule";
  /** Instead of the one that is kept. */
  readonly passphrase?: string | undefined;
  /** Not encrypted, whatever is kept. */
  readonly plain?: boolean | undefined;
}

/** Backups of this node: one is made at a time, in a worker, while everything else goes on. */
export class Backups {
  readonly keys: BackupKeys;
  readonly #schedule: BackupSchedule;
  #running:
    | { readonly task: BackupTask; readonly startedAt: number; progress: Progress }
    | undefined;
  readonly #workers = new Set<TaskWorker>();
  #stopped = false;

  private constructor(private readonly deps: BackupsDeps, readonly nodeId: string) {
    this.keys = new BackupKeys(deps.secrets);
    this.#schedule = new BackupSchedule(deps);
  }

  /** Gives the node its id at its first start. */
  static async open(deps: BackupsDeps): Promise<Backups> {
    const id = `node_${base58(12)}`;
    return new Backups(deps, await deps.db.write(identify, { id, at: deps.clock() }));
  }

  /** What there is and what will be. */
  async overview(): Promise<BackupOverview> {
    const { settings } = this.deps;
    const store = this.#store();
    const running = this.#progress();
    const last = this.#schedule.last();
    const nextAt = this.#schedule.nextAt();
    return {
      place: store.place,
      nodeId: this.nodeId,
      encrypted: this.keys.passphraseKept,
      schedule: settings.get("backup.schedule"),
      ...(nextAt === undefined ? {} : { nextAt }),
      ...(running === undefined ? {} : { running }),
      ...(last === undefined ? {} : { last }),
      backups: await listBackups(store),
    };
  }

  /** How far the one is that is being made. */
  get running(): RunningBackup | undefined {
    return this.#progress();
  }

  /**
   * Makes a backup; resolves once it is whole and in the store.
   * @throws {FaztError} `CONFLICT` while another is being made, `DISK_FULL`, `BACKUP_DAMAGED`.
   */
  async create(request: BackupRequest): Promise<Backup> {
    if (this.#stopped) throw stopping();
    if (this.#running) {
      const { id } = this.#running.task;
      throw new FaztError("CONFLICT", `Cannot start a backup: ${id} is being made`, {
        hint: "wait for it: fazt backup list",
      });
    }
    const { settings, clock, db, version } = this.deps;
    const startedAt = clock();
    const base = {
      db: db.path,
      store: this.#spec(),
      work: this.#work(),
      nodeId: this.nodeId,
      createdAt: startedAt,
      version,
      source: request.source,
      compression: settings.get("backup.compression"),
      diskPercent: settings.get("limits.global.diskPercent"),
    };
    const running = this.#running = {
      task: { ...base, id: "", passphrase: undefined as string | undefined },
      startedAt,
      progress: { step: "copy", done: 0, total: 0 } as Progress,
    };
    let id: string | null = null;
    const ended = async (result: string, error: string | null) => {
      const run = { userId: request.userId, source: request.source, backupId: id, startedAt };
      await db.write(recordRun, { ...run, endedAt: clock(), result, error });
    };
    try {
      running.task.passphrase = request.plain
        ? undefined
        : request.passphrase ?? this.keys.passphrase();
      running.task.id = id = backupId(startedAt, this.nodeId, await this.#newestId());
      const backup = await this.#task<Backup>("backup.make", running.task, (progress) => {
        running.progress = progress;
      });
      await ended("ok", null);
      return backup;
    } catch (thrown) {
      const { code, message } = toFaztError(thrown);
      await ended(code, message).catch(() => {});
      throw thrown;
    } finally {
      this.#running = undefined;
    }
  }

  /** @param ref an id, the start of one, or `latest`. @throws {FaztError} `NOT_FOUND`. */
  async info(ref: string): Promise<Backup> {
    return await findBackup(this.#store(), ref);
  }

  /** The file of a backup. */
  async file(ref: string): Promise<{ backup: Backup; stream: ReadableStream<Uint8Array> }> {
    const backup = await this.info(ref);
    return { backup, stream: await readBackup(this.#store(), backup) };
  }

  /**
   * Proves a backup by doing everything that a restore does but the last step.
   * @throws {FaztError} `NOT_FOUND`, `BACKUP_DAMAGED`, `PASSPHRASE`, `BACKUP_NEWER`.
   */
  async verify(ref: string, passphrase: string | undefined): Promise<Backup & { proof: Proof }> {
    const store = this.#store();
    const backup = await findBackup(store, ref);
    const base = `${this.#work()}/${this.nodeId}-verify-${backup.id}-${base58(6)}`;
    const file = `${base}.file`;
    try {
      await Deno.mkdir(this.#work(), { recursive: true, mode: 0o700 });
      await (await readBackup(store, backup)).pipeTo(
        (await Deno.open(file, { write: true, createNew: true, mode: 0o600 })).writable,
      );
      const proof = await this.#task<Proof>("backup.verify", {
        file,
        scratch: `${base}.scratch`,
        passphrase: passphrase ?? (backup.encrypted ? this.keys.passphrase() : undefined),
        diskPercent: this.deps.settings.get("limits.global.diskPercent"),
        sha256: backup.sha256,
      });
      return { ...backup, proof };
    } finally {
      await Deno.remove(file).catch(() => {});
    }
  }

  /** Removes a backup for good. @throws {FaztError} `NOT_FOUND`. */
  async remove(ref: string): Promise<Backup> {
    const backup = await findBackup(this.#store(), ref);
    await removeBackup(this.#store(), backup.id);
    return backup;
  }

  /** Makes the backup that is due, if one is, and removes what the rule does not keep. */
  async tick(): Promise<void> {
    if (this.#running || this.#stopped || !this.#schedule.isDue()) return;
    const { record } = this.deps;
    try {
      const { id } = await this.create({ userId: SYSTEM_USER, source: "schedule" });
      record({ action: "backup.create", target: id, result: "ok" });
    } catch (error) {
      record({ action: "backup.create", target: "schedule", result: toFaztError(error).code });
      throw error;
    }
    await this.prune();
  }

  /** Removes those of the schedule of this node that `backup.keep` does not keep. */
  async prune(): Promise<void> {
    const store = this.#store();
    const keep = parseKeep(this.deps.settings.get("backup.keep"));
    const own = (await listBackups(store))
      .filter((one) => one.nodeId === this.nodeId && one.source === "schedule");
    for (const { id } of outdated(own, keep)) {
      await removeBackup(store, id);
      this.deps.record({ action: "backup.remove", target: id, result: "ok" });
    }
  }

  /** Ends what is being made: nothing of it stays. */
  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.close();
  }

  async #task<R>(name: string, params: unknown, tell?: (progress: Progress) => void): Promise<R> {
    if (this.#stopped) throw stopping();
    const worker = new TaskWorker(moduleUrl("kernel/long_tasks.ts"));
    this.#workers.add(worker);
    try {
      return await worker.run<R, Progress>(name, params, tell);
    } finally {
      worker.close();
      this.#workers.delete(worker);
    }
  }

  #progress(): RunningBackup | undefined {
    if (!this.#running) return undefined;
    const { task, startedAt, progress } = this.#running;
    const done = progress.step === "copy" ? sizeOf(copyPath(task)) : progress.done;
    return { ...progress, done, id: task.id, startedAt };
  }

  async #newestId(): Promise<string | undefined> {
    const known = this.deps.db.reader.get<{ id: string | null }>(
      "SELECT max(backup_id) AS id FROM backup_runs",
    )?.id;
    const names = (await listBackups(this.#store())).map(({ id }) => id).filter(isBackupId);
    return [...names, ...(known ? [known] : [])].sort().at(-1);
  }

  #store(): BackupStore {
    return openStore(this.#spec());
  }

  #spec(): StoreSpec {
    const { db, settings } = this.deps;
    return storeSpec({
      dbPath: db.path,
      get: (key) => settings.get(key),
      secretKey: () => this.keys.s3SecretKey(),
    });
  }

  /** Beside the backups where those are in a folder, so that a finished file is only renamed. */
  #work(): string {
    const spec = this.#spec();
    return spec.kind === "folder"
      ? `${spec.folder}/.work`
      : `${dirname(this.deps.db.path)}/.backup-work`;
  }
}

function stopping(): FaztError {
  return new FaztError("BUSY", "Cannot go on: the node is stopping", { hint: "try again" });
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
