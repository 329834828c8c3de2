import { signal } from "@preact/signals";

/** One thing wrong with what was sent, by field. */
export interface Detail {
  readonly path?: string | readonly (string | number)[];
  readonly message?: string;
}

/** What the node, or the way to it, said no with. `status` 0: no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint?: string,
    readonly details?: unknown,
  ) {
    super(message);
  }

  /** Worth another try as it is: nothing was wrong with what was asked. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }

  /** What is wrong with one field of a form. */
  field(name: string): string | undefined {
    if (!Array.isArray(this.details)) return undefined;
    const found = (this.details as Detail[]).find(({ path }) =>
      (Array.isArray(path) ? path.join(".") : path) === name
    );
    return found?.message;
  }
}

/** How the node answers just now; `silent` after an answer that did not come. */
export const connection = signal<"ok" | "silent">("ok");

/** What a session does when the node wants to know again who is there. */
export const challenges: {
  signedOut: () => void;
  stepUp: (error: ApiError) => Promise<boolean>;
} = { signedOut: () => {}, stepUp: () => Promise.resolve(false) };

/** Options of {@link call}. */
export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is: a form, a file, text. */
  readonly raw?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds; default 20,000. Long work, such as a deploy, says so. */
  readonly timeoutMs?: number;
  /** Called with `meta` of the answer. */
  readonly onMeta?: (meta: unknown) => void;
}

/**
 * Asks the API and gives `data` of its answer.
 * @throws {ApiError} `OFFLINE`, `TIMEOUT` and `BAD_ANSWER` are ours, the rest is the node's
 */
export async function call<T = unknown>(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<T> {
  const response = await ask(method, path, options);
  const text = await response.text().catch(() => "");
  const answer = parse(text, response.status);
  if (response.ok) {
    options.onMeta?.(answer.meta);
    return answer.data as T;
  }
  const { code = "ERROR", message, hint, details } = answer.error ?? {};
  const error = new ApiError(
    response.status,
    code,
    message ?? `The node answered ${response.status}`,
    hint,
    details,
  );
  if (error.code === "STEP_UP_REQUIRED" && await challenges.stepUp(error)) {
    return await call(method, path, options);
  }
  if (error.status === 401 && !path.startsWith("/api/session")) challenges.signedOut();
  throw error;
}

/** Asks for something that is no JSON, such as a file; failures are the same as of {@link call}. */
export async function callRaw(path: string, options: CallOptions = {}): Promise<Response> {
  const response = await ask("GET", path, options);
  if (response.ok) return response;
  const { error = {} } = parse(await response.text().catch(() => ""), response.status);
  if (response.status === 401) challenges.signedOut();
  throw new ApiError(
    response.status,
    error.code ?? "ERROR",
    error.message ?? `The node answered ${response.status}`,
    error.hint,
    error.details,
  );
}

async function ask(method: string, path: string, options: CallOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 20_000);
  const { body, raw, headers = {} } = options;
  try {
    const response = await fetch(path, {
      method,
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(body !== undefined
        ? {
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", ...headers },
        }
        : raw !== undefined
        ? { body: raw, headers }
        : { headers }),
    });
    connection.value = "ok";
    return response;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    connection.value = "silent";
    if (timeout.aborted) {
      throw new ApiError(0, "TIMEOUT", "The node did not answer in time", "It may still be at it.");
    }
    throw new ApiError(0, "OFFLINE", "The node cannot be reached", "Is it running?");
  }
}

interface Answer {
  readonly data?: unknown;
  readonly meta?: unknown;
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
    readonly details?: unknown;
  };
}

function parse(text: string, status: number): Answer {
  try {
    const answer = JSON.parse(text);
    if (typeof answer === "object" && answer !== null) return answer;
  } catch { /* said below */ }
  if (status === 204) return {};
  throw new ApiError(
    status,
    "BAD_ANSWER",
    `The node answered ${status} with something that is no API answer`,
    "Something between here and the node may have changed it.",
  );
}
