import type { Context } from "hono";
import { formatBytes } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import type { ApiEnv } from "./services.ts";

/** Largest JSON body of an ordinary route, bytes. */
const MAX_JSON = 1_048_576;

/** Bytes for which an upload gets a further second: slower than this nobody works. */
const UPLOAD_BYTES_PER_SECOND = 16 * 1024;

/** Options of {@link bodyOf}. */
export interface BodyOptions {
  /** Time it may take, s: `limits.request.bodySeconds`. */
  readonly seconds: number;
  /** Whether what has come earns it more time: a large upload takes as long as it takes. */
  readonly upload?: boolean;
  /** Told of bytes as they come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** How the body of an upload is read: it takes as long as it takes, and may be followed. */
export function uploadOf(c: Context<ApiEnv>): BodyOptions {
  return { seconds: c.env.bodySeconds, upload: true, onBytes: c.get("onBytes") };
}

/**
 * A request's body as it arrives. Reading it throws `BAD_REQUEST` when the sender goes away:
 * that is nothing wrong inside the node; and `BODY_TIMEOUT` when the body trickles.
 */
export function bodyOf(request: Request, options: BodyOptions): ReadableStream<Uint8Array> {
  const reader = (request.body ?? new Blob().stream()).getReader();
  const { seconds, upload = false, onBytes } = options;
  const began = performance.now();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const earned = upload ? bytes / UPLOAD_BYTES_PER_SECOND : 0;
      const left = began + (seconds + earned) * 1000 - performance.now();
      let late = left <= 0;
      const timer = setTimeout(() => {
        late = true;
        // The read that waits ends with it.
        reader.cancel().catch(() => {});
      }, left);
      const { done, value } = await reader.read().catch((cause) => {
        throw late ? tooSlow(seconds) : endedEarly(cause);
      }).finally(() => clearTimeout(timer));
      if (late) throw tooSlow(seconds);
      if (done) return controller.close();
      bytes += value.length;
      onBytes?.(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function endedEarly(cause: unknown): FaztError {
  return new FaztError("BAD_REQUEST", "Cannot read the request: its body ended early", {
    hint: "send it again",
    cause,
  });
}

function tooSlow(seconds: number): FaztError {
  return new FaztError(
    "BODY_TIMEOUT",
    `Cannot read the request: its body took over ${seconds} s`,
    {
      status: 408,
      hint: "send it faster, or allow more: fazt config set limits.request.bodySeconds <value>",
      details: { limit: "request.bodySeconds", max: seconds },
    },
  );
}

/** The length a sender tells of its body; undefined of one that comes in HTTP chunks. */
export function lengthOf(request: Request): number | undefined {
  const text = request.headers.get("content-length") ?? "";
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return request.body === null ? 0 : undefined;
}

/** Reads a body of at most `max` bytes, whatever its length field says. */
export async function readBytes(
  request: Request,
  max: number,
  options: BodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request, options)) {
    size += chunk.length;
    if (size > max) {
      throw new FaztError(
        "TOO_LARGE",
        `Cannot read the request: its body is over ${formatBytes(max)}`,
        { hint: "send less in one request" },
      );
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The JSON body, checked. An empty body counts as `{}`. */
export async function readJson<S extends z.ZodType>(
  c: Context<ApiEnv>,
  schema: S,
  max: number = MAX_JSON,
): Promise<z.output<S>> {
  const bytes = c.get("body") ??
    await readBytes(c.req.raw, max, { seconds: c.env.bodySeconds });
  let value: unknown = {};
  if (bytes.length > 0) {
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      throw new FaztError("BAD_REQUEST", "Cannot read the request: its body is not JSON", {
        hint: "send one JSON value in UTF-8",
      });
    }
  }
  return checked(schema, value);
}

/** The query, checked. */
export function readQuery<S extends z.ZodType>(c: Context<ApiEnv>, schema: S): z.output<S> {
  return checked(schema, c.req.query());
}

/** A value as a schema wants it. @throws {FaztError} `INVALID` with what is wrong, by path */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.join("."),
    message: issue.message.endsWith("received undefined")
      ? "is missing"
      : issue.message.replace(/^Invalid input: /, ""),
  }));
  const first = details[0]!;
  throw new FaztError(
    "INVALID",
    `Cannot do this: ${first.path ? `${first.path}: ` : ""}${first.message}`,
    { hint: "correct what details names, then send it again", details },
  );
}

/** A whole number in a query. */
export const queryInt = z.string().regex(/^\d{1,15}$/, "must be a whole number").transform(Number);

/** A whole number in the path. */
export function pathInt(c: Context<ApiEnv>, name: string): number {
  return checked(z.object({ [name]: queryInt }), { [name]: c.req.param(name) })[name]!;
}

/** The keys that are set, as exact optional properties want them. */
export function present<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]: Exclude<T[K], undefined> };
}
