// What the API answers, as far as the dashboard reads it (koder/specs/node.md). Times are Unix ms.

/** `App`. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly title?: string;
  readonly state: string;
  readonly url: string;
  readonly urls: readonly string[];
  readonly revision?: number;
  readonly version?: string;
  readonly description?: string;
  readonly files: number;
  readonly size: number;
  readonly hasServer: boolean;
  readonly grants: { readonly approved: readonly string[]; readonly pending: readonly string[] };
  readonly parentId?: string;
  readonly originId?: string;
  readonly source?: Source;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** `Revision`. */
export interface Revision {
  readonly n: number;
  readonly id: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly source: string;
  readonly message?: string;
  readonly files: number;
  readonly size: number;
  readonly hasServer: boolean;
  readonly current: boolean;
  readonly preview?: {
    readonly revision: number;
    readonly url: string;
    readonly expiresAt: number;
  };
}

/** A file of a revision. */
export interface AppFile {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  readonly type: string;
}

/** `GET /api/system/health`. */
export interface Health {
  readonly version: string;
  readonly mode: "normal" | "degraded" | "read-only" | "cockpit-only" | "emergency";
  readonly modeReason?: string;
  readonly modeSince: number;
  readonly startedAt: number;
  readonly uptimeMs: number;
  readonly url: string;
  readonly domain: string;
  readonly apps: number;
  readonly runner: { readonly realms: number; readonly isolates: number; readonly spares: number };
  readonly memory: {
    readonly rss: number;
    readonly heapUsed: number;
    readonly external: number;
    readonly limit: number;
  };
  readonly machine: {
    readonly load: readonly number[];
    readonly cores: number;
    readonly memory: { readonly total: number; readonly available: number };
    readonly disk: { readonly used: number; readonly total: number };
  };
  /** What of certificates and domains needs somebody. */
  readonly attention?: readonly Attention[];
  readonly database: { readonly path: string; readonly bytes: number; readonly level: number };
  readonly cache: { readonly bytes: number; readonly entries: number; readonly limit: number };
}

/** One setting. */
export interface SettingInfo {
  readonly key: string;
  readonly value: string | number | boolean;
  readonly source: string;
  readonly default: string | number | boolean;
  readonly about: string;
  readonly restart?: boolean;
}

/** One row of the activity log. */
export interface Activity {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly address?: string;
  readonly action: string;
  readonly appId?: string;
  readonly target?: string;
  readonly result: string;
  readonly details?: unknown;
}

/** One line of an app's log. */
export interface LogLine {
  readonly id: number;
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  readonly fields?: unknown;
}

/** An event on the bus. */
export interface BusEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly source: string;
  readonly at: number;
  readonly n?: number;
  readonly expiresAt?: number;
  readonly correlationId?: string;
  readonly dropped?: number;
}

/** What the runner tells of an app, with its traffic. */
export interface AppStatus {
  readonly state: string;
  readonly isolates: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly requests: number;
  readonly errors: number;
  readonly coldStarts: number;
  readonly restarts: number;
  readonly cpuMs: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly lastFailure?: string;
  readonly traffic?: {
    readonly month: string;
    readonly requests: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly budget: number | null;
    readonly resetsAt: number;
  };
}

/** One variable of an app's environment. */
export interface EnvVariable {
  readonly name: string;
  readonly set: boolean;
  readonly secret: boolean;
  readonly required: boolean;
  readonly description?: string;
  readonly default?: string;
  readonly value?: string;
}

/** What an app asks for and what it got. */
export interface Grants {
  readonly requested: readonly string[];
  readonly approved: readonly string[];
  readonly pending: readonly string[];
  readonly meanings: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, readonly string[] | false>>;
}

/** What a deploy did. */
export interface DeployAnswer {
  readonly missing?: readonly string[];
  readonly app: App;
  readonly revision: Revision;
  readonly url: string;
  readonly created: boolean;
  readonly unchanged: boolean;
  readonly ms: number;
  readonly previous?: number;
  readonly warnings: readonly string[];
  readonly grants: { readonly approved: readonly string[]; readonly pending: readonly string[] };
}

/** A cron entry. */
export interface CronInfo {
  readonly n: number;
  readonly schedule: string;
  readonly timezone: string;
  readonly handler: string;
  readonly nextAt: number | null;
  readonly lastAt: number | null;
  readonly lastResult: string | null;
  readonly running: boolean;
}

/** A job that waits, runs or is dead. */
export interface JobInfo {
  readonly id: string;
  readonly cron: string | null;
  readonly handler: string | null;
  readonly status: "waiting" | "running" | "dead";
  readonly plannedAt: number;
  readonly nextAt: number | null;
  readonly attempt: number;
  readonly error: string | null;
}

/** One run of a cron entry or job. */
export interface RunInfo {
  readonly id: number;
  readonly cron: string | null;
  readonly handler: string | null;
  readonly plannedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly attempt: number;
  readonly result: string | null;
  readonly error: string | null;
}

/** A host label and where it leads. */
export interface Alias {
  readonly label: string;
  readonly type: "proxy" | "redirect" | "reserved" | "split";
  readonly appId?: string | null;
  readonly target?: string | null;
  readonly createdAt: number;
  readonly split?: readonly {
    readonly appId: string;
    readonly app?: string;
    readonly weight: number;
  }[];
}

/** Something somebody should look at. */
export interface Attention {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly target?: string;
  readonly at: number;
}

/** Where an app came from (git). */
export interface Source {
  readonly type: string;
  readonly url: string;
  readonly path: string;
  readonly ref?: string;
  readonly commit: string;
  readonly market?: string;
  readonly signer?: string;
  readonly spec: string;
}

/** What an install or upgrade from git would do. */
export interface Plan {
  readonly kind: "install" | "upgrade";
  readonly name: string;
  readonly source: Source;
  readonly commit: {
    readonly id: string;
    readonly at: number;
    readonly author: string;
    readonly subject: string;
  };
  readonly version?: string;
  readonly title?: string;
  readonly description?: string;
  readonly files: readonly { readonly path: string; readonly change: string }[];
  readonly fileCount: number;
  readonly size: number;
  readonly permissions: {
    readonly requested: readonly string[];
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly meanings: Readonly<Record<string, string>>;
  };
  readonly signature: { readonly state: string; readonly key?: string; readonly pinned?: string };
  readonly unchanged: boolean;
  readonly warnings: readonly string[];
}

/** Figures of a period (`GET /api/analytics`). */
export interface Analytics {
  readonly from: number;
  readonly to: number;
  readonly step: string;
  readonly totals: AnalyticsTotals;
  readonly previous: AnalyticsTotals;
  readonly series: readonly {
    readonly at: number;
    readonly visitors: number;
    readonly views: number;
    readonly requests: number;
    readonly bytesOut: number;
    readonly errors: number;
  }[];
  readonly statuses: Readonly<Record<string, number>>;
  readonly latency: {
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}

/** Sums of a period. */
export interface AnalyticsTotals {
  readonly visitors: number;
  readonly views: number;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly events: number;
}
