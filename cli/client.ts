import { FaztError } from "../kernel/lib/fazt_error.ts";
import { formatDuration } from "../kernel/lib/duration.ts";
import { errorOf } from "./client_error.ts";
import type { Target } from "./target.ts";
import { upload } from "./upload.ts";

/** How long a node may take to answer a plain call, milliseconds. */
const CALL_MS = 30_000;
/** The same for what moves files, milliseconds. */
export const TRANSFER_MS = 15 * 60_000;

/** Options of one call. */
export interface CallOptions {
  /** Becomes the JSON body. */
  readonly json?: unknown;
  /** Makes a raw body; called again when the call is tried again. */
  readonly body?: () => BodyInit | Promise<BodyInit>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the node counts as unreachable. */
  readonly timeoutMs?: number;
  /** Tries once more when the connection fails: only for calls that may happen twice. */
  readonly retry?: boolean;
}

/** An answer that is not an error. */
export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  /** Where a list goes on, and how long it is. */
  readonly meta?: { readonly cursor?: string | number; readonly total?: number };
}

/** Builds an API path, encoding what is put into it. */
export function apiPath(strings: TemplateStringsArray, ...values: readonly (string | number)[]) {
  return String.raw({ raw: strings }, ...values.map((value) => encodeURIComponent(value)));
}

/** Speaks to a node's HTTP API; every failure is a {@link FaztError}. */
export class Client {
  #target: Target | undefined;

  /** @param find is asked once, at the first call: a command may check its input before. */
  constructor(private readonly find: () => Target, private readonly signal: AbortSignal) {}

  /** The node it speaks to. @throws {FaztError} `UNREACHABLE`, `NOT_FOUND`. */
  get target(): Target {
    return this.#target ??= this.find();
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>("GET", path, { retry: true });
  }

  post<T>(path: string, json: unknown = {}): Promise<T> {
    return this.call<T>("POST", path, { json });
  }

  put<T>(path: string, json: unknown): Promise<T> {
    return this.call<T>("PUT", path, { json, retry: true });
  }

  delete<T>(path: string): Promise<T> {
    return this.call<T>("DELETE", path);
  }

  /** The `data` of the answer. */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    return (await this.answer<T>(method, path, options)).data;
  }

  /** The answer with its status. */
  answer<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    return this.#attempt(method, path, options, async (response) => {
      const body = await response.json().catch((cause) => {
        throw cause instanceof SyntaxError ? notFazt(this.target, cause) : cause;
      }) as { data?: T; meta?: NonNullable<Answer<T>["meta"]> };
      if (body === null || typeof body !== "object" || !("data" in body)) {
        throw notFazt(this.target);
      }
      return {
        status: response.status,
        data: body.data as T,
        ...body.meta === undefined ? {} : { meta: body.meta },
      };
    });
  }

  /** The whole body of an answer that is a file. */
  bytes(path: string): Promise<Uint8Array> {
    const options = { timeoutMs: TRANSFER_MS, retry: true };
    return this.#attempt(
      "GET",
      path,
      options,
      async (response) => new Uint8Array(await response.arrayBuffer()),
    );
  }

  /** Sends a file of known size as it is read; there is no time limit. */
  async upload<T>(
    path: string,
    file: {
      readonly body: ReadableStream<Uint8Array>;
      readonly size: number;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<T> {
    const { token, url } = this.target;
    const headers = {
      accept: "application/json",
      ...file.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const response = await upload(`${url}${path}`, { ...file, headers, signal: this.signal })
      .catch((cause) => {
        this.signal.throwIfAborted();
        throw this.#unreachable(`Lost ${describe(this.target)}: ${reason(cause)}`, cause);
      });
    if (!response.ok) throw await errorOf(response, this.target);
    return (await response.json() as { data: T }).data;
  }

  /** The body of an answer that has no end; only its beginning has a time limit. */
  async stream(path: string): Promise<ReadableStream<Uint8Array>> {
    return await this.#attempt("GET", path, { retry: true }, (response, keepOpen) => {
      keepOpen();
      return Promise.resolve(this.#explained(response.body ?? new ReadableStream()));
    });
  }

  /** The same stream; when the connection breaks its error says so. */
  #explained(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = stream.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await reader.read().catch((cause) => {
          this.signal.throwIfAborted();
          throw this.#unreachable(`Lost ${describe(this.target)}: ${reason(cause)}`, cause);
        });
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (why) => reader.cancel(why),
    });
  }

  #unreachable(message: string, cause: unknown): FaztError {
    return new FaztError("UNREACHABLE", message, { hint: this.target.unreachableHint, cause });
  }

  async #attempt<R>(
    method: string,
    path: string,
    options: CallOptions,
    read: (response: Response, keepOpen: () => void) => Promise<R>,
  ): Promise<R> {
    try {
      return await this.#once(method, path, options, read);
    } catch (error) {
      const again = options.retry && error instanceof FaztError && error.code === "UNREACHABLE";
      if (!again) throw error;
      return await this.#once(method, path, options, read);
    }
  }

  async #once<R>(
    method: string,
    path: string,
    options: CallOptions,
    read: (response: Response, keepOpen: () => void) => Promise<R>,
  ): Promise<R> {
    const limit = options.timeoutMs ?? CALL_MS;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), limit);
    const signal = AbortSignal.any([this.signal, deadline.signal]);
    try {
      const response = await fetch(`${this.target.url}${path}`, {
        method,
        signal,
        // A key goes to the address it was given for and nowhere else.
        redirect: "manual",
        ...await this.#init(options),
      });
      if (!response.ok) throw await errorOf(response, this.target);
      return await read(response, () => clearTimeout(timer));
    } catch (cause) {
      if (cause instanceof FaztError) throw cause;
      this.signal.throwIfAborted();
      const why = deadline.signal.aborted
        ? `it did not answer within ${formatDuration(limit)}`
        : reason(cause);
      throw this.#unreachable(`Cannot reach ${describe(this.target)}: ${why}`, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  async #init(options: CallOptions): Promise<RequestInit> {
    const headers: Record<string, string> = { accept: "application/json", ...options.headers };
    if (this.target.token !== undefined) headers.authorization = `Bearer ${this.target.token}`;
    if (options.body) return { headers, body: await options.body() };
    if (options.json === undefined) return { headers };
    headers["content-type"] = "application/json";
    return { headers, body: JSON.stringify(options.json) };
  }
}

function describe(target: Target): string {
  return target.name === "local" ? `the node at ${target.url}` : `${target.name} (${target.url})`;
}

function reason(cause: unknown): string {
  const error = cause as Error;
  const inner = error.cause instanceof Error ? error.cause.message : error.message;
  return /refused/i.test(inner) ? "the connection was refused" : inner;
}

function notFazt(target: Target, cause?: unknown): FaztError {
  return new FaztError("NOT_FAZT", `Cannot read the answer of ${target.url}: it is not a node's`, {
    hint: `look at the address: fazt peer list`,
    status: 502,
    cause,
  });
}
