import { AppServices } from "./services/mod.ts";
import { AccessLog } from "./access/mod.ts";
import { Visits } from "./analytics/mod.ts";
import { Apps, type Bundler } from "./apps/mod.ts";
import { Backups } from "./backup/mod.ts";
import type { Settings } from "./config/mod.ts";
import { Content, contentSyscalls } from "./content/mod.ts";
import { Vfs } from "./fs/mod.ts";
import {
  Announcer,
  diskPart,
  Guard,
  InFlight,
  pauseSuspects,
  RateLimits,
  readRunning,
  runningPath,
  strikesAfter,
  Watchdog,
} from "./guard/mod.ts";
import { LimitNotes } from "./limit_notes.ts";
import { listen } from "./listen.ts";
import type { Store, StoreOptions } from "./store.ts";
import { REMOVED_MS, scheduleUpkeep } from "./upkeep.ts";
import { openFront } from "./front.ts";
import type { Asset } from "./http/admin.ts";
import { clientOf } from "./http/client_address.ts";
import type { Listener } from "./http/listener/mod.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { MIB } from "./lib/bytes.ts";
import { errorTrace } from "./lib/error_trace.ts";
import { SYSTEM_USER } from "./lib/ids.ts";
import { Links } from "./links/mod.ts";
import { Activity, type AppLine, AppLog, Logs, NODE_LOG } from "./log/mod.ts";
import type { Certificates } from "./net/certificates/mod.ts";
import { HostTable, TrustedProxies } from "./net/mod.ts";
import { openOwnNames, scheduleOwnNames } from "./own_names.ts";
import { probeWrite, writeNodeRecord } from "./node_record.ts";
import { openPeople } from "./people.ts";
import { Ownership } from "./ownership/mod.ts";
import { type AppRunner, Supervisor } from "./proc/mod.ts";
import type { Keys, ProofWorker, Sessions } from "./security/mod.ts";
import { Storage } from "./storage/mod.ts";
import { type Caller, SyscallTable } from "./syscall/mod.ts";
import { Traffic } from "./traffic/mod.ts";
import { GitClient, Markets, Snapshots, Sources } from "./sources/mod.ts";
import { Transfer } from "./transfer/mod.ts";
import { type HandOver, type StartedAs, Upgrades } from "./upgrade/mod.ts";

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
  /** Hears of each app's isolate and the numbers it shares; returns what is called at its end. */
  readonly follow: (appId: string, vital: SharedArrayBuffer) => () => void;
}

/** What a node is started with. */
export interface KernelOptions extends StoreOptions {
  readonly version: string;
  readonly bundler: Bundler;
  readonly createRunner: (deps: RunnerDeps) => AppRunner;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly clock?: Clock;
  /** How the process was started: what upgrades replace. */
  readonly startedAs?: StartedAs;
}

/** What of a node its lifecycle needs. */
export interface KernelParts {
  readonly apps: Apps;
  readonly vfs: Vfs;
  readonly sessions: Sessions;
  readonly runner: AppRunner;
  readonly services: AppServices;
  readonly backups: Backups;
  readonly certificates: Certificates;
  readonly transfer: Transfer;
  readonly access: AccessLog;
  readonly git: GitClient;
  readonly upgrades: Upgrades;
  readonly appLog: AppLog;
  readonly keys: Keys;
  readonly proofs: ProofWorker;
  readonly supervisor: Supervisor;
  readonly traffic: Traffic;
  readonly visits: Visits;
  readonly links: Links;
  readonly watchdog: Watchdog;
  readonly listener: Listener;
  /** On from the moment the node stops. */
  readonly drain: { on: boolean };
  readonly urls: { readonly base: string; readonly admin: string };
}

/**
 * Makes all parts of a node and binds its ports; resolves once they are bound.
 * @param replace called when another executable is to take the node's place
 */
export async function compose(
  store: Store,
  options: KernelOptions,
  replace: (plan: HandOver) => void,
): Promise<KernelParts> {
  const { db, settings, log } = store;
  const bound: { listener?: Listener } = {};
  const clock = options.clock ?? systemClock;
  const onError = (error: unknown, requestId?: string) =>
    log.error(errorTrace(error), { requestId });
  const vfs = new Vfs({ db, settings, clock });
  const hosts = new HostTable({ settings, clock });
  const proxies = new TrustedProxies(settings);
  const trusts = (address: string) => proxies.trusts(address);
  hosts.load(db.reader);
  const appLog = new AppLog(db, settings, clock);
  log.keepWith((line) =>
    appLog.append({
      appId: NODE_LOG,
      level: line.level,
      message: line.message,
      requestId: line.requestId,
      fields: line.fields,
    })
  );
  const logs = new Logs({ db, settings, appLog });
  const links = new Links({ db, clock });
  const activity = new Activity(db, clock, onError, () => ({
    keepDays: settings.get("activity.keepDays"),
    keepRows: settings.get("activity.keepRows"),
  }));
  const access = new AccessLog(db, settings, clock);
  const people = openPeople({
    ...{ db, settings, clock, activity, onError },
    secrets: () => services.secrets,
  });
  const { keys, sessions, proofs } = people;
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
    ports: () => ownPorts(settings, bound.listener),
    onError,
  });
  const content = new Content({
    db,
    vfs,
    settings,
    clock,
    site: (appId) => apps.site(appId),
  });
  const backups = await Backups.open({
    db,
    settings,
    clock,
    secrets: services.secrets,
    version: options.version,
    record: (entry) => activity.record({ userId: SYSTEM_USER, actor: "system", ...entry }),
  });
  const upgrades = new Upgrades({
    db,
    settings,
    clock,
    backups,
    version: options.version,
    start: options.startedAs ?? {},
    record: (entry) => activity.record(entry),
    handOver: replace,
    onError,
  });
  const ownership = new Ownership({
    db,
    clock,
    vfs,
    flush: async (appId) => {
      if (appId !== undefined) {
        traffic.forget(appId);
        visits.drop(appId);
      }
      await Promise.all([appLog.flush(), access.flush(), services.egress.flush()]);
    },
    record: (entry) => activity.record(entry),
  });
  const { gone } = ownership;
  const syscalls = new SyscallTable(
    [
      ...storage.syscalls,
      ...contentSyscalls({ content, vfs, settings }),
      ...services.syscalls,
    ],
    (caller) => gone.admit(caller),
  );
  const pressure = { on: false };
  const inFlight = new InFlight(settings);
  const announcer = new Announcer({
    emit: (type, data) => services.events.emitSystem(type, data),
    held: () => guard.atLeast("read-only"),
    clock,
  });
  const notices = new LimitNotes({
    log,
    announcer,
    activity,
    appLog,
    nameOf: (appId) => apps.background(appId)?.name,
  });
  const rates = new RateLimits({
    settings,
    clock,
    onAppExceeded: (appId) =>
      notices.tell({ level: "exceeded", limit: "rate.perApp", part: 1, appId }),
  });
  const traffic = new Traffic({
    db,
    settings,
    clock,
    onError,
    askedGb: (appId) => apps.background(appId)?.limits?.net?.egressGbPerMonth,
    onLimit: (notice) => notices.traffic(notice),
  });
  const visits = new Visits({
    db,
    settings,
    clock,
    takeBytes: (appId) => traffic.of(appId).take(),
    addressOf: (peer, headers) => clientOf(peer, headers, trusts).address,
  });
  const watchdog = new Watchdog(() => guard.check());
  const left = readRunning(runningPath(db.path));
  const begun = clock();
  const strikes = left === undefined ? {} : strikesAfter(left, begun);
  watchdog.record(runningPath(db.path), strikes);
  const runner = options.createRunner({
    settings,
    pressed: () => pressure.on,
    adopt: (port) => watchdog.adopt(port),
    follow: (appId, vital) => watchdog.follow(appId, vital),
    syscall: (caller, name, input) => syscalls.call(caller, name, input),
    log: (line) => {
      // Words of somebody who is forgotten, or of an app that is, are not written down.
      if (gone.hasApp(line.appId) || line.userId && gone.hasPerson(line.userId)) return;
      appLog.append(line);
    },
  });
  const guard = new Guard({
    settings,
    db,
    clock,
    signs: watchdog.signs,
    relief: {
      clear: () => {
        runner.dropSpares();
        options.bundler.rest();
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
    onLimit: (notice) => notices.tell(notice),
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
  apps.cleanForks().catch(onError);
  apps.onChange((appId) => runner.retire(appId));
  apps.onChange((appId) => traffic.sync(appId));
  apps.onChange((appId) => watchdog.forgive(appId));
  apps.onChange(() => content.changed());
  const { certificates, domains } = openOwnNames({
    db,
    settings,
    clock,
    hosts,
    secrets: services.secrets,
    apps,
    announcer,
    activity,
    log,
    baseUrl: () => urls.base,
    https: () => settings.get("server.https"),
    onError,
  });
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
  const git = new GitClient({ settings, requests: services.requests });
  const { secrets } = services;
  const snapshots = new Snapshots({ git, vfs, clock });
  const markets = new Markets({
    db,
    clock,
    apps,
    secrets,
    git,
    record: (entry) => activity.record(entry),
  });
  const { version } = options;
  const sources = new Sources({ apps, secrets, git, snapshots, markets, version });
  ownership.purgeOld(apps, clock() - REMOVED_MS).catch(onError);
  apps.nameFolders().catch(onError);
  const edge = openFront({
    ...people,
    ...{ db, settings, clock, version, drain, trusts, bound, guard, urls, onError },
    ...{ apps, content, vfs, hosts, runner, services, storage, ownership },
    ...{ backups, transfer, sources, markets, upgrades, certificates, domains },
    ...{ activity, appLog, logs, access, rates, inFlight, traffic, visits, links },
    assets: options.assets,
    loopLag: () => watchdog.signs.lagMs,
  });
  const supervisor = new Supervisor((task, error) => log.error(`${task}: ${error}`));
  scheduleUpkeep(supervisor, {
    access,
    activity,
    appLog,
    apps,
    backups,
    clock,
    guard,
    keys,
    links,
    ownership,
    services,
    sessions,
    storage,
    traffic,
    visits,
    vfs,
  });
  scheduleOwnNames(supervisor, { certificates, domains });
  // What starting left behind is given back once the first answers are out.
  Deno.unrefTimer(setTimeout(collectGarbage, AFTER_START_MS));

  let listener: Listener;
  try {
    listener = await listen(settings, {
      handler: edge,
      onError,
      trusts,
      certificates,
    });
    bound.listener = listener;
  } catch (error) {
    await services.stop();
    await runner.close();
    watchdog.close();
    await supervisor.stop();
    throw error;
  }
  const { port, httpsPort } = listener;
  urls.base = httpsPort === undefined
    ? `http://${settings.get("server.domain")}${port === 80 ? "" : `:${port}`}`
    : `https://${settings.get("server.domain")}${httpsPort === 443 ? "" : `:${httpsPort}`}`;
  urls.admin = urls.base.replace("://", "://admin.");
  // Not before: what an app is told names its address.
  services.start(apps, { runner, syscalls, admit: (caller) => gone.admit(caller) });
  // Nothing was answered yet: since the port is bound, nothing was waited for.
  pauseSuspects(strikes, {
    now: begun,
    runner,
    nameOf: (appId) => apps.background(appId)?.name,
    log: (line) => log.error(line),
    appLog,
    activity,
    announcer,
  });
  await db.write(writeNodeRecord, {
    record: {
      url: `http://127.0.0.1:${listener.localPort}`,
      token: people.localToken.value,
      pid: String(Deno.pid),
      started_at: String(clock()),
    },
  });
  await upgrades.open();
  return {
    apps,
    vfs,
    sessions,
    runner,
    services,
    backups,
    certificates,
    transfer,
    access,
    git,
    upgrades,
    appLog,
    keys,
    proofs,
    supervisor,
    traffic,
    visits,
    links,
    watchdog,
    listener,
    drain,
    urls,
  };
}

/** Ports of the node itself, which no app may reach. */
function ownPorts(settings: Settings, listener: Listener | undefined): number[] {
  const bound = listener === undefined
    ? []
    : [listener.port, listener.localPort, listener.httpsPort ?? listener.port];
  return [settings.get("server.port"), ...bound];
}

/** Asks V8 for a full collection, where the process was started with `--expose-gc`. */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
