import type { ValueCodec } from "../../kernel/lib/value_codec.ts";
import type { Lifetime } from "./lifetime.ts";
import type { GuestApp } from "./protocol.ts";
import type { Connect, ConnectOptions } from "./sockets.ts";

/** What the `fazt` object needs. */
export interface FaztDeps {
  readonly app: GuestApp;
  readonly codec: ValueCodec;
  /** Asks the kernel; rejects with an error that has `code`, `message` and for limits its facts. */
  readonly syscall: (name: string, input: unknown) => Promise<unknown>;
  readonly write: (level: string, message: string, fields?: unknown) => void;
  readonly fetch: typeof fetch;
  readonly lifetime: Lifetime;
  /** `fazt.storage`. */
  readonly storage: object;
  /** `fazt.events`. */
  readonly events: object;
  /** `fazt.fs`. */
  readonly fs: object;
  /** Opens a socket without waiting until it is open. */
  readonly connect: Connect;
}

/**
 * Builds the frozen `fazt` global (contract §3).
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createFazt(
  { app, codec, syscall, write, fetch, lifetime, storage, events, connect, fs }: FaztDeps,
): object {
  type Library = (module: string) => Record<string, (...args: unknown[]) => unknown>;

  const decode = (text: unknown) => text === undefined ? undefined : codec.decode(text as string);

  type Job = { state?: string } & Record<string, unknown>;
  const schedule = (delayMs: number, state?: unknown, options: { handler?: string } = {}) =>
    syscall("schedule.enqueue", {
      delayMs,
      ...(state === undefined ? {} : { state: codec.encode(state) }),
      ...options,
    });
  const withState = (job: Job) =>
    job.state === undefined ? job : { ...job, state: decode(job.state) };
  Object.assign(schedule, {
    cancel: (id: string) => syscall("schedule.cancel", { id }),
    list: async (options: { limit?: number } = {}) =>
      (await syscall("schedule.list", options) as Job[]).map(withState),
  });
  type Exec =
    & { code: string; input?: unknown; timeout?: string | number }
    & Record<string, unknown>;
  type Ran = { value?: string; logs: unknown[] };
  const exec = async (options: string | Exec) => {
    const { input, timeout, ...rest } = typeof options === "string" ? { code: options } : options;
    const { value, logs } = await syscall("sandbox.exec", {
      ...rest,
      ...(input === undefined ? {} : { input: codec.encode(input) }),
      ...(timeout === undefined ? {} : { timeoutMs: lifetime(timeout).ttlMs }),
    }) as Ran;
    try {
      return { value: decode(value), logs };
    } catch {
      const error = new Error("Cannot run the code: it tampered with its own value");
      throw Object.assign(error, { code: "SANDBOX_ERROR", logs });
    }
  };
  const log = (level: string) => async (message: unknown, fields?: unknown) => {
    await undefined;
    write(level, typeof message === "string" ? message : codec.encode(message), fields);
  };
  // The code behind it is no part of this text: the bundler gives it to the apps that name it.
  const late = (namespace: string, name: string) => async (...args: unknown[]) => {
    const scope = globalThis as unknown as Record<symbol, Library | undefined>;
    const module = await scope[Symbol.for("fazt.library")]?.(`fazt/${namespace}`);
    if (module !== undefined) return module[name]!(...args);
    throw new TypeError(`Cannot find fazt.${namespace}: write fazt.${namespace} where it is used`);
  };
  const freeze = <T extends object>(object: T): T => {
    for (const value of Object.values(object)) {
      if (typeof value === "object" && value !== null) freeze(value);
    }
    return Object.freeze(object);
  };
  return freeze({
    app: { id: app.id, name: app.name, version: app.version, url: app.url },
    env: {
      get: async (name: string, fallback?: string) =>
        await (Object.hasOwn(app.env, name) ? app.env[name] : fallback),
      has: async (name: string) => await Object.hasOwn(app.env, name),
    },
    log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    storage,
    net: {
      fetch,
      logs: (query: object = {}) => syscall("net.logs", query),
      connect: async (
        host: string,
        port: number,
        { timeout, ...options }: ConnectOptions & { timeout?: string | number } = {},
      ) => {
        const { ttlMs } = lifetime(timeout);
        const socket = connect(host, port, {
          ...options,
          ...(ttlMs === undefined ? {} : { timeoutMs: ttlMs }),
        });
        await socket.opened;
        return socket;
      },
    },
    events,
    fs,
    schedule: Object.freeze(schedule),
    cron: { list: () => syscall("cron.list", {}) },
    sandbox: { exec, validate: (code: string) => syscall("sandbox.validate", { code }) },
    limits: {
      rate: {
        check: (key: string, { window, ...options }: { window?: string | number }) =>
          syscall("rate.check", { ...options, key, window: lifetime(window ?? "1s").ttlMs }),
        status: (key: string) => syscall("rate.status", { key }),
      },
    },
    json: { get: late("json", "get") },
    expr: { eval: late("expr", "evaluate") },
  });
}
