import { createHash, createHmac, randomBytes } from "node:crypto";

/** Who may use a {@link S3Double}. */
export const CREDENTIALS = {
  region: "eu-test-1",
  bucket: "test-bucket",
  accessKeyId: "AKIATEST",
  secretAccessKey: "secret/of+the=test",
} as const;

interface Stored {
  readonly bytes: Uint8Array;
  readonly headers: Record<string, string>;
  readonly at: number;
}

/**
 * An S3 service in memory that believes nothing: every request's signature is verified from its
 * canonical request (AWS Signature Version 4, "Create a signed request"), which is built here
 * independently of the client. Tests only.
 */
export class S3Double {
  readonly objects = new Map<string, Stored>();
  readonly uploads = new Map<string, { readonly key: string; readonly parts: Uint8Array[] }>();
  /** Method and path of every request, in order. */
  readonly seen: string[] = [];
  /** Answers in place of the double, where it gives one. */
  intercept: (request: Request, url: URL) => Response | undefined = () => undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.seen.push(`${request.method} ${url.pathname}${url.search}`);
    const body = new Uint8Array(await request.arrayBuffer());
    const instead = this.intercept(request, url);
    if (instead) return instead;
    const fault = verify(request, url, body);
    if (fault) return failed(403, fault);
    const [, bucket, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    if (bucket !== CREDENTIALS.bucket) return failed(404, "NoSuchBucket");
    const key = rest.join("/");
    return key === "" ? this.#list(url) : this.#object(request, url, { key, body });
  }

  #object(
    request: Request,
    url: URL,
    { key, body }: { readonly key: string; readonly body: Uint8Array },
  ): Response {
    const query = url.searchParams;
    const uploadId = query.get("uploadId");
    switch (request.method) {
      case "PUT": {
        const source = request.headers.get("x-amz-copy-source");
        if (source !== null) {
          const from = this.objects.get(decodeURIComponent(source).split("/").slice(2).join("/"));
          if (!from) return failed(404, "NoSuchKey");
          this.objects.set(key, { ...from, at: Date.now() });
          return xml("CopyObjectResult", `<ETag>${etagOf(from.bytes)}</ETag>`);
        }
        if (uploadId !== null) {
          const upload = this.uploads.get(uploadId);
          if (!upload) return failed(404, "NoSuchUpload");
          upload.parts[Number(query.get("partNumber")) - 1] = body;
        } else this.#store(key, body, request.headers);
        return new Response(null, { headers: { etag: etagOf(body) } });
      }
      case "POST": {
        if (query.has("uploads")) {
          const id = randomBytes(8).toString("hex");
          this.uploads.set(id, { key, parts: [] });
          this.#headers.set(id, request.headers);
          return xml("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
        }
        const upload = this.uploads.get(uploadId ?? "");
        if (!upload) return failed(404, "NoSuchUpload");
        const sent = [...new TextDecoder().decode(body).matchAll(/<ETag>(.*?)<\/ETag>/g)];
        const right = sent.length === upload.parts.length &&
          upload.parts.every((part, i) => sent[i]![1]!.replaceAll("&quot;", '"') === etagOf(part));
        if (!right) return failed(400, "InvalidPart");
        this.uploads.delete(uploadId!);
        this.#store(key, joined(upload.parts), this.#headers.get(uploadId!)!);
        const etag = etagOf(this.objects.get(key)!.bytes);
        return xml("CompleteMultipartUploadResult", `<ETag>${etag}</ETag>`);
      }
      case "DELETE":
        if (uploadId !== null) this.uploads.delete(uploadId);
        else this.objects.delete(key);
        return new Response(null, { status: 204 });
      default:
        return this.#get(request, key);
    }
  }

  readonly #headers = new Map<string, Headers>();

  #store(key: string, bytes: Uint8Array, headers: Headers): void {
    const kept = [...headers].filter(([name]) => /^(?:content-type$|x-amz-meta-)/.test(name));
    this.objects.set(key, { bytes, headers: Object.fromEntries(kept), at: Date.now() });
  }

  #get(request: Request, key: string): Response {
    const found = this.objects.get(key);
    if (!found) return failed(404, "NoSuchKey", request.method);
    const etag = etagOf(found.bytes);
    const match = request.headers.get("if-match");
    if (match !== null && match !== etag) return failed(412, "PreconditionFailed");
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
    const start = range ? Number(range[1]) : 0;
    const end = range && range[2] !== "" ? Number(range[2]) + 1 : found.bytes.length;
    const part = found.bytes.slice(start, end) as Uint8Array<ArrayBuffer>;
    const headers: Record<string, string> = {
      ...found.headers,
      etag,
      "last-modified": new Date(found.at).toUTCString(),
      "content-length": String(part.length),
    };
    if (range) headers["content-range"] = `bytes ${start}-${end - 1}/${found.bytes.length}`;
    const body = request.method === "HEAD" ? null : part;
    return new Response(body, { status: range ? 206 : 200, headers });
  }

  #list(url: URL): Response {
    const query = url.searchParams;
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter");
    const after = decodeURIComponent(query.get("continuation-token") ?? "");
    const max = Number(query.get("max-keys") ?? 1000);
    const rows: string[] = [];
    const folders = new Set<string>();
    let last = "";
    let more = false;
    for (const key of [...this.objects.keys()].sort()) {
      if (!key.startsWith(prefix) || key <= after) continue;
      const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      const folder = cut < 0 ? undefined : key.slice(0, cut + 1);
      if (folder !== undefined && (folders.has(folder) || after.startsWith(folder))) {
        last = key;
        continue;
      }
      if (rows.length + folders.size === max) {
        more = true;
        break;
      }
      last = key;
      if (folder !== undefined) {
        folders.add(folder);
        continue;
      }
      const { bytes, at } = this.objects.get(key)!;
      rows.push(
        `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${bytes.length}</Size>` +
          `<ETag>${etagOf(bytes).replaceAll('"', "&quot;")}</ETag>` +
          `<LastModified>${new Date(at).toISOString()}</LastModified></Contents>`,
      );
    }
    return xml(
      "ListBucketResult",
      `<EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>` +
        (more ? `<NextContinuationToken>${encodeURIComponent(last)}</NextContinuationToken>` : "") +
        rows.join("") +
        [...folders].map((folder) =>
          `<CommonPrefixes><Prefix>${encodeURIComponent(folder)}</Prefix></CommonPrefixes>`
        ).join(""),
    );
  }
}

/** Why a request is not signed as it must be; undefined when it is. */
function verify(request: Request, url: URL, body: Uint8Array): string | undefined {
  const query = new Map(
    url.search.slice(1).split("&").filter((part) => part !== "").map((part) => {
      const at = part.indexOf("=");
      const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
      return [decode(part.slice(0, at < 0 ? undefined : at)), decode(part.slice(at + 1))] as const;
    }),
  );
  const presigned = query.get("X-Amz-Signature");
  const header = request.headers.get("authorization") ?? "";
  const fields = presigned === undefined
    ? new Map([...header.matchAll(/(\w+)=([^,\s]+)/g)].map((m) => [m[1]!, m[2]!]))
    : new Map([
      ["Credential", query.get("X-Amz-Credential") ?? ""],
      ["SignedHeaders", query.get("X-Amz-SignedHeaders") ?? ""],
      ["Signature", presigned],
    ]);
  if (presigned === undefined && !header.startsWith("AWS4-HMAC-SHA256 ")) return "AccessDenied";
  const [id, date, region, service, end] = (fields.get("Credential") ?? "").split("/");
  if (id !== CREDENTIALS.accessKeyId) return "InvalidAccessKeyId";
  if (region !== CREDENTIALS.region) return "AuthorizationHeaderMalformed";
  if (service !== "s3" || end !== "aws4_request") return "AccessDenied";
  const time =
    (presigned === undefined ? request.headers.get("x-amz-date") : query.get("X-Amz-Date")) ?? "";
  const at = Date.parse(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  const lasts = presigned === undefined ? 900 : Number(query.get("X-Amz-Expires"));
  if (!(Date.now() < at + lasts * 1000) || !time.startsWith(date!)) return "RequestTimeTooSkewed";
  const payload = presigned === undefined
    ? request.headers.get("x-amz-content-sha256") ?? ""
    : "UNSIGNED-PAYLOAD";
  if (presigned === undefined && payload !== sha256(body)) return "XAmzContentSHA256Mismatch";
  query.delete("X-Amz-Signature");
  const names = (fields.get("SignedHeaders") ?? "").split(";");
  if (!names.includes("host")) return "AccessDenied";
  const canonical = [
    request.method,
    url.pathname.split("/").map((part) => escape(decodeURIComponent(part))).join("/"),
    [...query].map(([k, v]) => `${escape(k)}=${escape(v)}`).sort().join("&"),
    ...names.map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
    "",
    names.join(";"),
    payload,
  ].join("\n");
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${
    sha256(new TextEncoder().encode(canonical))
  }`;
  const mac = (key: string | Uint8Array, data: string) =>
    createHmac("sha256", key).update(data).digest();
  const key = [date!, region, "s3", "aws4_request"].reduce<string | Uint8Array>(
    mac,
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  const right = createHmac("sha256", key).update(text).digest("hex");
  return right === fields.get("Signature") ? undefined : "SignatureDoesNotMatch";
}

/** RFC 3986 with the unreserved characters only. */
function escape(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(char)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const etagOf = (bytes: Uint8Array) => `"${createHash("md5").update(bytes).digest("hex")}"`;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function xml(name: string, content: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n<${name}>${content}</${name}>`, {
    headers: { "content-type": "application/xml" },
  });
}

function failed(status: number, code: string, method = "GET"): Response {
  const answer = xml("Error", `<Code>${code}</Code><Message>no</Message>`);
  return new Response(method === "HEAD" ? null : answer.body, {
    status,
    headers: { "content-type": "application/xml" },
  });
}
