import { dirname } from "node:path";
import type { Site } from "../http/static/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { newId } from "../lib/ids.ts";
import { nearest } from "../lib/nearest.ts";
import type { RunnableApp } from "../proc/mod.ts";
import { AliasBook } from "./alias_book.ts";
import { AppContext } from "./app_context.ts";
import * as operations from "./app_operations.ts";
import { type AppRow, manifestOf, type SourceRow } from "./app_store.ts";
import { appView, grantList, revisionView } from "./app_views.ts";
import { changeApprovals, type GrantChange, grantsOf } from "./approvals.ts";
import { audited } from "./audit.ts";
import { nameFolders, rollbackRevision } from "./deploy_operations.ts";
import { Deployer } from "./deployer.ts";
import type { AppsDeps } from "./deps.ts";
import { checkEnv, ENV_BYTES, listEnv, missingEnv } from "./environment.ts";
import { foldersOf } from "./folders.ts";
import { checkLabel, checkTitle } from "./names.ts";
import { abandonImports, endImport, importApp } from "./import_operations.ts";
import { promoteRevision } from "./preview_operations.ts";
import { PreviewBook } from "./preview_book.ts";
import { previewsChanged, previewsOf } from "./previews.ts";
import { cleanForks, forkApp } from "./forks.ts";
import { lineage } from "./lineage.ts";
import { type DiffOptions, diffRevisions } from "./diffs.ts";
import { purgeStep } from "./purge_operations.ts";
import type {
  Actor,
  App,
  AppBackground,
  AppFile,
  DeployDone,
  DeployInput,
  DeployMissing,
  EnvEntry,
  ForkDone,
  ForkInput,
  GrantList,
  InstalledApp,
  Lineage,
  RemovedApp,
  Revision,
  RevisionDiff,
} from "./shapes.ts";
import { unpackZip } from "./zip_deploy.ts";
import { spool } from "./zip_source.ts";

/** Rows a purge step deletes at most: no other write waits longer for it than milliseconds. */
const PURGE_ROWS = 500;
/** Before it were "removed", Unix ms, only apps that never came to be. */
const FORGOTTEN = 1;

/**
 * Every app of the node: identity, code, grants, environment and addresses.
 * Each change is one durable write; then caches and the host table follow, and the activity log
 * is told once, by this class, whether it was done or failed. A `ref` is an id, name or alias.
 */
export class Apps {
  /** Host labels and where they lead. */
  readonly addresses: AliasBook;
  /** Revisions under addresses of their own. */
  readonly previews: PreviewBook;
  readonly #context: AppContext;
  readonly #deployer: Deployer;

  constructor(private readonly deps: AppsDeps) {
    this.#context = new AppContext(deps);
    this.#deployer = new Deployer(deps, this.#context.store);
    this.addresses = new AliasBook(this.#context);
    this.previews = new PreviewBook(this.#context);
  }

  /** Every app that is not removed, by name. */
  list(): App[] {
    return this.#context.store.list().map((row) => this.#view(row));
  }

  /** @throws {FaztError} `NOT_FOUND` naming the nearest app. */
  info(ref: string, options: { readonly as?: "id" | "alias" } = {}): App {
    return this.#view(this.#context.store.find(ref, options.as));
  }

  /** Makes an app without a revision, or brings back the one whose data this name kept. */
  create(input: { readonly name: string; readonly title?: string }, by: Actor): Promise<App> {
    return this.#context.change("app.create", { by, target: input.name }, async () => {
      const at = this.deps.clock();
      const { id } = await this.deps.db.write(operations.createApp, {
        id: newId("app"),
        userId: by.userId,
        name: checkLabel(input.name),
        title: input.title === undefined ? null : checkTitle(input.title),
        at,
        admin: by.admin,
      });
      this.#listen(id);
      this.#context.live.changed(id);
      return this.info(id);
    });
  }

  /**
   * Makes an app that comes from elsewhere and lets `fill` bring its data and code. What fails
   * leaves nothing, and what a crash cuts off goes at the next start.
   * @throws {FaztError} `NAME_TAKEN`, and whatever `fill` throws.
   */
  import(
    input: { readonly originId: string; readonly name: string; readonly title: string | null },
    by: Actor,
    fill: (id: string) => Promise<void>,
  ): Promise<App> {
    const { db, clock } = this.deps;
    const details = { originId: input.originId };
    return this.#context.change("app.import", { by, target: input.name, details }, async () => {
      const { id } = await db.write(importApp, {
        ...input,
        name: checkLabel(input.name),
        title: input.title === null ? null : checkTitle(input.title),
        newId: newId("app"),
        userId: by.userId,
        at: clock(),
      });
      this.#listen(id);
      try {
        await fill(id);
        await db.write(endImport, { id });
      } catch (error) {
        await this.abandonImports(id);
        await this.purge(FORGOTTEN);
        throw error;
      }
      this.#context.live.changed(id);
      return this.info(id);
    });
  }

  /**
   * Takes away apps whose import was cut off (default: every one); the next purge forgets what
   * they brought.
   */
  async abandonImports(id: string | null = null): Promise<void> {
    const labels = this.#context.store.aliases();
    const gone = await this.deps.db.write(abandonImports, { id, at: this.deps.clock() });
    for (const appId of gone) {
      this.deps.hosts.removeApp(appId);
      for (const alias of labels) {
        if (alias.appId === appId) this.#context.labelChanged(alias.label);
      }
      this.#context.live.changed(appId);
    }
  }

  /** Renames or titles an app; the name's address follows, id, data and revisions stay. */
  update(
    ref: string,
    change: { readonly name?: string; readonly title?: string | null },
    by: Actor,
  ): Promise<App> {
    return this.#context.change(
      "app.update",
      { by, target: ref, details: { ...change } },
      async () => {
        const before = this.#context.active(ref);
        await this.deps.db.write(operations.updateApp, {
          id: before.id,
          name: change.name === undefined ? null : checkLabel(change.name),
          ...(change.title === undefined ? {} : {
            title: change.title === null ? null : checkTitle(change.title),
          }),
          at: this.deps.clock(),
        });
        if (change.name !== undefined && change.name !== before.name) {
          this.#context.labelChanged(before.name, change.name);
          previewsChanged(this.#context, before.id);
        }
        this.#context.live.changed(before.id);
        return this.info(before.id);
      },
    );
  }

  /**
   * Takes an app away: its addresses are free at once, its rows go after 30 days. With
   * `keepData` its code goes now and its storage waits for the name to be deployed again.
   */
  remove(
    ref: string,
    options: { readonly keepData?: boolean },
    by: Actor,
  ): Promise<{ id: string; name: string; keptData: boolean }> {
    const keptData = options.keepData ?? false;
    return this.#context.change(
      "app.remove",
      { by, target: ref, details: { keptData } },
      async () => {
        const { id, name } = this.#context.store.find(ref);
        const { store } = this.#context;
        const labels = [...store.aliases(id).map(({ label }) => label), ...store.splitsOf(id)];
        await this.deps.db.write(operations.removeApp, {
          id,
          keepData: keptData,
          at: this.deps.clock(),
        });
        this.#context.labelChanged(...labels);
        this.deps.hosts.removeApp(id);
        this.#context.live.changed(id);
        if (keptData) await this.purge(-Infinity);
        return { id, name, keptData };
      },
    );
  }

  /** Apps that were removed and can still be brought back, the last one first. */
  removed(): RemovedApp[] {
    return this.#context.store.removed();
  }

  /** The removed app of an id, or the last one of a name. @throws {FaztError} `NOT_FOUND`. */
  findRemoved(ref: string): RemovedApp {
    const found = this.removed().find(({ id, name }) => id === ref || name === ref);
    if (found) return found;
    throw new FaztError(
      "NOT_FOUND",
      `There is no removed app ${JSON.stringify(ref.slice(0, 80))}`,
      {
        hint: "fazt app list --removed shows those that can come back",
      },
    );
  }

  /**
   * Brings back an app that was removed: its code, data and grants, its name, and those of its
   * other labels that are free.
   * @throws {FaztError} `NOT_FOUND`, `NAME_TAKEN`.
   */
  restore(ref: string, by: Actor): Promise<App> {
    return this.#context.change("app.restore", { by, target: ref }, async () => {
      const { id } = this.findRemoved(ref);
      await this.deps.db.write(operations.restoreApp, { id, at: this.deps.clock() });
      this.#listen(id);
      this.#context.live.changed(id);
      return this.info(id);
    });
  }

  /**
   * Forgets apps removed before `olderThan` and the code of kept ones, in small writes. Tells
   * whether there was anything to forget.
   */
  async purge(olderThan: number): Promise<boolean> {
    const before = Math.max(0, olderThan);
    let some = false;
    while (await this.deps.db.write(purgeStep, { before, limit: PURGE_ROWS })) some = true;
    return some;
  }

  /**
   * Deploys files whose blobs are here; answers what is missing otherwise, with nothing changed.
   * The revision served before is served until the new one is durable.
   */
  deploy(input: DeployInput, by: Actor): Promise<DeployMissing | DeployDone> {
    const started = performance.now();
    return this.#auditedDeploy(input, { by, work: () => this.#deploy(input, { by, started }) });
  }

  /** Gives the folders of revisions their cids where an older version deployed them. */
  async nameFolders(): Promise<void> {
    const { store } = this.#context;
    for (let rows = store.unnamed(); rows.length > 0; rows = store.unnamed()) {
      for (const { appId, n, hasServer } of rows) {
        const folders = await foldersOf(store.files(appId, n), hasServer);
        await this.deps.db.write(nameFolders, { appId, n, folders });
      }
    }
  }

  /** Deploys a zip of any size without holding it in memory. */
  deployZip(
    stream: ReadableStream<Uint8Array>,
    options: Omit<DeployInput, "files">,
    by: Actor,
  ): Promise<DeployDone> {
    const started = performance.now();
    const setting = "limits.deploy.inflatedMb";
    const work = async (): Promise<DeployDone> => {
      const source = await spool(stream, {
        maxBytes: this.deps.settings.get(setting) * MIB,
        setting,
        dir: dirname(this.deps.db.path),
      });
      try {
        const { files, uploaded } = await unpackZip(source, this.deps);
        const input = { source: "zip", ...options, files };
        const done = await this.#deploy(input, { by, started, uploaded });
        if ("missing" in done) throw new FaztError("BLOB_MISSING", "Cannot deploy: try again");
        return done;
      } finally {
        await source.close();
      }
    };
    return this.#auditedDeploy(options, { by, work });
  }

  /** Every revision, newest first. */
  revisions(ref: string): Revision[] {
    const row = this.#context.active(ref);
    const previews = new Map(previewsOf(this.#context, row).map((one) => [one.revision, one]));
    return this.#context.store.revisions(row.id).map((r) =>
      revisionView(r, row.n, previews.get(r.n))
    );
  }

  /** The files of a revision (default: the one that is served), by path. */
  files(ref: string, revision?: number): AppFile[] {
    const row = this.#context.active(ref);
    const n = this.#revision(row, revision);
    return n === undefined ? [] : this.#context.store.files(row.id, n);
  }

  /** @throws {FaztError} `NOT_FOUND` naming the nearest path. */
  readFile(
    ref: string,
    path: string,
    revision?: number,
  ): { readonly type: string; readonly size: number; readonly stream: ReadableStream<Uint8Array> } {
    const row = this.#context.active(ref);
    const n = this.#revision(row, revision);
    const file = n === undefined ? undefined : this.#context.store.file(row.id, n, path);
    if (file) {
      return { type: file.type, size: file.size, stream: this.deps.vfs.stream(file.cid) };
    }
    const near = n === undefined
      ? undefined
      : nearest(path, this.#context.store.files(row.id, n).map((entry) => entry.path));
    const shown = JSON.stringify(path.slice(0, 200));
    throw new FaztError("NOT_FOUND", `There is no file ${shown} in "${row.name}"`, {
      hint: near ? `did you mean ${near}?` : `fazt app files ${row.name} lists them`,
    });
  }

  /** Serves another revision (default: the one before) again. */
  rollback(
    ref: string,
    n: number | undefined,
    by: Actor,
  ): Promise<{ app: App; revision: Revision }> {
    return this.#context.change(
      "app.rollback",
      { by, target: ref, details: { revision: n } },
      async () => {
        const { id } = this.#context.active(ref);
        const done = await this.deps.db.write(rollbackRevision, {
          id,
          n: n ?? null,
          at: this.deps.clock(),
        });
        this.#context.live.changed(id);
        const revision = this.#context.store.revision(id, done.n)!;
        return { app: this.info(id), revision: revisionView(revision, done.n) };
      },
    );
  }

  /** Serves a revision (default: the newest) to everybody, in one step. */
  promote(
    ref: string,
    n: number | undefined,
    by: Actor,
  ): Promise<{ app: App; revision: Revision; previous?: number }> {
    return this.#context.change(
      "app.promote",
      { by, target: ref, details: { revision: n } },
      async () => {
        const { id } = this.#context.active(ref);
        const chosen = n ?? this.#context.store.newest(id) ?? 0;
        const at = this.deps.clock();
        const { previous } = await this.deps.db.write(promoteRevision, { id, n: chosen, at });
        this.#context.live.changed(id);
        const revision = this.#context.store.revision(id, chosen)!;
        return {
          app: this.info(id),
          revision: revisionView(revision, this.#context.active(id).n),
          ...(previous === null ? {} : { previous }),
        };
      },
    );
  }

  /** Makes a new app of a revision of this one, with or without its data. */
  fork(ref: string, input: ForkInput, by: Actor): Promise<ForkDone> {
    return this.#context.change(
      "app.fork",
      { by, target: ref, details: { ...input } },
      async () => {
        const source = this.#context.active(ref);
        const { id, rows, left } = await forkApp(this.#context, source, { input, by });
        this.#listen(id);
        this.#context.live.changed(id);
        return {
          app: this.info(id),
          from: {
            id: source.id,
            name: source.name,
            revision: input.revision ?? source.n!,
          },
          rows,
          left,
        };
      },
    );
  }

  /** Forgets forks that were cut when the node ended; to be called before any is begun. */
  cleanForks(): Promise<void> {
    return cleanForks(this.#context, null);
  }

  /** Where an app comes from and what came of it. */
  lineage(ref: string): Lineage {
    return lineage(this.#context, this.#context.store.find(ref));
  }

  /** What differs between two revisions (default: the served one and the one before or after). */
  diff(ref: string, options: DiffOptions): Promise<RevisionDiff> {
    return diffRevisions(this.#context, this.#context.active(ref), options);
  }

  /** Variables that are declared or set; no secret's value. */
  env(ref: string): EnvEntry[] {
    const row = this.#context.active(ref);
    return listEnv(this.#context.live.manifest(row), this.#context.store.env(row.id));
  }

  /** Sets (text) and unsets (null) variables. */
  setEnv(
    ref: string,
    changes: Readonly<Record<string, string | null>>,
    by: Actor,
  ): Promise<EnvEntry[]> {
    const details = { names: Object.keys(changes).slice(0, 100) };
    return this.#context.change("app.env", { by, target: ref, details }, async () => {
      const { id } = this.#context.active(ref);
      await this.deps.db.write(operations.setEnv, {
        id,
        changes: checkEnv(changes),
        maxBytes: ENV_BYTES,
        at: this.deps.clock(),
      });
      this.#context.live.changed(id);
      return this.env(id);
    });
  }

  /** What the served revision asks for and what of it is approved. */
  grants(ref: string): GrantList {
    return grantsOf(this.#context, this.#context.active(ref));
  }

  /** Approves what the app asks for, and revokes. Only an administrator may. */
  changeGrants(ref: string, change: GrantChange, by: Actor): Promise<GrantList> {
    const attempt = { by, target: ref, details: { ...change } };
    return this.#context.change("app.grants", attempt, async () => {
      const row = this.#context.active(ref);
      await changeApprovals(this.#context, row, { change, by });
      return this.grants(row.id);
    });
  }

  /**
   * The static side of an app; undefined before its first deploy. A map look-up. With a revision:
   * of its preview.
   */
  site(appId: string, revision?: number): Site | undefined {
    const { live } = this.#context;
    return revision === undefined ? live.site(appId) : live.preview(appId, revision).site;
  }

  /**
   * The server side of an app; undefined when it has none. A map look-up. With a revision: of its
   * preview.
   */
  runnable(appId: string, revision?: number): RunnableApp | undefined {
    const { live } = this.#context;
    return revision === undefined ? live.runnable(appId) : live.preview(appId, revision).runnable;
  }

  /** What the served revision's `limits` ask for, such as `storage.kv.keys`. */
  askedLimit(appId: string, limit: string): number | undefined {
    return this.#context.live.askedLimit(appId, limit);
  }

  /** Where the served revision wants a kind of storage; undefined is this node. */
  storagePlace(appId: string, pillar: "s3"): string | undefined {
    return this.#context.live.storagePlace(appId, pillar);
  }

  /** Whether an app that is served asks for a grant and has it. */
  mayUse(appId: string, grant: string): boolean {
    return this.#context.live.mayUse(appId, grant);
  }

  /** What an app does besides answering requests; undefined while nothing of it is served. */
  background(appId: string): AppBackground | undefined {
    const { live, store } = this.#context;
    const row = store.byId(appId);
    if (!row || row.removed_at !== null || row.revision_id === null) return undefined;
    const manifest = live.manifest(row);
    return {
      name: row.name,
      cron: manifest.cron,
      events: manifest.events,
      limits: manifest.limits,
      grants: live.runnable(appId)?.grants ?? [],
    };
  }

  /** Ids of the apps that do something without a request. */
  inBackground(): string[] {
    return this.#context.store.inBackground();
  }

  /** An app as an upgrade of it is judged by. @throws {FaztError} `NOT_FOUND`. */
  installed(ref: string): InstalledApp {
    const { store, live } = this.#context;
    const row = this.#context.active(ref);
    return {
      app: this.#view(row),
      manifest: live.manifest(row),
      files: row.n === null ? [] : store.files(row.id, row.n),
      approved: store.approved(row.id),
      source: store.source(row.id),
    };
  }

  /** The source of the app that left its data under a name; null where it had none. */
  keptSource(name: string): SourceRow | null | undefined {
    const row = this.#context.store.kept(name);
    return row && (row.source === null ? null : JSON.parse(row.source) as SourceRow);
  }

  /** What an app answers at is another now: what names it is made anew. */
  addressesChanged(appId: string): void {
    this.#context.live.changed(appId);
  }

  /** Calls `listener` with each app whose code, grants, environment, limits or address changed. */
  onChange(listener: (appId: string) => void): () => void {
    return this.#context.live.onChange(listener);
  }

  async #deploy(
    input: DeployInput,
    { by, started, uploaded }: {
      readonly by: Actor;
      readonly started: number;
      readonly uploaded?: number;
    },
  ): Promise<DeployMissing | DeployDone> {
    const outcome = await this.#deployer.run(input, by);
    if ("missing" in outcome) return outcome;
    const { appId, n, created, unchanged, previous, size } = outcome;
    if (created) this.#listen(appId);
    if (input.preview) previewsChanged(this.#context, appId);
    const served = !unchanged && !input.preview;
    if (served || created || outcome.approved.length > 0) this.#context.live.changed(appId);
    const row = this.#context.active(appId);
    const app = this.#view(row);
    const env = this.#context.store.env(appId);
    const { store } = this.#context;
    const manifest = manifestOf(store.atRevision(appId, n)!);
    const revision = store.revision(appId, n)!;
    const preview = input.preview
      ? previewsOf(this.#context, row).find((one) => one.revision === n)
      : undefined;
    return {
      app,
      revision: revisionView(revision, row.n, preview),
      url: preview?.url ?? app.url,
      ...(preview === undefined ? {} : { preview }),
      created,
      unchanged,
      ms: Math.round(performance.now() - started),
      ...(previous === null ? {} : { previous }),
      files: revision.file_count,
      size,
      ...(uploaded === undefined ? {} : { uploaded }),
      warnings: [...outcome.warnings, ...missingEnv(app.name, { manifest, set: env })],
      grants: {
        approved: outcome.approved,
        pending: grantList(manifest, store.approved(appId)).pending,
      },
    };
  }

  /** Records a deploy, unless all it did was to ask for blobs. */
  #auditedDeploy<T extends DeployMissing | DeployDone>(
    input: Omit<DeployInput, "files">,
    { by, work }: { readonly by: Actor; readonly work: () => Promise<T> },
  ): Promise<T> {
    const target = input.app ?? input.name ?? "";
    const told = {
      ...(input.message === undefined ? {} : { message: input.message }),
      ...(input.preview ? { preview: true } : {}),
      ...(input.origin ? { url: input.origin.url, commit: input.origin.commit } : {}),
    };
    const details = Object.keys(told).length === 0 ? {} : { details: told };
    return audited(this.deps.record, {
      by,
      action: "app.deploy",
      target,
      ...details,
      appId: (done) => done && "app" in done ? done.app.id : input.app,
      silent: (done) => "missing" in done,
    }, work);
  }

  #listen(id: string): void {
    this.deps.hosts.addApp(id);
    for (const { label } of this.#context.store.aliases(id)) this.#context.labelChanged(label);
  }

  #revision(row: AppRow, n: number | undefined): number | undefined {
    if (n === undefined) return row.n ?? undefined;
    if (this.#context.store.revision(row.id, n)) return n;
    throw new FaztError("NOT_FOUND", `There is no revision ${n} of "${row.name}"`, {
      hint: `fazt app revisions ${row.name} lists them`,
    });
  }

  #view(row: AppRow): App {
    return appView(row, {
      manifest: this.#context.live.manifest(row),
      grants: grantsOf(this.#context, row),
      urls: this.#context.live.urls(row),
    });
  }
}
