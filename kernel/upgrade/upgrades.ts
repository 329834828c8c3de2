import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { Actor } from "../apps/mod.ts";
import type { Backups } from "../backup/mod.ts";
import type { Settings } from "../config/mod.ts";
import { type Database, schemaLevel } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { SYSTEM_USER } from "../lib/ids.ts";
import type { ActivityEntry } from "../log/mod.ts";
import { download } from "./download.ts";
import {
  discard,
  type Executable,
  isWritable,
  lockExecutable,
  previousPath,
  stagedPath,
  stagePrevious,
} from "./executable.ts";
import { type Candidate, findRelease } from "./find_release.ts";
import type { HandOver, Outcome } from "./hand_over.ts";
import { beginUpgrade, endUpgrade, noteBackup, type UpgradeState } from "./operations.ts";
import { rehearse, versionOf } from "./rehearse.ts";
import { type Offer, offerOf } from "./offer.ts";
import { judgeRelease } from "./release.ts";
import { parseKeys } from "./signature.ts";

/** What {@link Upgrades} work with. */
export interface UpgradesDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly backups: Pick<Backups, "create" | "remove">;
  readonly version: string;
  /** How this process was started. */
  readonly start: StartedAs;
  readonly record: (entry: ActivityEntry) => void;
  /** Stops the node so that another executable can take its place. */
  readonly handOver: (plan: HandOver) => void;
  readonly onError: (error: unknown) => void;
}

/** How a node was started, as far as upgrades care. */
export interface StartedAs {
  /** Undefined for a checkout, which has none. */
  readonly executable?: Executable | undefined;
  /** Keys that were built in. */
  readonly releaseKeys?: readonly string[] | undefined;
  /** The environment that children get. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Set while a parent still watches whether this version comes up. */
  readonly probation?: boolean | undefined;
  /** How the upgrade ended that this start follows. */
  readonly outcome?: Outcome | undefined;
}

/** What an upgrade is asked to do. */
export interface UpgradeRequest {
  readonly url?: string | undefined;
  readonly rollback?: boolean | undefined;
  readonly key?: string | undefined;
  readonly allowUnsigned?: boolean | undefined;
}

/** Whoever asks. */
export interface Asker {
  readonly actor: Actor;
  /** Sits at the node's own machine. */
  readonly onMachine: boolean;
}

/** How far an upgrade is. */
export interface RunningUpgrade {
  readonly id: number;
  readonly to: string;
  readonly startedAt: number;
  step: "download" | "rehearse" | "backup" | "install";
  /** Bytes, while downloading. */
  done: number;
  total: number;
}

/** One upgrade of the past. */
export interface UpgradeRow {
  readonly id: number;
  readonly actor: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly from: string;
  readonly to: string;
  readonly url?: string;
  readonly signedBy?: string;
  readonly backupId?: string;
  readonly state: UpgradeState;
  readonly error?: string;
}

interface Row extends Record<string, string | number | null> {
  readonly id: number;
}

/** Backups made before upgrades that are kept. */
const KEPT_BACKUPS = 3;
const SHOWN = 20;
/** Between two looks at whether the parent is content, ms. */
const SETTLE_MS = 200;

/** Upgrades of the executable this node runs from. */
export class Upgrades {
  #running: { state: RunningUpgrade; readonly abort: AbortController } | undefined;
  #starting = false;
  #stopped = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #previous: { readonly stamp: string; readonly version: string | undefined } | undefined;

  constructor(private readonly deps: UpgradesDeps) {}

  /** Finds out how the last upgrade ended. */
  async open(): Promise<void> {
    const { version, start: { outcome, probation, executable } } = this.deps;
    for (const row of this.#rows("WHERE ended_at IS NULL")) {
      if (outcome?.id === row.id) await this.#end(row, "returned", outcome.error);
      else if (probation && executable) this.#awaitProof(row, stagedPath(executable.path));
      else if (row.to === version) await this.#end(row, "done");
      else await this.#end(row, "interrupted", "the node ended in the middle of it");
    }
  }

  /** What runs, what could, and what was. */
  async status() {
    const { settings, version, start: { executable } } = this.deps;
    const running = this.#running?.state;
    return {
      version,
      target: Deno.build.target,
      executable: executable === undefined
        ? null
        : { ...executable, writable: isWritable(executable.path) },
      previous: executable === undefined ? null : await this.#previousOf(executable),
      url: settings.get("upgrade.url"),
      keys: this.#keys(),
      running: running === undefined ? null : { ...running },
      history: this.#rows(`ORDER BY id DESC LIMIT ${SHOWN}`),
    };
  }

  /** Looks at what is offered. @throws {FaztError} what {@link findRelease} throws. */
  async check(request: UpgradeRequest, asker: Asker): Promise<Offer> {
    const { version, db } = this.deps;
    const candidate = await this.#find(request, asker, AbortSignal.timeout(60_000));
    const now = { version, level: schemaLevel(db.reader) };
    return offerOf(candidate, now, request.rollback === true);
  }

  /**
   * Begins an upgrade once everything is known that can be known before the file is here.
   * @throws {FaztError} `CONFLICT`, `UPGRADE_IMPOSSIBLE`, `FORBIDDEN`, and of release and address.
   */
  async start(request: UpgradeRequest, asker: Asker) {
    const executable = this.#executable();
    this.#admit(request, asker);
    if (this.#running || this.#starting || this.#stopped) {
      throw new FaztError("CONFLICT", "Cannot upgrade: an upgrade is going on", {
        hint: "fazt upgrade --check shows how far it is",
      });
    }
    this.#starting = true;
    try {
      const lock = await lockExecutable(executable);
      try {
        return await this.#begin(executable, { request, asker, lock });
      } catch (error) {
        lock.release();
        throw error;
      }
    } finally {
      this.#starting = false;
    }
  }

  /** Gives up what is going on: nothing of it stays. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#running?.abort.abort(new FaztError("BUSY", "Cannot go on: the node is stopping"));
  }

  async #begin(
    executable: Executable,
    { request, asker, lock }: {
      readonly request: UpgradeRequest;
      readonly asker: Asker;
      readonly lock: { release(): void };
    },
  ) {
    const { db, clock, version: from } = this.deps;
    const back = request.rollback === true && request.url === undefined;
    const candidate = back
      ? undefined
      : await this.#find(request, asker, AbortSignal.timeout(60_000));
    if (candidate) {
      const now = { version: from, level: schemaLevel(db.reader) };
      judgeRelease(candidate.release, now, request.rollback === true);
    }
    const staged = back ? await stagePrevious(executable) : stagedPath(executable.path);
    const to = candidate?.release.version ?? await versionOf(staged, this.#env());
    const { actor } = asker;
    const startedAt = clock();
    const id = await db.write(beginUpgrade, {
      userId: actor.userId,
      actor: actor.name,
      at: startedAt,
      ...{ from, to, url: candidate?.url ?? null, signedBy: candidate?.signedBy ?? null },
    });
    const running = this.#running = {
      state: { id, to, startedAt, step: back ? "rehearse" : "download", done: 0, total: 0 },
      abort: new AbortController(),
    };
    this.#run({ executable, candidate, staged, asker, state: running.state, lock })
      .catch(this.deps.onError);
    return { id, from, to };
  }

  async #run({ executable, candidate, staged, asker, state, lock }: {
    readonly executable: Executable;
    readonly candidate: Candidate | undefined;
    readonly staged: string;
    readonly asker: Asker;
    readonly state: RunningUpgrade;
    readonly lock: { release(): void };
  }): Promise<void> {
    const { db, settings, backups } = this.deps;
    const { signal } = this.#running!.abort;
    const healthMs = settings.get("upgrade.healthSeconds") * 1000;
    try {
      if (candidate) {
        state.total = candidate.file.size;
        await download({
          candidate,
          to: staged,
          rules: this.#rules(asker),
          maxMb: settings.get("limits.upgrade.mb"),
          signal,
          tell: (done) => state.done = done,
        });
      }
      state.step = "rehearse";
      await rehearse({
        file: staged,
        version: state.to,
        folder: dirname(db.path),
        env: this.#env(),
        limitMs: healthMs,
        signal,
      });
      state.step = "backup";
      const { userId } = asker.actor;
      const { id: backupId } = await backups.create({ userId, source: "manual" });
      await db.write(noteBackup, { id: state.id, backupId });
      signal.throwIfAborted();
      state.step = "install";
      // The process that replaces the executable takes it anew.
      lock.release();
      const { path, kind } = executable;
      this.deps.handOver({
        ...{ id: state.id, staged, version: state.to, dbPath: db.path, healthMs },
        executable: { path, kind },
      });
    } catch (thrown) {
      const error = toFaztError(thrown);
      await discard(staged, executable);
      lock.release();
      await this.#end(this.#rows("WHERE id = ?", state.id)[0]!, "failed", textOf(error));
      this.#running = undefined;
      if (error.code === "INTERNAL") this.deps.onError(thrown);
    }
  }

  /** A parent puts the staged file in place once it is content with this process. */
  #awaitProof(row: UpgradeRow, staged: string): void {
    this.#timer = setInterval(() => {
      if (statSync(staged, { throwIfNoEntry: false }) !== undefined) return;
      clearInterval(this.#timer);
      this.#end(row, "done").catch(this.deps.onError);
    }, SETTLE_MS);
    Deno.unrefTimer(this.#timer);
  }

  async #end(row: UpgradeRow, state: UpgradeState, error: string | null = null): Promise<void> {
    const { db, clock, record } = this.deps;
    if (!await db.write(endUpgrade, { id: row.id, at: clock(), state, error })) return;
    record({
      userId: SYSTEM_USER,
      actor: "system",
      action: "upgrade.end",
      target: row.to,
      result: state === "done" ? "ok" : state,
      details: { id: row.id, from: row.from, ...(error === null ? {} : { error }) },
    });
    if (state === "done") await this.#pruneBackups();
  }

  /** Those of older upgrades go; what somebody made by hand is nobody's to remove. */
  async #pruneBackups(): Promise<void> {
    const made = this.#rows("WHERE backup_id IS NOT NULL ORDER BY id DESC LIMIT 20");
    for (const { backupId } of made.slice(KEPT_BACKUPS)) {
      await this.deps.backups.remove(backupId!).catch((error) => {
        if (toFaztError(error).code !== "NOT_FOUND") this.deps.onError(error);
      });
    }
  }

  #find(request: UpgradeRequest, asker: Asker, signal: AbortSignal): Promise<Candidate> {
    const { settings, start: { executable } } = this.deps;
    this.#admit(request, asker);
    const url = request.url ?? settings.get("upgrade.url");
    if (url === "") {
      throw new FaztError("UPGRADE_URL", "Cannot upgrade: no address of releases is set", {
        hint: "fazt upgrade URL, or fazt config set upgrade.url URL",
        status: 422,
      });
    }
    return findRelease({
      url,
      rules: this.#rules(asker),
      keys: [...this.#keys(), ...parseKeys(request.key ?? "")],
      allowUnsigned: request.allowUnsigned ?? false,
      target: Deno.build.target,
      kind: executable?.kind ?? "portable",
      signal,
    });
  }

  /** Whom to trust is decided at the machine: a stolen key must not bring its own programs. */
  #admit({ key, allowUnsigned }: UpgradeRequest, { onMachine }: Asker): void {
    if (onMachine || (key === undefined && allowUnsigned !== true)) return;
    throw new FaztError(
      "FORBIDDEN",
      "Cannot do this from afar: whose releases a node trusts is said on its own machine",
      { hint: "there: fazt upgrade --key KEY, or fazt config set upgrade.key KEY" },
    );
  }

  #executable(): Executable {
    const { executable } = this.deps.start;
    if (executable) return executable;
    throw new FaztError("UPGRADE_IMPOSSIBLE", "Cannot upgrade: this node runs from a checkout", {
      hint: "there: git pull, then start it again",
      status: 409,
    });
  }

  #rules({ onMachine }: Asker) {
    return { private: onMachine || this.deps.settings.get("upgrade.private") };
  }

  #keys(): string[] {
    const { settings, start } = this.deps;
    return [...new Set([...start.releaseKeys ?? [], ...parseKeys(settings.get("upgrade.key"))])];
  }

  #env(): Readonly<Record<string, string>> {
    return this.deps.start.env ?? {};
  }

  /** Asked of the file itself, once for each file there is. */
  async #previousOf({ path }: Executable) {
    const previous = previousPath(path);
    const found = statSync(previous, { throwIfNoEntry: false });
    if (found === undefined) return null;
    const stamp = `${found.ino} ${found.size} ${found.mtimeMs}`;
    if (this.#previous?.stamp !== stamp) {
      const version = await versionOf(previous, this.#env()).catch(() => undefined);
      this.#previous = { stamp, version };
    }
    const { version } = this.#previous;
    return { path: previous, ...(version === undefined ? {} : { version }) };
  }

  #rows(where: string, ...values: readonly number[]): UpgradeRow[] {
    return this.deps.db.reader.all<Row>(
      "SELECT id, actor, started_at AS startedAt, ended_at AS endedAt, from_version AS 'from', " +
        "to_version AS 'to', url, signed_by AS signedBy, backup_id AS backupId, state, error " +
        `FROM upgrades ${where}`,
      ...values,
    ).map((row) =>
      Object.fromEntries(
        Object.entries(row).filter(([, value]) => value !== null),
      ) as unknown as UpgradeRow
    );
  }
}

/** What is kept of an error: what happened and what to do. */
function textOf(error: FaztError): string {
  return `${error.code}: ${error.message}`.slice(0, 1000);
}
