import type { AccessLine } from "../kernel/access/mod.ts";
import type { EdgeCounts } from "../kernel/http/listener/mod.ts";
import type { GrantList } from "../kernel/apps/mod.ts";
import type { EgressLimits, EgressLine, EgressRule, EgressUsage } from "../kernel/egress/mod.ts";
import type { ListedEntry, Pin as PinInfo } from "../kernel/content/mod.ts";
import type { AppRunState, RealmPermissions } from "../kernel/proc/mod.ts";
import type { ActivityRow } from "../kernel/log/mod.ts";
import type { SessionInfo } from "../kernel/security/mod.ts";
import type { Attention } from "../kernel/net/certificates/mod.ts";
import type { SecretInfo } from "../kernel/secrets/mod.ts";
import type { AppUsage } from "../kernel/storage/mod.ts";
import type { BusEvent } from "../kernel/events/mod.ts";
import type { CronInfo, JobInfo } from "../kernel/schedule/mod.ts";

export type { LiveCount, NameKind, VisitNames, VisitReport } from "../kernel/analytics/mod.ts";
export type { Backup, BackupOverview, Proof } from "../kernel/backup/mod.ts";
export type { ImportResult } from "../kernel/transfer/mod.ts";
export type {
  Alias,
  App,
  AppFile,
  DeployDone,
  DeployMissing,
  EnvEntry,
  FileChange,
  ForkDone,
  Lineage,
  LineageNode,
  PreviewInfo,
  RemovedApp,
  Revision,
  RevisionDiff,
} from "../kernel/apps/mod.ts";
export type {
  InstallDone,
  Market,
  MarketApp,
  Outdated,
  Plan,
  Pulled,
  VersionCheck,
} from "../kernel/sources/mod.ts";
export type { BusEvent, DeliveryRow, EventPage, StoredEvent } from "../kernel/events/mod.ts";
export type { CodeFault, SandboxLine } from "../kernel/proc/mod.ts";
export type { CronInfo, JobInfo, RunInfo } from "../kernel/schedule/mod.ts";
export type {
  Attention,
  AuthorityInfo,
  CertificateInfo,
  CertificateOverview,
  CertificateSecret,
} from "../kernel/net/certificates/mod.ts";
export type { AppDomain, Domain } from "../kernel/net/domains/mod.ts";
export type { ListedEntry } from "../kernel/content/mod.ts";
export type { Erased, Forgotten, Person, PersonShare } from "../kernel/ownership/mod.ts";
export type { CollectionInfo as DsCollection, ShardInfo } from "../kernel/storage/mod.ts";
export type { Migrated, ObjectHead, ObjectPage, ProviderInfo } from "../kernel/storage/mod.ts";
export type { SettingInfo } from "../kernel/config/mod.ts";

export type { KeyInfo } from "../kernel/security/mod.ts";

/** `GET /api/sessions`. */
export interface Session extends SessionInfo {
  readonly device: string;
  readonly current: boolean;
}

/** `GET /api/activity`. */
export interface ActivityLine extends Omit<ActivityRow, "appId"> {
  readonly appId?: string;
  readonly app?: string;
}

/** `GET /api/system/health`. */
export interface Health {
  readonly version: string;
  readonly mode: string;
  /** Why it is not normal; empty when it is. */
  readonly modeReason: string;
  readonly startedAt: number;
  readonly uptimeMs: number;
  readonly url: string;
  readonly domain: string;
  readonly apps: number;
  readonly runner: { readonly realms: number; readonly isolates: number; readonly spares: number };
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly database: { readonly path: string; readonly bytes: number; readonly level: number };
  readonly cache: { readonly bytes: number; readonly entries: number; readonly limit: number };
  /** What the owner should look at; an older node tells nothing. */
  readonly attention?: readonly Attention[];
}

/** One of `GET /api/system/cells`. */
export interface CellInfo extends AppRunState {
  readonly appId: string;
  readonly name: string;
}

/** `GET /api/apps/{ref}/grants`. */
export interface Grants extends GrantList {
  /** What the app may do by each, in plain words; an older node tells nothing. */
  readonly meanings?: Readonly<Record<string, string>>;
  readonly permissions: RealmPermissions;
}

/** A line of an app's log. */
export interface LogLine {
  readonly id: number;
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** One of `GET /api/logs`; `app` is `node` for the node's own lines. */
export interface NodeLogLine extends LogLine {
  readonly appId?: string;
  readonly app: string;
}

/** What the lines of one app, or of all, come to. */
interface LogShare {
  readonly lines: number;
  readonly chars: number;
  readonly levels: Readonly<Record<string, number>>;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}

/** `GET /api/logs/stats`. */
export interface LogStats extends LogShare {
  readonly apps: readonly (LogShare & { readonly appId?: string; readonly app: string })[];
  readonly keepDays: number;
  readonly keepPerApp: number;
}

/** One of `GET /api/redirects`. */
export interface ShortLink {
  readonly slug: string;
  readonly url: string;
  readonly status: number;
  readonly title?: string;
  readonly appId?: string;
  readonly app?: string;
  readonly clicks: number;
  readonly lastAt?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly shortUrl: string;
}

/** The name of the app a row is about, where there still is one. */
interface OfApp {
  readonly app?: string;
}

/** A row of `GET /api/storage/usage`. */
export type StorageUsage = AppUsage & OfApp;
/** A row of `GET /api/secrets`. */
export type Secret = SecretInfo & OfApp;
/** A row of `GET /api/net/rules`. */
export type NetRule = EgressRule & OfApp;
/** A row of `GET /api/net/logs`. */
export type NetLine = EgressLine & OfApp;

/** `GET /api/net/limits`. */
export interface NetLimits {
  readonly limits: EgressLimits;
  readonly usage: Omit<EgressUsage, "apps"> & {
    readonly apps: readonly (EgressUsage["apps"][number] & OfApp)[];
    readonly cache: { readonly bytes: number; readonly entries: number };
  };
}

/** `GET /api/apps/{ref}/cron`. */
export interface CronList {
  readonly entries: readonly CronInfo[];
  /** One-off jobs that wait or run. */
  readonly jobs: readonly JobInfo[];
  /** What failed for good, of entries too. */
  readonly dead: readonly JobInfo[];
}

/** An event of a live stream. */
export interface LiveEvent extends BusEvent {
  /** How many before it were lost because the reader was slow. */
  readonly dropped?: number;
}

/** A row of `GET /api/pins`. */
export type Pin = PinInfo & OfApp & {
  /** Where visitors read it, if they may. */
  readonly url?: string;
};

/** `GET /api/fs/…`: a file or a folder. */
export type ContentInfo =
  | { readonly kind: "file"; readonly cid: string; readonly size: number }
  | {
    readonly kind: "folder";
    readonly cid: string;
    readonly size: number;
    readonly entries: readonly ListedEntry[];
  };

/** `GET /api/access`. */
export type AccessInfo = AccessLine & { readonly app: string };

/** `GET /api/access/edge`. */
export interface EdgeInfo extends EdgeCounts {
  readonly engine: "internal" | "documented";
  readonly port: number;
  readonly httpsPort?: number;
  /** Requests that are being answered. */
  readonly openRequests: number;
  /** Lines the access log had no place for. */
  readonly accessDropped: number;
}
