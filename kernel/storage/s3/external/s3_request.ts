import { AwsV4Signer } from "aws4fetch";
import { boundedText } from "./bounded.ts";
import { hintFor, s3Error, s3Unusable } from "./s3_error.ts";
import { parseXml, textOf, type XmlElement } from "./xml.ts";

/** Where a bucket is and who asks for it. */
export interface S3Options {
  /** Such as `https://s3.eu-central-1.amazonaws.com` or `http://nas.local:9000`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** What every key begins with; a slash is put behind it. */
  readonly prefix?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true. */
  readonly pathStyle?: boolean;
  /** Bytes of one part of a large upload. Default: 8 MiB, the least at most providers is 5. */
  readonly partBytes?: number;
  /** How long the provider may be silent, ms. Default: 60,000. */
  readonly idleMs?: number;
}

/** One request to a bucket. */
export interface S3Call {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** The whole key; empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Sent beside what is signed: proxies may change it. */
  readonly unsigned?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

const TRIES = 4;
const FIRST_WAIT_MS = 250;
const ERROR_BYTES = 65_536;
const XML_BYTES = 8 * 1024 * 1024;
const NOTHING = new Uint8Array();

/** Speaks S3's HTTP: signs (AWS Signature Version 4), sends, tries again, reads errors. */
export class S3Requests {
  readonly idleMs: number;

  /** @throws {FaztError} `INVALID` for an endpoint or a bucket that cannot be. */
  constructor(private readonly options: S3Options) {
    this.idleMs = options.idleMs ?? 60_000;
    checkOptions(options);
  }

  /**
   * Sends a request whose body can be sent again, so that a provider's hiccup is nobody's error.
   * Redirects are not followed: a signature is for one host only.
   * @returns an answer below 300, or one of `expected`
   * @throws {FaztError} `S3_ERROR`
   */
  async send(call: S3Call, expected: readonly number[] = []): Promise<Response> {
    for (let n = 1;; n++) {
      const answer = await this.#once(call).catch((error: unknown) => {
        call.signal?.throwIfAborted();
        return s3Error("it does not answer", { cause: error });
      });
      if (answer instanceof Response) {
        if (answer.status < 300 || expected.includes(answer.status)) return answer;
        if (n === TRIES || !(answer.status >= 500 || answer.status === 429)) {
          throw await refusal(answer);
        }
        await answer.body?.cancel();
      } else if (n === TRIES) throw answer;
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (n - 1)));
      call.signal?.throwIfAborted();
    }
  }

  /** As {@link send}, for answers that are a document. */
  async sendForXml(call: S3Call): Promise<XmlElement> {
    const text = await boundedText(await this.send(call), XML_BYTES);
    const document = parseXml(text);
    if (document === undefined) throw s3Error("its answer is not that of an S3 service");
    // Some operations answer 200 before they know (CompleteMultipartUpload, CopyObject).
    if (document.name === "Error") throw refused(200, textOf(document, "Code"));
    return document;
  }

  /** Copies within the bucket. */
  async copy(from: string, to: string): Promise<void> {
    const source = from.split("/").map(escapeSegment).join("/");
    await this.sendForXml({
      method: "PUT",
      key: to,
      headers: { "x-amz-copy-source": `/${this.options.bucket}/${source}` },
    });
  }

  /** A URL that carries its own signature. */
  async presign(call: S3Call, expiresSeconds: number): Promise<string> {
    const url = this.#url({
      ...call,
      query: { ...call.query, "X-Amz-Expires": String(expiresSeconds) },
    });
    const { method, headers = {} } = call;
    const signed = await new AwsV4Signer({
      ...this.#identity(),
      method,
      url,
      headers: { ...headers },
      signQuery: true,
      allHeaders: true,
    }).sign();
    return signed.url.href;
  }

  async #once(call: S3Call): Promise<Response> {
    const body = call.body ?? NOTHING;
    const digest = await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>);
    const signed = await new AwsV4Signer({
      ...this.#identity(),
      method: call.method,
      url: this.#url(call),
      headers: { ...call.headers, "x-amz-content-sha256": new Uint8Array(digest).toHex() },
      // Also the type and the length: nothing on the way may change what is stored.
      allHeaders: true,
    }).sign();
    const headers = new Headers(signed.headers);
    // Packed answers would not have the size that was announced.
    headers.set("accept-encoding", "identity");
    for (const [name, value] of Object.entries(call.unsigned ?? {})) headers.set(name, value);
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(s3Error(`it did not answer for ${this.idleMs / 1000} s`)),
      this.idleMs,
    );
    try {
      return await fetch(signed.url, {
        method: call.method,
        headers,
        body: call.body === undefined ? null : call.body as Uint8Array<ArrayBuffer>,
        redirect: "manual",
        signal: call.signal ? AbortSignal.any([call.signal, late.signal]) : late.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #identity() {
    const { accessKeyId, secretAccessKey, region } = this.options;
    return { accessKeyId, secretAccessKey, region, service: "s3" };
  }

  #url({ key, query = {} }: S3Call): string {
    const { bucket, pathStyle = true } = this.options;
    const url = new URL(this.options.endpoint);
    const base = url.pathname.replace(/\/+$/, "");
    if (!pathStyle) url.host = `${bucket}.${url.host}`;
    const path = (pathStyle ? `${base}/${bucket}/` : `${base}/`) +
      key.split("/").map(escapeSegment).join("/");
    const search = Object.entries(query)
      .map(([name, value]) => `${escapeSegment(name)}=${escapeSegment(value)}`).join("&");
    return `${url.origin}${path}${search === "" ? "" : `?${search}`}`;
  }
}

/** RFC 3986 unreserved characters stay; a segment that URLs resolve away cannot be a key. */
function escapeSegment(text: string): string {
  if (text === "." || text === "..") throw s3Unusable(`a key cannot have a part "${text}"`);
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function checkOptions({ endpoint, bucket }: S3Options): void {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw s3Unusable(
      "its endpoint is not an http(s) address",
      "an endpoint is such as https://s3.eu-central-1.amazonaws.com",
    );
  }
  if (!/^[a-z0-9][a-z0-9._-]{1,254}$/i.test(bucket)) {
    throw s3Unusable("the bucket's name is not one");
  }
}

async function refusal(response: Response): Promise<Error> {
  const text = await boundedText(response, ERROR_BYTES).catch(() => "");
  return refused(response.status, textOf(parseXml(text), "Code"));
}

function refused(status: number, code: string | undefined): Error {
  const reason = code !== undefined && /^\w{1,64}$/.test(code) ? code : undefined;
  const hint = hintFor(reason ?? (status >= 300 && status < 400 ? "PermanentRedirect" : undefined));
  return s3Error(`it answered ${status}${reason ? ` ${reason}` : ""}`, {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(hint === undefined ? {} : { hint }),
  });
}
