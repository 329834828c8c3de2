import type { RealmPermissions } from "../kernel/proc/app_runner.ts";

/** `GET /api/system/health`. */
export interface Health {
  readonly version: string;
  readonly mode: string;
  readonly startedAt: number;
  readonly uptimeMs: number;
  readonly url: string;
  readonly domain: string;
  readonly apps: number;
  readonly runner: { readonly realms: number; readonly isolates: number; readonly spares: number };
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly database: { readonly path: string; readonly bytes: number; readonly level: number };
  readonly cache: { readonly bytes: number; readonly entries: number; readonly limit: number };
}

/** Approved and pending grants. */
export interface GrantState {
  readonly approved: readonly string[];
  readonly pending: readonly string[];
}

/** An app as the node tells of it. */
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
  readonly grants: GrantState;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One deploy of an app. */
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
}

/** The answer of a deploy that happened. */
export interface Deployed {
  readonly app: App;
  readonly revision: Revision;
  readonly url: string;
  readonly created: boolean;
  readonly unchanged: boolean;
  readonly ms: number;
  readonly previous?: number;
  readonly files: number;
  readonly size: number;
  readonly uploaded?: number;
  readonly warnings: readonly string[];
  readonly grants: GrantState;
}

/** A file of an app. */
export interface AppFile {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  readonly type: string;
}

/** `GET /api/apps/{ref}/grants`. */
export interface Grants extends GrantState {
  readonly requested: readonly string[];
  readonly permissions: RealmPermissions;
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

/** A line of an app's log. */
export interface LogLine {
  readonly id: number;
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A host label and what it points at. */
export interface Alias {
  readonly label: string;
  readonly type: string;
  readonly appId?: string | null;
  readonly target?: string | null;
  readonly createdAt: number;
}

/** A setting with where its value comes from. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
  readonly default: unknown;
  readonly about: string;
  readonly restart: boolean;
}
