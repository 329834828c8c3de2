import { FaztError } from "../../../lib/fazt_error.ts";
import { exactBody } from "./bounded.ts";
import { putStream, putWhole, type S3PutOptions, type S3Stored } from "./multipart.ts";
import { s3Error, type S3ErrorFacts } from "./s3_error.ts";
import { type S3Options, S3Requests } from "./s3_request.ts";
import { childrenOf, textOf } from "./xml.ts";

/** What is known of an object without its content. */
export interface S3Head {
  /** Bytes of the whole object. */
  readonly size: number;
  readonly type: string;
  /** With its quotes. */
  readonly etag: string;
  /** Unix ms. */
  readonly updatedAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object, or a part of it. */
export interface S3Object extends S3Head {
  readonly body: ReadableStream<Uint8Array>;
}

/** Bytes `start` to `end` (exclusive; left out: to the end). */
export interface S3Range {
  readonly start: number;
  readonly end?: number | undefined;
}

/** One object of a listing. */
export interface S3Listed {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Unix ms. */
  readonly updatedAt: number;
}

/** One page of a listing. */
export interface S3Page {
  readonly objects: readonly S3Listed[];
  /** What the keys up to the next delimiter have in common. */
  readonly folders: readonly string[];
  /** Where the next page begins; left out on the last. */
  readonly cursor?: string;
}

const PART_BYTES = 8 * 1024 * 1024;

/**
 * One bucket of an S3-compatible service. Keys are below the options' prefix, which is put before
 * and taken off. All methods throw `FaztError` `S3_ERROR`, whose details have `status`, `reason`.
 */
export class S3Client {
  readonly #requests: S3Requests;
  readonly #prefix: string;
  readonly #partBytes: number;

  constructor(options: S3Options) {
    this.#requests = new S3Requests(options);
    const prefix = (options.prefix ?? "").replace(/^\/+|\/+$/g, "");
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
    this.#partBytes = options.partBytes ?? PART_BYTES;
  }

  /** Stores an object; a stream may be of any length and is read as fast as it can be sent. */
  put(
    key: string,
    body: Uint8Array | ReadableStream<Uint8Array>,
    options: S3PutOptions = {},
  ): Promise<S3Stored> {
    const whole = this.#prefix + key;
    return body instanceof Uint8Array
      ? putWhole(this.#requests, whole, { ...options, body })
      : putStream(this.#requests, whole, { ...options, body, partBytes: this.#partBytes });
  }

  /** An object or a part of it, or undefined. A body that is not wanted must be cancelled. */
  async get(
    key: string,
    range?: S3Range,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<S3Object | undefined> {
    const response = await this.#requests.send({
      method: "GET",
      key: this.#prefix + key,
      ...(range === undefined ? {} : { unsigned: { range: rangeHeader(range) } }),
      signal: options.signal,
    }, [404]);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    const partial = range !== undefined;
    const body = bodyOf(response, { partial, idleMs: this.#requests.idleMs });
    return { ...headOf(response, partial ? totalOf(response) : lengthOf(response)), body };
  }

  /**
   * The content of one version of an object, or a part of it.
   * @param options.ifMatch the version's entity tag with its quotes
   * @throws {FaztError} `CONFLICT` when there is another version now, or none
   */
  async read(
    key: string,
    options: { readonly ifMatch: string; readonly range?: S3Range | undefined },
  ): Promise<ReadableStream<Uint8Array>> {
    const { ifMatch, range } = options;
    const response = await this.#requests.send({
      method: "GET",
      key: this.#prefix + key,
      unsigned: {
        "if-match": ifMatch,
        ...(range === undefined ? {} : { range: rangeHeader(range) }),
      },
    }, [404, 412]);
    if (response.status === 404 || response.status === 412) {
      await response.body?.cancel();
      throw new FaztError("CONFLICT", "Cannot read the object: it changed just now", {
        hint: "read it again",
      });
    }
    return bodyOf(response, { partial: range !== undefined, idleMs: this.#requests.idleMs });
  }

  /** Copies an object at the provider; tells whether there was one. */
  async copy(from: string, to: string): Promise<boolean> {
    try {
      await this.#requests.copy(this.#prefix + from, this.#prefix + to);
      return true;
    } catch (error) {
      const { status, reason } = (error as FaztError).details as S3ErrorFacts ?? {};
      if (status === 404 && reason !== "NoSuchBucket") return false;
      throw error;
    }
  }

  /** What is known of an object, or undefined. */
  async head(key: string): Promise<S3Head | undefined> {
    const response = await this.#requests.send({ method: "HEAD", key: this.#prefix + key }, [404]);
    await response.body?.cancel();
    return response.status === 404 ? undefined : headOf(response, lengthOf(response));
  }

  /** Removes an object; one that is not there is no error. */
  async delete(key: string): Promise<void> {
    const call = { method: "DELETE", key: this.#prefix + key } as const;
    await (await this.#requests.send(call, [404])).body?.cancel();
  }

  /** Keys with a prefix in UTF-8 order, 1,000 at most a page. */
  async list(
    prefix: string,
    options: {
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly delimiter?: string | undefined;
    } = {},
  ): Promise<S3Page> {
    const document = await this.#requests.sendForXml({
      method: "GET",
      key: "",
      query: {
        "list-type": "2",
        // XML cannot hold every character a key may have.
        "encoding-type": "url",
        prefix: this.#prefix + prefix,
        "max-keys": String(Math.min(options.limit ?? 1000, 1000)),
        ...(options.cursor === undefined ? {} : { "continuation-token": options.cursor }),
        ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
      },
    });
    if (document.name !== "ListBucketResult") throw s3Error("its listing cannot be read");
    const encoded = textOf(document, "EncodingType") === "url";
    const keyOf = (text: string) => {
      const key = encoded ? decodeURIComponent(text.replaceAll("+", " ")) : text;
      if (!key.startsWith(this.#prefix)) throw s3Error("it listed keys that were not asked for");
      return key.slice(this.#prefix.length);
    };
    const cursor = textOf(document, "NextContinuationToken");
    return {
      objects: childrenOf(document, "Contents").map((item) => ({
        key: keyOf(textOf(item, "Key") ?? ""),
        size: Number(textOf(item, "Size") ?? 0),
        etag: textOf(item, "ETag") ?? "",
        updatedAt: Date.parse(textOf(item, "LastModified") ?? "") || 0,
      })),
      folders: childrenOf(document, "CommonPrefixes").map((item) =>
        keyOf(textOf(item, "Prefix") ?? "")
      ),
      ...(textOf(document, "IsTruncated") === "true" && cursor ? { cursor } : {}),
    };
  }

  /** An address that works without the key for a while, for one method on one object. */
  url(
    key: string,
    options: {
      readonly method?: "GET" | "PUT";
      /** At most 604,800, a week. */
      readonly expiresSeconds: number;
      /** Headers the answer shall have. */
      readonly response?: { readonly type?: string; readonly disposition?: string };
      /** Headers whoever uses it must send: part of the signature. */
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<string> {
    const { type, disposition } = options.response ?? {};
    return this.#requests.presign({
      method: options.method ?? "GET",
      key: this.#prefix + key,
      query: {
        ...(type === undefined ? {} : { "response-content-type": type }),
        ...(disposition === undefined ? {} : { "response-content-disposition": disposition }),
      },
      ...(options.headers === undefined ? {} : { headers: options.headers }),
    }, options.expiresSeconds);
  }
}

function bodyOf(
  response: Response,
  { partial, idleMs }: { readonly partial: boolean; readonly idleMs: number },
): ReadableStream<Uint8Array> {
  if (partial && response.status !== 206) {
    response.body?.cancel().catch(() => {});
    throw s3Error("it does not send parts of objects");
  }
  return exactBody(response.body ?? new Blob().stream(), { size: lengthOf(response), idleMs });
}

const rangeHeader = ({ start, end }: S3Range) =>
  `bytes=${start}-${end === undefined ? "" : end - 1}`;

function lengthOf(response: Response): number {
  const length = Number(response.headers.get("content-length") ?? NaN);
  if (Number.isSafeInteger(length)) return length;
  response.body?.cancel().catch(() => {});
  throw s3Error("it does not tell an object's size");
}

function totalOf(response: Response): number {
  const match = /^bytes \d+-\d+\/(\d{1,15})$/.exec(response.headers.get("content-range") ?? "");
  return match ? Number(match[1]) : lengthOf(response);
}

function headOf({ headers }: Response, size: number): S3Head {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith("x-amz-meta-")) metadata[name.slice(11)] = value;
  }
  return {
    size,
    type: headers.get("content-type") ?? "application/octet-stream",
    etag: headers.get("etag") ?? "",
    updatedAt: Date.parse(headers.get("last-modified") ?? "") || 0,
    metadata,
  };
}
