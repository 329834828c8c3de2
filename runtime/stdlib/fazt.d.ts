/**
 * Types of the `fazt` API for apps: of the global `fazt` and of `import … from "fazt"`.
 * In an editor: `/// <reference path="./fazt.d.ts" />` at the top of `api/main.ts`.
 */
declare namespace Fazt {
  /** A duration as `"30s"`, `"5m"`, `"1h"`, `"7d"`, or as milliseconds. */
  type Duration = string | number;

  /** What storage keeps: JSON, and besides it bytes and dates. */
  type Value =
    | null
    | boolean
    | number
    | string
    | Date
    | Uint8Array
    | readonly Value[]
    | { readonly [key: string]: Value };

  /** Errors the API throws: `code` names the reason, limits bring their numbers. */
  interface ApiError extends Error {
    readonly code: string;
    readonly hint?: string;
    readonly limit?: string;
    readonly used?: number;
    readonly max?: number;
  }

  /** This app. */
  interface App {
    readonly id: string;
    readonly name: string;
    readonly version: string | undefined;
    readonly url: string;
  }

  /** Values the owner set for this app. */
  interface Env {
    get(name: string): Promise<string | undefined>;
    get(name: string, fallback: string): Promise<string>;
    has(name: string): Promise<boolean>;
  }

  /** This app's log; `fields` is JSON. */
  interface Log {
    debug(message: unknown, fields?: unknown): Promise<void>;
    info(message: unknown, fields?: unknown): Promise<void>;
    warn(message: unknown, fields?: unknown): Promise<void>;
    error(message: unknown, fields?: unknown): Promise<void>;
  }

  /** How long an entry lives; milliseconds when it is a plain number. */
  type Lifetime = number | { readonly ttl?: Duration; readonly ttlMs?: number };

  /** One entry of {@link Kv.list}. */
  interface KvItem<T> {
    readonly key: string;
    readonly value: T;
    /** Unix milliseconds. */
    readonly expiresAt?: number;
  }

  /** One page of entries; `cursor` asks for the next. */
  interface KvPage<T> {
    readonly items: readonly KvItem<T>[];
    readonly cursor?: string;
  }

  /** Keys and values, kept for the whole app. Needs the grant `storage:kv`. */
  interface Kv {
    get<T = Value>(key: string): Promise<T | undefined>;
    /** The values in the order of the keys. */
    getMany<T = Value>(keys: readonly string[]): Promise<(T | undefined)[]>;
    /** Resolves once the value is on disk. */
    set(key: string, value: unknown, options?: Lifetime): Promise<void>;
    /** All of them or none. */
    setMany(
      entries: Readonly<Record<string, unknown>> | readonly (readonly [string, unknown])[],
      options?: Lifetime,
    ): Promise<void>;
    /** Whether there was such a key. */
    delete(key: string): Promise<boolean>;
    /** Entries whose key starts with `prefix`, in the order of their keys. */
    list<T = Value>(
      prefix?: string,
      options?: { readonly limit?: number; readonly cursor?: string },
    ): Promise<KvPage<T>>;
    /** Adds to a number, which starts at 0; gives the new value. */
    increment(key: string, by?: number): Promise<number>;
    /** Sets `value` only where `expected` is stored; undefined stands for no entry. */
    compareAndSet(
      key: string,
      expected: unknown,
      value: unknown,
      options?: Lifetime,
    ): Promise<boolean>;
  }

  /** The whole API. */
  interface Api {
    readonly app: App;
    readonly env: Env;
    readonly log: Log;
    readonly storage: { readonly kv: Kv };
  }

  /** What caused a call. */
  type Trigger = "http" | "cron" | "job" | "event" | "cli";

  /** A signed-in visitor. */
  interface User {
    readonly id: string;
  }

  /** Second argument of a handler that is an ES module. */
  interface Context {
    readonly app: App;
    readonly env: Readonly<Record<string, string>>;
    readonly fazt: Api;
    readonly requestId: string;
    readonly trigger: Trigger;
    readonly user: User | undefined;
    /** Aborted when the client goes away. */
    readonly signal: AbortSignal;
    /** Keeps work going after the response. */
    waitUntil(work: Promise<unknown>): void;
  }

  /** Whatever JSON can say; sent as `application/json`. */
  type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

  /** Default export of `api/main.ts`. */
  type Handler = (request: Request, ctx: Context) => Response | Json | Promise<Response | Json>;

  /** Default export as an object; a Hono app has this shape. */
  interface Module {
    fetch: Handler;
    scheduled?(event: unknown, ctx: Context): unknown;
  }

  /** One uploaded file of a {@link ClassicRequest}. */
  interface ClassicFile {
    readonly field: string;
    readonly name: string;
    readonly type: string;
    readonly size: number;
    readonly bytes: Uint8Array;
  }

  /** What a CommonJS handler is given. */
  interface ClassicRequest {
    readonly method: string;
    readonly url: {
      readonly pathname: string;
      readonly search: string;
      readonly query: Readonly<Record<string, string>>;
    };
    readonly headers: Readonly<Record<string, string>>;
    /** The body as text. */
    readonly body: string;
    /** The body as it came: what a signature is made over. */
    readonly bytes: Uint8Array;
    /** The body as JSON; undefined when it is none. */
    // deno-lint-ignore no-explicit-any -- the shape is the sender's; handlers narrow it themselves
    readonly json: any;
    readonly form: Readonly<Record<string, unknown>> | undefined;
    readonly files: readonly ClassicFile[];
    readonly trigger: Trigger;
    readonly state: unknown;
    readonly user: User | undefined;
  }

  /** What a CommonJS handler gives back. */
  interface ClassicResponse {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly body?: string | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | Json;
    readonly json?: unknown;
    readonly redirect?: string;
  }

  /** `module.exports` of `api/main.js`. */
  type ClassicHandler = (
    request: ClassicRequest,
  ) => ClassicResponse | Response | Promise<ClassicResponse | Response>;
}

/** The API of the node this app runs on. */
declare const fazt: Fazt.Api;

declare module "fazt" {
  const fazt: Fazt.Api;
  export default fazt;
  export const app: Fazt.App;
  export const env: Fazt.Env;
  export const log: Fazt.Log;
  export const storage: Fazt.Api["storage"];
}
