import type { AppFile, AppSource, DeployDone, FileChange, SourceRecord } from "../apps/mod.ts";
import type { ErrorBody } from "../lib/fazt_error.ts";
import type { CommitInfo } from "./worker_protocol.ts";

/** What is to be installed. */
export interface InstallInput {
  /** See `parseSource`. */
  readonly source: string;
  /** Default: the manifest's. */
  readonly name?: string | undefined;
  /** Name of a secret of the node that the repository asks for. Administrators only. */
  readonly auth?: string | undefined;
  /** The key it has to be signed with, or `none`. Administrators only. */
  readonly trust?: string | undefined;
}

/** How an app is to be upgraded. */
export interface UpgradeInput {
  /** Another branch, tag or commit from here on. */
  readonly ref?: string | undefined;
  /** See {@link InstallInput.trust}. */
  readonly trust?: string | undefined;
}

/** What carries a plan out. */
export interface ApplyInput {
  /** The commit of the plan. */
  readonly commit: string;
  /** The permissions that are approved: all, or these. */
  readonly approve?: boolean | readonly string[] | undefined;
  /** The revision the plan was compared with. */
  readonly base?: number | undefined;
}

/** Where an app is to come from. */
export interface SourceInfo extends Omit<SourceRecord, "secret"> {
  readonly spec: string;
}

/** What an install or upgrade would do. */
export interface Plan {
  readonly kind: "install" | "upgrade";
  readonly name: string;
  /** The app that is upgraded. */
  readonly app?: { readonly id: string; readonly name: string; readonly revision?: number };
  readonly previous?: { readonly commit: string };
  readonly source: SourceInfo;
  readonly commit: CommitInfo;
  readonly version?: string;
  readonly title?: string;
  readonly description?: string;
  /** Against what is served; of an install: every file. */
  readonly files: readonly FileChange[];
  /** Of the whole new revision. */
  readonly fileCount: number;
  readonly size: number;
  readonly permissions: {
    readonly requested: readonly string[];
    /** What has to be approved. */
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly meanings: Readonly<Record<string, string>>;
  };
  readonly signature: {
    readonly state: "none" | "valid";
    readonly key?: string;
    /** The key it had to be. */
    readonly pinned?: string;
  };
  /** Every file is as it is served. */
  readonly unchanged: boolean;
  readonly warnings: readonly string[];
}

/** An install or upgrade that happened. */
export interface InstallDone extends DeployDone {
  readonly source: AppSource;
}

/** Whether there is another commit than the one that is served. */
export interface VersionCheck {
  readonly app: { readonly id: string; readonly name: string };
  readonly source: AppSource;
  readonly current: string;
  readonly latest: string;
  readonly outdated: boolean;
}

/** The same in a list, where a repository may not answer. */
export interface Outdated {
  readonly id: string;
  readonly name: string;
  readonly source: AppSource;
  readonly current: string;
  readonly latest?: string;
  readonly outdated: boolean;
  readonly error?: Pick<ErrorBody, "code" | "message">;
}

/** The files of a revision, to be fetched one by one. */
export interface Pulled {
  readonly app: { readonly id: string; readonly name: string };
  readonly revision: number;
  readonly source?: AppSource;
  readonly files: readonly AppFile[];
}

/** A marketplace as the API shows it. */
export interface Market {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly url: string;
  readonly path: string;
  readonly ref?: string;
  readonly spec: string;
  /** Of the last time it was read. */
  readonly commit: string;
  /** The key that every app of it has to be signed with. */
  readonly key?: string;
  readonly hasAuth: boolean;
  readonly apps: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What was left out when it was last read. */
  readonly problems: readonly string[];
}

/** An app that a marketplace offers. */
export interface MarketApp {
  readonly market: string;
  readonly name: string;
  /** What `fazt app install` takes: `market/app`. */
  readonly source: string;
  readonly path: string;
  readonly title?: string;
  readonly description?: string;
  readonly version?: string;
  readonly tags: readonly string[];
  readonly permissions: readonly string[];
  /** Path in the API. */
  readonly logoUrl?: string;
  /** Apps of this node that came from it. */
  readonly installed: readonly { readonly id: string; readonly name: string }[];
}

/** A marketplace to add. */
export interface MarketInput {
  /** A repository, or a folder of one. */
  readonly source: string;
  /** Default: the repository's. */
  readonly name?: string | undefined;
  readonly auth?: string | undefined;
  /** The key that every app of it has to be signed with. */
  readonly key?: string | undefined;
}
