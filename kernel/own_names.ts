import type { Apps } from "./apps/mod.ts";
import type { Settings } from "./config/mod.ts";
import type { Database } from "./db/mod.ts";
import type { Announcer } from "./guard/mod.ts";
import type { Clock } from "./lib/clock.ts";
import { SYSTEM_USER } from "./lib/ids.ts";
import type { Activity, KernelLog } from "./log/mod.ts";
import { Certificates, wordsOf } from "./net/certificates/mod.ts";
import { dnsResolver } from "./net/dns/mod.ts";
import { Domains } from "./net/domains/mod.ts";
import type { HostTable } from "./net/mod.ts";
import type { Supervisor } from "./proc/mod.ts";
import type { Secrets } from "./secrets/mod.ts";

/** What {@link openOwnNames} works with. */
export interface OwnNamesDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly hosts: HostTable;
  readonly secrets: Secrets;
  readonly apps: Apps;
  readonly announcer: Announcer;
  readonly activity: Activity;
  readonly log: KernelLog;
  readonly baseUrl: () => string;
  /** Whether the node serves TLS. */
  readonly https: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** The names a node answers at besides its labels, and the certificates of all of them. */
export interface OwnNames {
  readonly certificates: Certificates;
  readonly domains: Domains;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LOOK_MS = 2000;

/** Makes certificates and domains and lets them hear of each other. */
export function openOwnNames(deps: OwnNamesDeps): OwnNames {
  const { db, settings, clock, hosts, secrets, apps, announcer, activity, log, onError } = deps;
  const resolver = dnsResolver({ servers: () => wordsOf(settings.get("dns.servers")) });
  const tell = (type: string, { target, data, line }: {
    readonly target: string;
    readonly data: Readonly<Record<string, unknown>>;
    /** What stands in the node's log, where the owner should act. */
    readonly line: string | undefined;
  }) => {
    if (line !== undefined) log.error(line);
    announcer.say(`system.${type}`, data);
    const result = typeof data.code === "string" ? data.code : "ok";
    activity.record({
      userId: SYSTEM_USER,
      actor: "system",
      action: type,
      target,
      result,
      details: data,
    });
  };
  const certificates = new Certificates({
    db,
    settings,
    clock,
    secrets,
    hosts,
    resolver,
    enabled: deps.https,
    onError,
    tell: ({ type, name, data }) =>
      tell(`certificate.${type}`, {
        target: name,
        data: { name, ...data },
        line: type === "failed" || type === "expiring"
          ? `certificate of ${name}: ${data.message}`
          : undefined,
      }),
  });
  const domains = new Domains({
    db,
    settings,
    clock,
    hosts,
    resolver,
    app: (ref) => apps.info(ref),
    nameOf: (appId) => apps.background(appId)?.name ?? nameOf(apps, appId),
    baseUrl: deps.baseUrl,
    changed: (appId) => apps.addressesChanged(appId),
    certificate: (host) => deps.https() ? certificates.stateOf(host) : undefined,
    record: (entry) => activity.record(entry),
    tell: (type, data) =>
      tell(`domain.${type}`, {
        target: String(data.domain),
        data,
        line: type === "broken" ? `domain ${data.domain}: ${data.problem}` : undefined,
      }),
  });
  return { certificates, domains };
}

/** Hands the supervisor what names and certificates have to do. */
export function scheduleOwnNames(
  supervisor: Supervisor,
  { certificates, domains }: OwnNames,
): void {
  supervisor.every(MINUTE_MS / 4, {
    name: "renew certificates",
    run: () => certificates.tick(),
  });
  supervisor.every(LOOK_MS, { name: "look at domains", run: () => domains.tick() });
  supervisor.every(HOUR_MS, { name: "forget certificates", run: () => certificates.cleanup() });
}

function nameOf(apps: Apps, appId: string): string | undefined {
  try {
    return apps.info(appId, { as: "id" }).name;
  } catch {
    return undefined;
  }
}
