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

  /** A document: what was stored, and its id. */
  type Document<T> = T & { readonly id: string };

  /** What a query says of one path, such as `age` or `address.city`. */
  interface Condition {
    /** Equal; so does a value alone. An array has it where one of its items does. */
    readonly $eq?: Value;
    readonly $ne?: Value;
    /** Greater, of the same kind: numbers, texts, booleans, dates or bytes. */
    readonly $gt?: Value;
    readonly $gte?: Value;
    readonly $lt?: Value;
    readonly $lte?: Value;
    readonly $in?: readonly Value[];
    readonly $nin?: readonly Value[];
    /** The item of an array, or the part of a text. */
    readonly $contains?: Value;
    /** Whether there is something; null is something. */
    readonly $exists?: boolean;
    /** Found in a text: RE2 syntax, no look-around, no back-references. */
    readonly $regex?: string | RegExp;
    /** Some of `i`, `m`, `s`. */
    readonly $options?: string;
    readonly $not?: Value | Condition;
  }

  /** Which documents: all conditions hold. Null is also what is missing. `{}` is all of them. */
  type Query = {
    readonly $and?: readonly Query[];
    readonly $or?: readonly Query[];
    readonly $not?: Query;
  } & { readonly [path: string]: unknown };

  /** What becomes of a document: fields that replace its own, or operators with paths. */
  type Change = {
    readonly $set?: Readonly<Record<string, unknown>>;
    readonly $unset?: string | readonly string[] | Readonly<Record<string, unknown>>;
    readonly $inc?: Readonly<Record<string, number>>;
    /** One item, or `{$each: [...]}`. */
    readonly $push?: Readonly<Record<string, unknown>>;
    /** Items that equal a value, or fulfil a condition or query. */
    readonly $pull?: Readonly<Record<string, unknown>>;
  } & { readonly [field: string]: unknown };

  /** Which of the matches, in which order, and what of them. */
  interface FindOptions {
    /** `{age: -1, name: 1}`, `["-age", "name"]` or `"-age"`; else as they were inserted. */
    readonly sort?: string | readonly string[] | Readonly<Record<string, 1 | -1 | "asc" | "desc">>;
    /** 100 by default, at most 1,000. */
    readonly limit?: number;
    readonly skip?: number;
    /** `["name", "address.city"]` or `{name: 1}`; `{secret: 0}` is all but that. */
    readonly fields?: readonly string[] | Readonly<Record<string, 0 | 1 | boolean>>;
    /** Looks at the archived documents of a split collection instead: that is slow. */
    readonly archived?: boolean;
  }

  /** How a collection is split. */
  interface ShardOptions {
    /** The period of a shard, in UTC. */
    readonly by: "hour" | "day" | "month" | "year";
    /** Where a document's time is, a date or Unix ms; else it is when it was inserted. */
    readonly path?: string;
    /** Where a text is whose first part, up to `/`, `:` or `.`, splits too. */
    readonly prefix?: string;
    /** Shards older than this are deleted. */
    readonly keep?: Duration;
    /** Shards older than this are compressed; only `find` with `archived` looks there. */
    readonly archiveAfter?: Duration;
  }

  /** A part of a split collection: the documents of a prefix and a time. */
  interface ShardInfo {
    readonly id: number;
    readonly prefix: string;
    readonly from: Date;
    /** Not part of it. */
    readonly to: Date;
    readonly state: "open" | "archived" | "restoring";
    readonly documents: number;
    readonly bytes: number;
    /** Bytes of the archive. */
    readonly storedBytes: number;
  }

  /** A collection of {@link Ds}. */
  interface CollectionInfo {
    readonly name: string;
    readonly documents: number;
    readonly bytes: number;
    /** `automatic`: made because it was often searched by. */
    readonly indexes: readonly { readonly path: string; readonly automatic: boolean }[];
  }

  /** Documents in collections, which are made with their first one. Needs `storage:ds`. */
  interface Ds {
    /** All of them or none; gives their ids. */
    insert(collection: string, documents: readonly object[]): Promise<string[]>;
    /** Gives the id, which the field `id` may choose; `CONFLICT` where there is such a one. */
    insert(collection: string, document: object): Promise<string>;
    find<T = Record<string, Value>>(
      collection: string,
      query?: Query,
      options?: FindOptions,
    ): Promise<Document<T>[]>;
    findOne<T = Record<string, Value>>(
      collection: string,
      query?: Query,
      options?: FindOptions,
    ): Promise<Document<T> | undefined>;
    /** Changes every match, all or none; gives how many. `upsert` adds one where there is none. */
    update(
      collection: string,
      query: Query,
      change: Change,
      options?: { readonly upsert?: boolean },
    ): Promise<number>;
    /** Deletes every match, all or none; gives how many. */
    delete(collection: string, query: Query): Promise<number>;
    count(collection: string, query?: Query): Promise<number>;
    /** Makes searches by a path fast. */
    index(collection: string, path: string): Promise<void>;
    /**
     * Splits a collection, which may then grow past `storage.ds.perCollection`. Asked again only
     * `keep` and `archiveAfter` may differ. Not of `fazt.storage.user`.
     */
    shard(collection: string, options: ShardOptions): Promise<void>;
    /** The shards of a collection, the oldest first. */
    shards(collection: string): Promise<ShardInfo[]>;
    /** Deletes a collection; whether there was anything in it. */
    drop(collection: string): Promise<boolean>;
    collections(): Promise<CollectionInfo[]>;
  }

  /**
   * What a column holds. `boolean` is 0 and 1 to SQL, `date` is Unix milliseconds, `json` is text;
   * rows bring them back as `boolean`, `Date` and what the JSON says.
   */
  type RdType = "text" | "integer" | "real" | "blob" | "boolean" | "json" | "date";

  /** One column. */
  interface RdColumn {
    readonly type: RdType;
    readonly primaryKey?: boolean;
    readonly notNull?: boolean;
    readonly unique?: boolean;
    /** What null becomes in an `INSERT`; `"now"` for a date, a JSON text for `json`. */
    readonly default?: string | number | boolean;
  }

  /** The columns of a table by their names. */
  type RdColumns = Readonly<Record<string, RdType | RdColumn>>;

  /** A table. Without a primary key it gets `id`, an integer that counts up. */
  interface RdSchema {
    readonly columns: RdColumns;
    /** For a key of several columns. */
    readonly primaryKey?: readonly string[];
    /** At most four columns each. */
    readonly indexes?: readonly (
      | string
      | readonly string[]
      | { readonly columns: string | readonly string[]; readonly unique?: boolean }
    )[];
  }

  /** What may stand for a parameter; objects and arrays become JSON. Never undefined or NaN. */
  type RdValue =
    | null
    | boolean
    | number
    | bigint
    | string
    | Date
    | Uint8Array
    | ArrayBuffer
    | readonly unknown[]
    | { readonly [key: string]: unknown };

  /** Values for `?` in their order, or for `:name` by name: all of them. */
  type RdParams = readonly RdValue[] | Readonly<Record<string, RdValue>>;

  /** One row; an integer past 2^53 is a `bigint`. */
  type RdRow = Record<string, unknown>;

  /** What a change did. */
  interface RdChange {
    /** Rows inserted, updated or deleted, whichever the statement is for. */
    readonly changes: number;
    /** Key of the row inserted last, where the key is one column. */
    readonly lastInsertId?: number | bigint | string;
  }

  /** A statement of {@link Rd.transaction}; another number of changes than `expect` undoes all. */
  type RdStep =
    | string
    | readonly [sql: string, params?: RdParams]
    | { readonly sql: string; readonly params?: RdParams; readonly expect?: number };

  /** Something to be done once: tables first, then statements. */
  interface RdMigration {
    readonly id: string;
    readonly define?: Readonly<Record<string, RdSchema | RdColumns>>;
    readonly exec?: readonly RdStep[];
  }

  /**
   * SQLite's SQL over tables of this app. Needs the grant `storage:rd`. A statement has a limit of
   * time and may not join parts that are no tables without `fazt_tick(x)` in their condition.
   */
  interface Rd {
    /** Makes a table, or adds columns and indexes to it; nothing is ever taken away. */
    define(table: string, schema: RdSchema | RdColumns): Promise<void>;
    /** The rows of a `SELECT`. */
    query<R extends object = RdRow>(sql: string, params?: RdParams): Promise<R[]>;
    /** Runs an `INSERT`, `UPDATE` or `DELETE`; resolves once it is on disk. */
    exec(sql: string, params?: RdParams): Promise<RdChange>;
    /** All statements or none; a `SELECT` gives its rows. */
    transaction<R extends readonly unknown[] = (RdChange | RdRow[])[]>(
      steps: readonly RdStep[],
    ): Promise<R>;
    /** Does what was not done before, in this order, all or none; gives the ids of it. */
    migrate(migrations: readonly RdMigration[]): Promise<string[]>;
  }

  /** What is known of an object without its content. */
  interface S3Head {
    readonly path: string;
    /** Media type. */
    readonly type: string;
    /** Bytes of the whole object. */
    readonly size: number;
    /** Changes with the content. Without quotes. */
    readonly etag: string;
    readonly metadata: Readonly<Record<string, string>>;
    /** Unix milliseconds. */
    readonly updatedAt: number;
  }

  /** An object; its content can be read once. */
  interface S3Object extends S3Head {
    /** Which bytes the content is, where a part was asked for; `end` is exclusive. */
    readonly range?: { readonly start: number; readonly end: number };
    readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
    bytes(): Promise<Uint8Array<ArrayBuffer>>;
    text(): Promise<string>;
    json<T = unknown>(): Promise<T>;
  }

  /** One page of objects, in the order of their paths; `cursor` asks for the next. */
  interface S3Page {
    readonly items: readonly {
      readonly path: string;
      readonly size: number;
      readonly etag: string;
      readonly updatedAt: number;
      /** Left out where the provider does not tell. */
      readonly type?: string;
    }[];
    /** With a delimiter: what is below a further slash, such as `photos/2026/`. */
    readonly folders: readonly string[];
    readonly cursor?: string;
  }

  /** Objects of any size under paths. Needs the grant `storage:s3`. */
  interface S3 {
    /** Resolves once all of it is on disk; a stream that fails leaves what was there before. */
    put(
      path: string,
      content: string | Blob | ArrayBuffer | ArrayBufferView | ReadableStream<Uint8Array>,
      options?: {
        /** Media type; default: the blob's, or by the path's extension. */
        readonly type?: string;
        /** Notes of your own, 1 KiB at most. */
        readonly metadata?: Readonly<Record<string, string>>;
      },
    ): Promise<S3Head>;
    get(
      path: string,
      options?: {
        /** Positions (`end` is exclusive), or the value of a `Range` header. */
        readonly range?: string | { readonly start?: number; readonly end?: number };
      },
    ): Promise<S3Object | undefined>;
    head(path: string): Promise<S3Head | undefined>;
    /** Whether there was such an object. */
    delete(path: string): Promise<boolean>;
    list(
      prefix?: string,
      options?: {
        /** Default 100, at most 1,000. */
        readonly limit?: number;
        readonly cursor?: string;
        readonly delimiter?: "/";
      },
    ): Promise<S3Page>;
    /** Rejects with `NOT_FOUND` where there is nothing to copy. */
    copy(from: string, to: string): Promise<S3Head>;
    /**
     * An address that answers for this object until it expires, without your code: `GET` to read
     * it, `PUT` to let a browser store it.
     */
    url(
      path: string,
      options?: {
        readonly method?: "GET" | "PUT";
        /** Default `1h`, at most `7d`. */
        readonly expires?: Duration;
        /** True, or a name: a file to save. False: shown, in a sandbox. Default: by its type. */
        readonly download?: boolean | string;
        /** `PUT`: the largest content. */
        readonly maxBytes?: number;
        /** `PUT`: the media type it must have. */
        readonly type?: string;
      },
    ): Promise<string>;
  }

  /** What an app keeps, in each way of keeping it. */
  interface Pillars {
    readonly kv: Kv;
    readonly ds: Ds;
    readonly rd: Rd;
    readonly s3: S3;
  }

  /** What an app keeps: for all its visitors, and under `user` for the one who is signed in. */
  interface Storage extends Pillars {
    /** Rejects with `NOT_SIGNED_IN` where there is no such person. */
    readonly user: Pillars;
  }

  /** Content this app keeps for its own sake. */
  interface Pin {
    readonly cid: string;
    readonly name: string;
    readonly kind: "file" | "folder";
    /** Bytes. */
    readonly size: number;
    readonly files: number;
    /** Whether everybody may read it at `/ipfs/<cid>`. */
    readonly public: boolean;
    /** Unix milliseconds. */
    readonly createdAt: number;
  }

  /** Content by its id (IPFS CIDv1), the same wherever it is computed. */
  interface Fs {
    /** Of a file or folder of this app, `""` for all of it. Rejects with `NOT_FOUND`. */
    cid(path: string): Promise<string>;
    /** Where a file or folder that visitors may have stays, whatever is deployed later. */
    ipfsUrl(path: string): Promise<string>;
    /** Whether this app may read the content: its own, or what is public on this node. */
    hasCid(cid: string): Promise<boolean>;
    /** The bytes of a file, where this app may read it. */
    get(cid: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
    /**
     * Keeps content of at most `limits.fs.valueMb` and gives its id; unless `public` is false
     * everybody may read it at `/ipfs/<cid>`. Needs the grant `storage:s3`.
     */
    add(
      content: string | Uint8Array | Blob | ReadableStream<Uint8Array>,
      options?: { readonly name?: string; readonly public?: boolean },
    ): Promise<string>;
    /** Lets go of what {@link Fs.add} kept. Needs the grant `storage:s3`. */
    unpin(cid: string): Promise<boolean>;
    /** What this app keeps, newest first. Needs the grant `storage:s3`. */
    pins(): Promise<readonly Pin[]>;
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

  /** Who the other side of a TLS socket has to be. */
  interface TlsOptions {
    /** The name its certificate must be for; default: the host. */
    readonly serverName?: string;
    /** Certificates (PEM) to trust instead of the well-known ones. */
    readonly ca?: string | readonly string[];
  }

  /** What {@link Net.connect} takes. */
  interface ConnectOptions extends TlsOptions {
    /** TLS from the first byte. */
    readonly tls?: boolean;
    /** Until it is open; default 10 s. */
    readonly timeout?: Duration;
    /** Goes on sending when the other side sends no more; default false. */
    readonly allowHalfOpen?: boolean;
  }

  /** A raw connection. It ends with the isolate, and when it carries nothing for minutes. */
  interface Socket {
    readonly readable: ReadableStream<Uint8Array>;
    /** Takes bytes; closing it tells the other side that nothing follows. */
    readonly writable: WritableStream<Uint8Array>;
    readonly opened: Promise<{ readonly remoteAddress: string }>;
    /** Resolves when it ended well; rejects with `code` `NET_ERROR` or `NET_TIMEOUT` if not. */
    readonly closed: Promise<void>;
    /** Host and port as asked for. */
    readonly remoteAddress: string;
    readonly secureTransport: "on" | "off";
    /** Whether {@link startTls} put another socket in its place. */
    readonly upgraded: boolean;
    close(): Promise<void>;
    /** TLS from here on (STARTTLS): go on with the socket it gives, this one is over. */
    startTls(options?: TlsOptions): Socket;
  }

  /** The way out. Needs the grant `net:fetch` or `net:fetch:<host>`; the global `fetch` is this. */
  interface Net {
    /** Rejects with `code` `NET_BLOCKED`, `NET_TIMEOUT`, `NET_LIMIT`, `NET_SIZE`, `NET_RATE`, … */
    fetch(url: string | URL | Request, init?: NetInit): Promise<Response>;
    /**
     * Opens a TCP or TLS connection. Needs the grant `net:connect:<host>:<port>`. Rejects with
     * `code` `NET_BLOCKED`, `NET_TIMEOUT`, `NET_LIMIT`, `NET_RATE` or `NET_ERROR`.
     */
    connect(host: string, port: number, options?: ConnectOptions): Promise<Socket>;
    /** Newest first; a socket is one line with the method `TCP` or `TLS`, written at its end. */
    logs(query?: {
      readonly host?: string;
      /** Only those that went wrong, or were answered with 400 or more. */
      readonly failed?: boolean;
      readonly since?: number;
      readonly before?: number;
      readonly limit?: number;
    }): Promise<readonly NetLine[]>;
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

  /** Code to run: the body of an async function, or an expression. */
  interface SandboxOptions {
    readonly code: string;
    /** What the code finds as `input`. */
    readonly input?: unknown;
    /** Grants of this app that the code may use, such as `"storage:kv"`. Default: none. */
    readonly capabilities?: readonly string[];
    /** Default 5 s, 60 s at most. */
    readonly timeout?: Duration;
    /** JavaScript heap, MiB. Default 64, 256 at most. */
    readonly memoryMb?: number;
  }

  /** What code wrote to its console. */
  interface SandboxLine {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly message: string;
    /** Milliseconds since the code began. */
    readonly at: number;
  }

  /** What code gave. */
  interface SandboxResult<T> {
    /** What it returned, or the value of its last statement. */
    readonly value: T;
    readonly logs: readonly SandboxLine[];
  }

  /** Why code gave nothing; lines and columns start at 1. */
  interface SandboxError extends ApiError {
    readonly code:
      | "SANDBOX_SYNTAX"
      | "SANDBOX_ERROR"
      | "SANDBOX_TIMEOUT"
      | "SANDBOX_MEMORY"
      | "SANDBOX_SIZE"
      | "SANDBOX_OUTPUT"
      | "SANDBOX_PERMISSION"
      | "SANDBOX_BUSY";
    /** What the code itself threw, or what is wrong with it. */
    readonly reason?: string;
    readonly line?: number;
    readonly column?: number;
    readonly logs?: readonly SandboxLine[];
  }

  /** Something wrong at a place in code. */
  interface CodeFault {
    readonly message: string;
    readonly line: number;
    readonly column: number;
  }

  /** Runs code, such as a model wrote, where it has nothing but what it is given. */
  interface Sandbox {
    /** Rejects with a {@link SandboxError}. */
    exec<T = Value | undefined>(options: SandboxOptions | string): Promise<SandboxResult<T>>;
    /** Reads code without running it. */
    validate(
      code: string,
    ): Promise<{ readonly valid: boolean; readonly errors: readonly CodeFault[] }>;
  }

  /** Whether one more is allowed. */
  interface Allowance {
    readonly allowed: boolean;
    /** Whole units left now. */
    readonly remaining: number;
    /** When the next is allowed, or when all are back; Unix milliseconds. */
    readonly reset: number;
  }

  /** Limits an app keeps for its own purposes, such as sign-in attempts; in memory. */
  interface Limits {
    readonly rate: {
      check(
        key: string,
        options: {
          readonly limit: number;
          readonly window: Duration;
          readonly cost?: number;
        },
      ): Promise<Allowance>;
      /** Undefined for a key that was never checked. */
      status(key: string): Promise<Allowance | undefined>;
    };
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
    readonly fs: Fs;
    readonly events: Events;
    readonly schedule: Schedule;
    readonly cron: Cron;
    readonly sandbox: Sandbox;
    readonly limits: Limits;
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
  export const limits: Fazt.Limits;
  export const json: Fazt.JsonApi;
  export const expr: Fazt.Expr;
}
