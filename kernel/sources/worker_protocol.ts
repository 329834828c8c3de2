import type { ErrorBody } from "../lib/fazt_error.ts";

/** What the reading of a repository may take. */
export interface GitLimits {
  /** Of every answer of its server together. */
  readonly packBytes: number;
  readonly inflatedBytes: number;
  readonly objects: number;
  /** Files of the wanted folder. */
  readonly entries: number;
  readonly fileBytes: number;
  /** Of all files of the wanted folder. */
  readonly appBytes: number;
}

/** Where to read. */
export interface RepositoryPlace {
  readonly url: string;
  readonly limits: GitLimits;
}

/** What a reader is asked to do. */
export type Task =
  | { readonly kind: "refs"; readonly refs: readonly (string | undefined)[] }
  | {
    readonly kind: "folder" | "market";
    readonly path: string;
    readonly ref?: string | undefined;
    readonly commit?: string | undefined;
  };

/** A task and where it is done. */
export type Job = RepositoryPlace & Task;

/** What a ref leads to. */
export interface Resolved {
  readonly commit: string;
  /** Such as `refs/heads/main`; absent for a commit. */
  readonly fullRef?: string;
}

/** The answer to `refs`: one for each that was asked for, in order. */
export type RefAnswer = Resolved | { readonly error: ErrorBody; readonly status: number };

/** What is told of a commit. */
export interface CommitInfo {
  readonly id: string;
  /** Of the committer, Unix ms. */
  readonly at: number;
  readonly author: string;
  /** First line of its message. */
  readonly subject: string;
}

/** The answer to `folder`; its files came before. */
export interface FolderAnswer {
  readonly commit: CommitInfo;
  readonly warnings: readonly string[];
}

/** An app that a marketplace offers. */
export interface MarketEntry {
  readonly name: string;
  /** Folder in the repository. */
  readonly path: string;
  readonly title?: string;
  readonly description?: string;
  readonly version?: string;
  readonly tags: readonly string[];
  readonly permissions: readonly string[];
  readonly logo?: { readonly bytes: Uint8Array; readonly type: string };
}

/** The answer to `market`. */
export interface MarketAnswer {
  readonly commit: CommitInfo;
  readonly title?: string;
  readonly description?: string;
  readonly entries: readonly MarketEntry[];
  /** What was left out, and why. */
  readonly problems: readonly string[];
}

/** One file of a folder. */
export interface FileBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** From the kernel to the reader. */
export type ToReader =
  | { readonly kind: "job"; readonly job: Job }
  | { readonly kind: "head"; readonly id: number; readonly headers: Record<string, string> }
  | { readonly kind: "chunk"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "end"; readonly id: number }
  | {
    readonly kind: "fail";
    readonly id: number;
    readonly error: ErrorBody;
    readonly status: number;
  }
  /** The files were taken. */
  | { readonly kind: "more" };

/** From the reader to the kernel. */
export type FromReader =
  | {
    readonly kind: "request";
    readonly id: number;
    readonly method: "GET" | "POST";
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array | undefined;
  }
  | { readonly kind: "files"; readonly files: readonly FileBytes[] }
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: ErrorBody; readonly status: number };
