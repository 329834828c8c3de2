/**
 * Types of the `fazt` API for apps: of the global `fazt` and of `import … from "fazt"`, and of
 * what handlers are given. `fazt app create` puts this file where editors find it through
 * `tsconfig.json`; elsewhere: `/// <reference path="./fazt.d.ts" />` at the top of `api/main.ts`.
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

  /** A document of {@link Ds}; it is known by its `id`. */
  type Doc<T = Record<string, unknown>> = T & { readonly id: string };

  /** What one field is asked for. */
  interface Condition {
    readonly $eq?: unknown;
    readonly $ne?: unknown;
    readonly $gt?: string | number | Date;
    readonly $gte?: string | number | Date;
    readonly $lt?: string | number | Date;
    readonly $lte?: string | number | Date;
    readonly $in?: readonly unknown[];
    readonly $nin?: readonly unknown[];
    /** The field is a list with this element, or text with this part. */
    readonly $contains?: unknown;
    readonly $exists?: boolean;
    readonly $regex?: string;
    readonly $not?: Condition;
  }

  /** Which documents: fields by their dotted paths, all of which must hold. */
  interface Query {
    readonly $and?: readonly Query[];
    readonly $or?: readonly Query[];
    readonly $not?: Query;
    /** A value means {@link Condition.$eq}. */
    readonly [path: string]: unknown;
  }

  /** What to do to a document: fields to merge, or operators with dotted paths. */
  interface Change {
    readonly $set?: Readonly<Record<string, unknown>>;
    readonly $unset?: Readonly<Record<string, unknown>> | readonly string[];
    readonly $inc?: Readonly<Record<string, number>>;
    readonly $push?: Readonly<Record<string, unknown>>;
    readonly $pull?: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  }

  /** Which documents come first and how many. */
  interface FindOptions {
    /** `{at: -1}` is the newest first. */
    readonly sort?: Readonly<Record<string, 1 | -1>>;
    readonly limit?: number;
    readonly skip?: number;
    /** Dotted paths; `id` comes along. */
    readonly fields?: readonly string[];
  }

  /** Documents in collections. Needs the grant `storage:ds`. */
  interface Ds {
    /** All of them or none; ids in the order of the documents. */
    insert(collection: string, docs: readonly object[]): Promise<string[]>;
    insert(collection: string, doc: object): Promise<string>;
    find<T = Record<string, unknown>>(
      collection: string,
      query?: Query,
      options?: FindOptions,
    ): Promise<Doc<T>[]>;
    findOne<T = Record<string, unknown>>(
      collection: string,
      query?: Query,
      options?: FindOptions,
    ): Promise<Doc<T> | undefined>;
    /** How many were changed; with `upsert` one is made where there is none. */
    update(
      collection: string,
      query: Query,
      change: Change,
      options?: { readonly upsert?: boolean },
    ): Promise<number>;
    /** How many there were. */
    delete(collection: string, query: Query): Promise<number>;
    count(collection: string, query?: Query): Promise<number>;
    /** Makes queries by a dotted path fast. */
    index(collection: string, path: string): Promise<void>;
  }

  /** What SQL takes and gives. */
  type SqlValue = null | number | string | Uint8Array;
  /** Values of `?`, or of `:name`. */
  type SqlParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

  /** How many rows a statement changed. */
  interface SqlDone {
    readonly changes: number;
    readonly lastInsertRowid?: number;
  }

  /** Tables and SQL. Needs the grant `storage:rd`. */
  interface Rd {
    /** Makes the table, or adds the columns it lacks: `{id: "integer primary key", at: "text"}`. */
    define(table: string, schema: Readonly<Record<string, string>>): Promise<void>;
    query<T = Record<string, SqlValue>>(sql: string, params?: SqlParams): Promise<T[]>;
    exec(sql: string, params?: SqlParams): Promise<SqlDone>;
    /** All of them or none. */
    transaction(
      statements: readonly (string | readonly [sql: string, params: SqlParams])[],
    ): Promise<SqlDone[]>;
  }

  /** What is known of an object without reading it. */
  interface ObjectInfo {
    readonly path: string;
    readonly type: string;
    /** Bytes. */
    readonly size: number;
    readonly etag: string;
  }

  /** Files by path. Needs the grant `storage:s3`. */
  interface S3 {
    put(
      path: string,
      body: string | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array>,
      options?: { readonly type?: string },
    ): Promise<ObjectInfo>;
    get(
      path: string,
    ): Promise<(ObjectInfo & { readonly body: ReadableStream<Uint8Array> }) | undefined>;
    head(path: string): Promise<ObjectInfo | undefined>;
    /** Whether there was such an object. */
    delete(path: string): Promise<boolean>;
    list(
      prefix?: string,
      options?: { readonly limit?: number; readonly cursor?: string },
    ): Promise<{ readonly items: readonly ObjectInfo[]; readonly cursor?: string }>;
    /** An address that gives the object to whoever has it, until it expires. */
    url(path: string, options?: { readonly expires?: Duration }): Promise<string>;
  }

  /** The four kinds of storage. */
  interface Stores {
    readonly kv: Kv;
    readonly ds: Ds;
    readonly rd: Rd;
    readonly s3: S3;
  }

  /** What an app keeps; `user` is the same for the signed-in user alone. */
  interface Storage extends Stores {
    readonly user: Stores;
  }

  /** What {@link Net.fetch} takes besides what `fetch` does. */
  interface NetInit extends Omit<RequestInit, "cache"> {
    /** Name of a secret the request carries; the app never sees its value. */
    readonly auth?: string;
    /** `bearer` (default), `basic`, `header:<name>` or `query:<name>`. */
    readonly authMode?: "bearer" | "basic" | `header:${string}` | `query:${string}`;
    /** How long the answer to a `GET` may be used again. */
    readonly cache?: Duration | RequestCache;
    /** What tells one cached answer from another, instead of URL and headers. */
    readonly cacheKey?: string;
    /** Asks again although there is a cached answer. */
    readonly cacheRefresh?: boolean;
    /** Further attempts, 5 at most; default none. */
    readonly retry?: number;
    /** Before the first further attempt; default 500 ms. */
    readonly retryDelay?: Duration;
    /** What the delay is multiplied with each time; default 2. */
    readonly retryBackoff?: number;
    /** Statuses and error codes worth another attempt; naming them allows it for `POST` too. */
    readonly retryOn?: readonly (number | string)[];
    /** For everything, body and retries included. */
    readonly timeout?: Duration;
  }

  /** One request this app made, or was refused. */
  interface NetLine {
    readonly id: number;
    /** Unix milliseconds. */
    readonly at: number;
    readonly method: string;
    readonly host: string;
    /** Without the query. */
    readonly path: string;
    readonly status?: number;
    /** Why there is no answer, such as `NET_BLOCKED`. */
    readonly code?: string;
    readonly ms: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
  }

  /** A TCP or TLS connection. */
  interface Connection {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
    close(): Promise<void>;
  }

  /** The way out. Needs the grant `net:fetch` or `net:fetch:<host>`; the global `fetch` is this. */
  interface Net {
    /** Rejects with `code` `NET_BLOCKED`, `NET_TIMEOUT`, `NET_LIMIT`, `NET_SIZE`, `NET_RATE`, … */
    fetch(url: string | URL | Request, init?: NetInit): Promise<Response>;
    /** Newest first. */
    logs(query?: {
      readonly host?: string;
      /** Only those that went wrong, or were answered with 400 or more. */
      readonly failed?: boolean;
      readonly since?: number;
      readonly before?: number;
      readonly limit?: number;
    }): Promise<readonly NetLine[]>;
    /** Needs the grant `net:connect:<host>:<port>`. */
    connect(
      host: string,
      port: number,
      options?: { readonly tls?: boolean },
    ): Promise<Connection>;
  }

  /** How an event is carried. */
  interface EmitOptions {
    /** Keeps it for {@link Events.query} and for those who are not there yet. */
    readonly persist?: boolean;
    /** How long it is kept and tried. */
    readonly ttl?: Duration;
    /** Default `at-least-once` where an app subscribes in its `app.json`, or with `persist`. */
    readonly delivery?: "at-least-once" | "at-most-once";
    /** Attempts after the first; default 3, at most 10. */
    readonly retries?: number;
    /** Ties events together. */
    readonly correlationId?: string;
  }

  /** An event as a handler gets it. */
  interface Event<T = unknown> {
    /** The same at every attempt. */
    readonly id: string;
    /** `app:<name>.<what the app called it>`, or `system.…`. */
    readonly type: string;
    readonly data: T;
    /** `app:<name>` or `system`. */
    readonly source: string;
    /** Unix milliseconds. */
    readonly at: number;
    readonly correlationId?: string;
    /** 1 for the first. */
    readonly attempt: number;
  }

  /** An event of the past; `n` pages through them. */
  interface StoredEvent<T = unknown> extends Omit<Event<T>, "attempt"> {
    readonly n: number;
    /** Unix milliseconds. */
    readonly expiresAt: number;
  }

  /** Hears events; its promise holds back the next one. */
  type Listener<T = unknown> = (event: Event<T>) => unknown;

  /** Events between apps. Another app's need the grant `events:subscribe:<pattern>`. */
  interface Events {
    /** `order.paid` of the app `shop` is `app:shop.order.paid` to others; `data` is JSON. */
    emit(type: string, data?: unknown, options?: EmitOptions): Promise<{ readonly id: string }>;
    /**
     * Listens as long as this isolate lives; what must not be missed is a handler under `events`
     * of `app.json`. A pattern ends in `*` or has one in place of a part: `app:shop.order.*`.
     */
    on<T = unknown>(pattern: string, listener: Listener<T>): Promise<void>;
    off(pattern: string, listener?: Listener): Promise<void>;
    /** The next one only. */
    once<T = unknown>(pattern: string, listener: Listener<T>): Promise<void>;
    /** Newest first; `before` asks for the next page. */
    query<T = unknown>(query?: {
      /** A type or a pattern. */
      readonly type?: string;
      readonly since?: number;
      readonly before?: number;
      readonly limit?: number;
    }): Promise<{ readonly items: readonly StoredEvent<T>[]; readonly before?: number }>;
  }

  /** A one-off job that waits, runs or was given up. */
  interface Job {
    readonly id: string;
    readonly handler: string | null;
    readonly status: "waiting" | "running" | "dead";
    /** Unix milliseconds. */
    readonly plannedAt: number;
    readonly nextAt: number | null;
    readonly attempt: number;
    /** Why the last attempt failed. */
    readonly error: string | null;
  }

  /** Calls `scheduled` of this app once, later; it is tried again when it fails. */
  interface Schedule {
    (delay: number, state?: unknown, options?: { readonly handler?: string }): Promise<
      { readonly id: string }
    >;
    /** Whether it had not run yet. */
    cancel(id: string): Promise<boolean>;
    list(options?: { readonly limit?: number }): Promise<readonly Job[]>;
  }

  /** An entry under `cron` of `app.json`. Times are Unix milliseconds. */
  interface CronEntry {
    readonly id: string;
    readonly schedule: string;
    readonly timezone: string;
    readonly handler: string;
    readonly nextAt: number | null;
    readonly lastAt: number | null;
  }

  /** What this app does by the clock. */
  interface Cron {
    list(): Promise<readonly CronEntry[]>;
  }

  /** What {@link Sandbox.exec} runs, and within what. */
  interface ExecOptions {
    /** JavaScript; its last value is the result. */
    readonly code: string;
    /** Names the code may use; plain values only. */
    readonly context?: Readonly<Record<string, unknown>>;
    readonly timeout?: Duration;
    /** Heap, MiB. */
    readonly memory?: number;
  }

  /** Runs code somebody else wrote, with no way out. */
  interface Sandbox {
    exec<T = unknown>(
      options: ExecOptions,
    ): Promise<{ readonly value: T; readonly logs: readonly string[] }>;
    validate(
      code: string,
    ): Promise<{ readonly valid: boolean; readonly errors: readonly string[] }>;
  }

  /** The files this app was deployed with, by their content. */
  interface Fs {
    /** The content id of one of the app's files. */
    cid(path: string): Promise<string | undefined>;
    /** Its address under `/ipfs/`. */
    ipfsUrl(path: string): Promise<string | undefined>;
    /** Whether this node has such content. */
    hasCid(cid: string): Promise<boolean>;
  }

  /** JSON by path. */
  interface JsonApi {
    /**
     * What lies at a path: `a.b`, `list[0]`, `list.0`, `["a key"]`; with `*` for every element the
     * result is a list: `orders.*.id`. Undefined where there is nothing.
     * @param data a value, or its JSON text
     * @param path text, or the keys one by one
     */
    get<T = unknown>(data: unknown, path: string | readonly (string | number)[]): Promise<T>;
  }

  /** Expressions that people other than the app's author may write. */
  interface Expr {
    /**
     * The value of an expression over the names of `env`, with JavaScript's operators, `in`,
     * `?.`, `? :`, lists, own properties of data, and functions. It reaches nothing else, and
     * always ends.
     *
     * Over lists, with `it` as the element: `all any count filter find map`. Of values: `abs ceil
     * contains endsWith floor join len lower max min number round split startsWith string sum trim
     * upper`, and the functions in `env`.
     *
     * Rejects with `code` `EXPR_INVALID` or `EXPR_LIMIT`.
     * @example `sum(map(filter(items, it.price > 10), it.price * it.n)) * (1 - discount)`
     */
    eval<T = unknown>(expression: string, env?: object): Promise<T>;
  }

  /** The whole API. */
  interface Api {
    readonly app: App;
    readonly env: Env;
    readonly log: Log;
    readonly storage: Storage;
    readonly net: Net;
    readonly events: Events;
    readonly schedule: Schedule;
    readonly cron: Cron;
    readonly sandbox: Sandbox;
    readonly fs: Fs;
    readonly json: JsonApi;
    readonly expr: Expr;
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
    /** Aborted when the client goes away, or the time of a job is over. */
    readonly signal: AbortSignal;
    /** Keeps work going after the response. */
    waitUntil(work: Promise<unknown>): void;
  }

  /** What a handler of `cron` and of {@link Schedule} is told. */
  interface ScheduledEvent<S = unknown> {
    /** The same at every attempt. */
    readonly id: string;
    /** The schedule in `app.json`; absent for a one-off job. */
    readonly cron?: string;
    /** The time it was meant for, Unix milliseconds. */
    readonly scheduledTime: number;
    /** What {@link Schedule} was given. */
    readonly state?: S;
    /** 1 for the first. */
    readonly attempt: number;
  }

  /** Whatever JSON can say; sent as `application/json`. */
  type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

  /** What a handler may give: a response, or what is sent as JSON. */
  type Answer = Response | Json | object;

  /** Default export of `api/main.ts`. */
  type Handler = (request: Request, ctx: Context) => Answer | Promise<Answer>;

  /** Runs by the clock: `scheduled` of the default export, or a handler's default export itself. */
  type ScheduledHandler<S = unknown> = (event: ScheduledEvent<S>, ctx: Context) => unknown;

  /** Hears events: `event` of the default export, or a handler's default export itself. */
  type EventHandler<T = unknown> = (event: Event<T>, ctx: Context) => unknown;

  /** Default export as an object; a Hono app has this shape. `api/main.ts` needs `fetch`. */
  interface Module {
    fetch?: Handler;
    scheduled?: ScheduledHandler;
    event?: EventHandler;
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

  /** What a CommonJS handler of `cron`, of {@link Schedule} or of `events` is given. */
  type ClassicTask = (ScheduledEvent | Event) & {
    readonly trigger: Trigger;
    readonly state: unknown;
    readonly user: null;
  };

  /** `module.exports` of a CommonJS handler of `cron`, of {@link Schedule} or of `events`. */
  type ClassicTaskHandler = (task: ClassicTask) => unknown;

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
  export const storage: Fazt.Storage;
  export const net: Fazt.Net;
  export const events: Fazt.Events;
  export const schedule: Fazt.Schedule;
  export const cron: Fazt.Cron;
  export const sandbox: Fazt.Sandbox;
  export const fs: Fazt.Fs;
  export const json: Fazt.JsonApi;
  export const expr: Fazt.Expr;
}
