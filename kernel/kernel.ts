import { dirname, resolve } from "node:path";
import { AppServices } from "./services/mod.ts";
import { Apps, type Bundler } from "./apps/mod.ts";
import { Backups } from "./backup/mod.ts";
import { type SettingKey, Settings } from "./config/mod.ts";
import { Connection, Database, type FileLock, lockFile } from "./db/mod.ts";
import { Vfs } from "./fs/mod.ts";
import {
  Announcer,
  diskPart,
  Guard,
  InFlight,
  type LimitNotice,
  RateLimits,
  Watchdog,
} from "./guard/mod.ts";
import { type Asset, createAdmin } from "./http/admin.ts";
import { createApi } from "./http/api/mod.ts";
import { createEdge } from "./http/edge.ts";
import { Listener } from "./http/listener.ts";
import { createSignedObjects } from "./http/signed_objects.ts";
import type { Clock } from "./lib/clock.ts";
import { systemClock } from "./lib/clock.ts";
import { FaztError } from "./lib/fazt_error.ts";
import { MIB } from "./lib/bytes.ts";
import { newId, SYSTEM_USER } from "./lib/ids.ts";
import { moduleUrl } from "./lib/module_url.ts";
import { Activity, type AppLine, AppLog, KernelLog } from "./log/mod.ts";
import { HostTable } from "./net/mod.ts";
import { probeWrite, writeNodeRecord } from "./node_record.ts";
import { type AppRunner, Supervisor } from "./proc/mod.ts";
import { Keys, LocalToken, Sessions } from "./security/mod.ts";
import { Storage } from "./storage/mod.ts";
import { type Caller, SyscallTable } from "./syscall/mod.ts";
import { Traffic } from "./traffic/mod.ts";
import { Transfer } from "./transfer/mod.ts";

/** How long what was removed can be brought back, ms. */
const REMOVED_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
const AFTER_START_MS = 3000;

/** What the runtime ring is given to run apps. */
export interface RunnerDeps {
  readonly settings: Settings;
  readonly syscall: (caller: Caller, name: string, input: unknown) => unknown;
  readonly log: (line: AppLine) => void;
  /** Whether memory is short: nothing is kept ready then. */
  readonly pressed: () => boolean;
  /** Gives the watchdog a way to end isolates itself. */
  readonly adopt: (port: MessagePort) => void;
}

/** Options of {@link Kernel.start}. */
export interface KernelOptions {
  readonly dbPath: string;
  /** Settings from the command line. */
  readonly flags?: Partial<Record<SettingKey, unknown>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly bundler: Bundler;
  readonly createRunner: (deps: RunnerDeps) => AppRunner;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly clock?: Clock;
}

/** A database with what works on it, without a server: what every start begins with. */
export interface Store {
  readonly db: Database;
  readonly settings: Settings;
  readonly log: KernelLog;
  readonly lock: FileLock;
}

/** Takes the lock of a database file, opens it and reads its settings. */
export async function openStore(
  options: Pick<KernelOptions, "dbPath" | "flags" | "environment">,
): Promise<Store> {
  const path = resolve(options.dbPath);
  const log = new KernelLog();
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lock = await lockFile(path);
  try {
    const { flags, environment } = options;
    const worker = (module: string) => () => new Worker(moduleUrl(module), { type: "module" });
    const db = await Database.open({
      path,
      maxMb: Number(
        flags?.["database.maxMb"] ?? environment?.FAZT_DATABASE_MAXMB ?? storedMaxMb(path),
      ),
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
      onTrace: (name, trace) => log.error(`${name}: ${trace}`),
    });
    try {
      const settings = Settings.load(db, options);
      for (const warning of settings.warnings) log.error(`settings: ${warning}`);
      return { db, settings, log, lock };
    } catch (error) {
      await db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The cap that is kept in the file itself: it must be known before the file can be written. */
function storedMaxMb(path: string): number {
  try {
    const reader = new Connection(path, { readOnly: true });
    try {
      const row = reader.get<{ value: string }>(
        "SELECT value FROM settings WHERE key = 'database.maxMb'",
      );
      return Number(row?.value ?? 0);
    } finally {
      reader.close();
    }
  } catch {
    // There is no such file yet, or no such table in it.
    return 0;
  }
}

/** Composition and lifecycle of a node: everything is made here and ended here. */
export class Kernel {
  readonly #closed = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;

  private constructor(
    readonly store: Store,
    readonly apps: Apps,
    readonly vfs: Vfs,
    readonly sessions: Sessions,
    private readonly parts: {
      readonly runner: AppRunner;
      readonly services: AppServices;
      readonly backups: Backups;
      readonly transfer: Transfer;
      readonly appLog: AppLog;
      readonly keys: Keys;
      readonly supervisor: Supervisor;
      readonly traffic: Traffic;
      readonly watchdog: Watchdog;
      readonly listener: Listener;
      readonly drain: { on: boolean };
      readonly urls: { readonly base: string; readonly admin: string };
    },
  ) {}

  /** Opens the database and answers requests; resolves once the port is bound. */
  static async start(options: KernelOptions): Promise<Kernel> {
    const store = await openStore(options);
    try {
      return await Kernel.#compose(store, options);
    } catch (error) {
      await store.db.close();
      store.lock.release();
      throw error;
    }
  }

  static async #compose(store: Store, options: KernelOptions): Promise<Kernel> {
    const { db, settings, log } = store;
    const clock = options.clock ?? systemClock;
    const onError = (error: unknown) => log.error(String((error as Error)?.stack ?? error));
    const vfs = new Vfs({ db, settings, clock });
    const hosts = new HostTable({ settings });
    hosts.load(db.reader);
    const appLog = new AppLog(db, settings, clock);
    const activity = new Activity(db, clock, onError);
    const keys = new Keys(db, clock);
    const sessions = new Sessions(db, clock);
    const localToken = new LocalToken();
    const storage = new Storage({
      db,
      settings,
      clock,
      asked: (appId, limit) => apps.askedLimit(appId, limit),
      note: (appId, message) =>
        appLog.append({ appId, level: "info", message, requestId: undefined, fields: undefined }),
      vfs,
      secrets: () => services.secrets,
      placeOf: (appId) => apps.storagePlace(appId, "s3"),
      urlOf: (appId) => apps.info(appId).url,
    });
    const services = await AppServices.open({
      db,
      settings,
      clock,
      environment: options.environment ?? {},
      ports: () => [settings.get("server.port"), Number(new URL(urls.base).port || 80)],
      onError,
    });
    const backups = await Backups.open({
      db,
      settings,
      clock,
      secrets: services.secrets,
      version: options.version,
      record: (entry) => activity.record({ userId: SYSTEM_USER, actor: "system", ...entry }),
    });
    const syscalls = new SyscallTable([...storage.syscalls, ...services.syscalls]);
    const pressure = { on: false };
    const inFlight = new InFlight(settings);
    const announcer = new Announcer({
      emit: (type, data) => services.events.emitSystem(type, data),
      held: () => guard.atLeast("read-only"),
      clock,
    });
    const tellLimit = ({ level, limit, part, appId }: LimitNotice) => {
      const app = appId === undefined ? undefined : apps.background(appId)?.name;
      const percent = Math.round(part * 100);
      const of = app === undefined ? "" : ` of ${app}`;
      log.error(`limit: ${limit}${of} is at ${percent} % (${level})`);
      announcer.say(`system.limit.${level}`, {
        limit,
        percent,
        setting: `limits.${limit}`,
        ...(appId === undefined ? {} : { appId, app }),
      });
    };
    const rates = new RateLimits({
      settings,
      clock,
      onAppExceeded: (appId) =>
        tellLimit({ level: "exceeded", limit: "rate.perApp", part: 1, appId }),
    });
    const traffic = new Traffic({
      db,
      settings,
      clock,
      onError,
      askedGb: (appId) => apps.background(appId)?.limits?.net?.egressGbPerMonth,
      onLimit: (notice) => {
        tellLimit(notice);
        const { appId, level, limit, part } = notice;
        const percent = Math.round(part * 100);
        activity.record({
          userId: SYSTEM_USER,
          actor: "system",
          action: `limit.${level}`,
          appId,
          target: limit,
          result: "ok",
          details: { percent },
        });
        appLog.append({
          appId,
          level: level === "exceeded" ? "error" : "warn",
          message: `${percent} % of this month's traffic (limits.${limit}) is used` +
            (level === "exceeded" ? ": visitors get 429 until the month ends" : ""),
          requestId: undefined,
          fields: undefined,
        });
      },
    });
    const watchdog = new Watchdog(() => guard.check());
    const runner = options.createRunner({
      settings,
      pressed: () => pressure.on,
      adopt: (port) => watchdog.adopt(port),
      syscall: (caller, name, input) => syscalls.call(caller, name, input),
      log: (line) => appLog.append(line),
    });
    const guard = new Guard({
      settings,
      db,
      clock,
      signs: watchdog.signs,
      relief: {
        clear: () => {
          runner.dropSpares();
          vfs.clear();
          appLog.flush().catch(onError);
          collectGarbage();
        },
        shed: () => runner.shed(),
      },
      disk: () =>
        diskPart(db.path, {
          percent: settings.get("limits.global.diskPercent"),
          databaseMaxBytes: settings.get("database.maxMb") * MIB,
        }),
      connections: () => inFlight.takePeak(),
      probe: () => db.write(probeWrite, { at: clock() }),
      onMode: ({ from, to, reason }) => {
        pressure.on = to !== "normal";
        log.error(`mode: ${from} -> ${to}${reason && `: ${reason}`}`);
        activity.record({
          userId: SYSTEM_USER,
          actor: "system",
          action: "system.mode",
          target: to,
          result: "ok",
          details: { from, to, reason },
        });
        announcer.say("system.mode", { from, to, reason });
      },
      onLimit: tellLimit,
    });
    const urls = { base: "", admin: "" };
    const drain = { on: false };
    const apps = new Apps({
      db,
      settings,
      vfs,
      hosts,
      bundler: options.bundler,
      clock,
      baseUrl: () => urls.base,
      version: options.version,
      record: (entry) => activity.record(entry),
    });
    apps.onChange((appId) => runner.retire(appId));
    apps.onChange((appId) => traffic.sync(appId));
    const transfer = new Transfer({
      db,
      settings,
      clock,
      vfs,
      apps,
      backups,
      secrets: services.secrets,
      version: options.version,
    });
    await transfer.start();
    apps.purge(clock() - REMOVED_MS).catch(onError);
    const newRequestId = () => newId("req");
    const api = createApi({
      apps,
      vfs,
      settings,
      db,
      keys,
      sessions,
      localToken,
      appLog,
      activity,
      runner,
      clock,
      services,
      backups,
      transfer,
      storage,
      rates,
      inFlight,
      traffic,
      mode: () => guard.state,
      version: options.version,
      startedAt: clock(),
      baseUrl: () => urls.base,
      adminUrl: () => urls.admin,
      newRequestId,
      onError,
    });
    const edge = createEdge({
      hosts,
      vfs,
      site: (appId) => apps.site(appId),
      runnable: (appId) => apps.runnable(appId),
      runner,
      objects: createSignedObjects({
        store: storage.s3,
        mayUse: (appId) => apps.mayUse(appId, "storage:s3"),
        bodySeconds: () => settings.get("limits.request.bodySeconds"),
        onError,
      }),
      admin: createAdmin({
        api,
        assets: options.assets,
        bodySeconds: () => settings.get("limits.request.bodySeconds"),
      }),
      rates,
      inFlight,
      traffic,
      keyOf: (authorization) =>
        keys.verify(/^Bearer (\S+)$/i.exec(authorization ?? "")?.[1] ?? "")?.id,
      headerBytes: () => settings.get("limits.request.headerKb") * 1024,
      newRequestId,
      draining: () => drain.on,
      mode: () => guard.mode,
      onError,
    });
    const supervisor = new Supervisor((task, error) => log.error(`${task}: ${error}`));
    supervisor.every(250, { name: "watch memory", run: () => Promise.resolve(guard.check()) });
    supervisor.every(2000, { name: "watch the disk", run: () => guard.checkDisk() });
    supervisor.every(2000, { name: "watch the database", run: () => guard.checkDatabase() });
    supervisor.every(60_000, { name: "expire storage", run: () => storage.expire() });
    supervisor.every(2000, { name: "count traffic", run: () => traffic.flush() });
    supervisor.every(HOUR_MS, { name: "trim traffic", run: () => traffic.cleanup() });
    supervisor.every(60_000, { name: "note used keys", run: () => keys.flush() });
    supervisor.every(HOUR_MS, { name: "trim logs", run: () => appLog.cleanup() });
    supervisor.every(HOUR_MS, { name: "trim activity", run: () => activity.cleanup() });
    supervisor.every(HOUR_MS, { name: "forget sessions", run: () => sessions.cleanup() });
    supervisor.every(HOUR_MS, { name: "trim events", run: () => services.events.cleanup() });
    supervisor.every(HOUR_MS, { name: "trim runs", run: () => services.scheduler.cleanup() });
    supervisor.every(HOUR_MS, { name: "trim egress", run: () => services.egress.cleanup() });
    supervisor.every(HOUR_MS, { name: "purge apps", run: () => apps.purge(clock() - REMOVED_MS) });
    supervisor.every(HOUR_MS / 4, { name: "sweep files", run: () => vfs.sweep() });
    supervisor.every(60_000, { name: "back up", run: () => backups.tick() });
    // What starting left behind is given back once the first answers are out.
    Deno.unrefTimer(setTimeout(collectGarbage, AFTER_START_MS));

    let listener: Listener;
    try {
      listener = new Listener({
        port: settings.get("server.port"),
        hostname: bindAddress(settings),
        handler: edge,
        onError,
      });
    } catch (cause) {
      await services.stop();
      await runner.close();
      watchdog.close();
      await supervisor.stop();
      throw portError(settings.get("server.port"), cause);
    }
    const { port } = listener;
    urls.base = `http://${settings.get("server.domain")}${port === 80 ? "" : `:${port}`}`;
    urls.admin = urls.base.replace("://", "://admin.");
    // Not before: what an app is told names its address.
    services.start(apps, { runner, syscalls });
    await db.write(writeNodeRecord, {
      record: {
        url: `http://127.0.0.1:${port}`,
        token: localToken.value,
        pid: String(Deno.pid),
        started_at: String(clock()),
      },
    });
    return new Kernel(store, apps, vfs, sessions, {
      runner,
      services,
      backups,
      transfer,
      appLog,
      keys,
      supervisor,
      traffic,
      watchdog,
      listener,
      drain,
      urls,
    });
  }

  /** Where the node answers. */
  get url(): string {
    return this.parts.urls.base;
  }

  /** Where the dashboard answers. */
  get adminUrl(): string {
    return this.parts.urls.admin;
  }

  /** Resolves when the node has stopped. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** A link that signs the owner in: 30 minutes, one use. */
  async ownerLink(): Promise<string> {
    const { token } = await this.sessions.createLink();
    return `${this.adminUrl}/welcome#${token}`;
  }

  /** Lets open requests finish, writes down what waits, closes the database. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    const { runner, services, backups, transfer, appLog, keys, traffic } = this.parts;
    const { supervisor, watchdog, listener, drain } = this.parts;
    const { db, settings, lock } = this.store;
    drain.on = true;
    backups.stop();
    transfer.stop();
    // An answer without an end is cut by the runner's end. To abort a server that is shutting down
    // throws inside Deno, past anything that could catch it.
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, settings.get("server.drainSeconds") * 1000);
    await Promise.race([listener.shutdown(), patience.promise]);
    clearTimeout(timer);
    await services.stop();
    await runner.close();
    watchdog.close();
    await supervisor.stop();
    await appLog.flush();
    await keys.flush();
    // What is not counted must not keep a node from stopping.
    await traffic.flush().catch(() => {});
    await db.write(writeNodeRecord, { record: null });
    await db.close();
    lock.release();
    this.#closed.resolve();
  }
}

/** Asks V8 for a full collection, where the process was started with `--expose-gc`. */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

/** A development node is nobody else's business; a node with a domain is there for everybody. */
function bindAddress(settings: Settings): string {
  const set = settings.get("server.host");
  if (set !== "") return set;
  return settings.get("server.domain") === "localhost" ? "127.0.0.1" : "0.0.0.0";
}

function portError(port: number, cause: unknown): FaztError {
  const reason = cause instanceof Deno.errors.AddrInUse
    ? "another program uses it"
    : cause instanceof Deno.errors.PermissionDenied
    ? "this user may not use low ports"
    : String(cause);
  return new FaztError("PORT", `Cannot listen on port ${port}: ${reason}`, {
    hint: "choose another one: --port 8081",
    status: 409,
    cause,
  });
}
