// A certificate authority that does what a test tells it to: what no real one would do on demand.
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { type Extensions, SubjectAlternativeName } from "@peculiar/asn1-x509";
import * as x509Schema from "@peculiar/asn1-x509";
import { EC_P256, makeCertificate, newKeyPair, SERVER_EXTENSIONS } from "../x509/mod.ts";
import { toPem } from "../../lib/pem.ts";

/** A request as the double sees it: the step of ACME it is, and its payload. */
export interface AcmeRequest {
  readonly step: string;
  // deno-lint-ignore no-explicit-any -- whatever a client sends
  readonly payload: any;
}

/** What the double does differently from an honest authority. */
export interface AcmeTricks {
  /** Answers a request in its place; undefined leaves it as it is. */
  answer?: (request: AcmeRequest) => Response | Promise<Response> | undefined;
  /** Names it puts into certificates. */
  names?: (names: readonly string[]) => readonly string[];
  /** Puts its own key into certificates. */
  otherKey?: boolean;
  /** A chain that does not hang together. */
  otherRoot?: boolean;
  /** By how much its clock is ahead, ms. */
  aheadMs?: number;
  /** What it says of when to renew: Unix ms. */
  window?: { start: number; end: number };
  /** Profiles it offers. */
  profiles?: Readonly<Record<string, string>>;
  /** Time a certificate holds, ms. */
  lifetimeMs?: number;
  token?: string;
}

interface Order {
  readonly names: readonly { type: string; value: string }[];
  proved: boolean;
  certificate?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** An ACME server over plain HTTP on this machine. It believes every proof. */
export class AcmeDouble implements AsyncDisposable {
  /** What it was asked for, in order, questions of state left out. */
  readonly requests: AcmeRequest[] = [];
  readonly #orders: Order[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(
    readonly tricks: AcmeTricks,
    private readonly root: CryptoKeyPair,
    private readonly stranger: CryptoKeyPair,
  ) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#serve(request),
    );
  }

  static async start(tricks: AcmeTricks = {}): Promise<AcmeDouble> {
    return new AcmeDouble(tricks, await newKeyPair(), await newKeyPair());
  }

  get directory(): string {
    return `${this.#base}/directory`;
  }

  /** How often a step was asked for. */
  count(step: string): number {
    return this.requests.filter((one) => one.step === step).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  get #base(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #serve(request: Request): Promise<Response> {
    const [, step = "", id = ""] = new URL(request.url).pathname.split("/");
    const payload = request.method === "POST" ? payloadOf(await request.text()) : undefined;
    if (payload !== undefined || step === "directory") this.requests.push({ step, payload });
    const tricked = await this.tricks.answer?.({ step, payload });
    const response = tricked ?? await this.#answer({ step, payload }, Number(id));
    const headers = new Headers(response.headers);
    headers.set("replay-nonce", crypto.randomUUID().replaceAll("-", ""));
    headers.set("connection", "close");
    headers.set("date", new Date(Date.now() + (this.tricks.aheadMs ?? 0)).toUTCString());
    return new Response(response.body, { status: response.status, headers });
  }

  async #answer({ step, payload }: AcmeRequest, id: number): Promise<Response> {
    const base = this.#base;
    const json = (body: unknown, path?: string, status = 200) =>
      Response.json(body, { status, headers: path ? { location: `${base}${path}` } : {} });
    const order = this.#orders[id];
    switch (step) {
      case "directory":
        return json({
          newNonce: `${base}/nonce`,
          newAccount: `${base}/account`,
          newOrder: `${base}/new-order`,
          revokeCert: `${base}/revoke`,
          ...(this.tricks.window ? { renewalInfo: `${base}/renewal` } : {}),
          meta: this.tricks.profiles ? { profiles: this.tricks.profiles } : {},
        });
      case "nonce":
        return new Response();
      case "account":
        return json({ status: "valid" }, "/account/0", 201);
      case "new-order":
        this.#orders.push({ names: payload.identifiers, proved: false });
        return json(this.#view(this.#orders.length - 1), `/order/${this.#orders.length - 1}`, 201);
      case "order":
        return json(this.#view(id));
      case "authorization":
        return json({
          status: order!.proved ? "valid" : "pending",
          identifier: { ...order!.names[0]!, value: order!.names[0]!.value.replace("*.", "") },
          challenges: ["http-01", "tls-alpn-01", "dns-01"].map((type) => ({
            type,
            url: `${base}/challenge/${id}`,
            status: "pending",
            token: this.tricks.token ?? "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ",
          })),
        });
      case "challenge":
        order!.proved = true;
        return json({});
      case "finalize":
        order!.certificate = await this.#issue(payload.csr);
        return json(this.#view(id), `/order/${id}`);
      case "certificate":
        return new Response(order!.certificate);
      case "renewal": {
        const { start, end } = this.tricks.window!;
        return json({
          suggestedWindow: {
            start: new Date(start).toISOString(),
            end: new Date(end).toISOString(),
          },
        });
      }
      case "revoke":
        return new Response();
    }
    return json({ type: "urn:ietf:params:acme:error:malformed", detail: "no such thing" }, "", 404);
  }

  #view(id: number) {
    const { proved, certificate } = this.#orders[id]!;
    const base = this.#base;
    return {
      status: certificate ? "valid" : proved ? "ready" : "pending",
      authorizations: [`${base}/authorization/${id}`],
      finalize: `${base}/finalize/${id}`,
      ...(certificate ? { certificate: `${base}/certificate/${id}` } : {}),
    };
  }

  async #issue(csr: string): Promise<string> {
    const { names, key } = await readRequest(csr);
    const { aheadMs = 0, lifetimeMs = 90 * DAY_MS, otherKey, otherRoot } = this.tricks;
    const now = Date.now() + aheadMs;
    const issuer = { commonName: "Double", keys: this.root };
    const leaf = await makeCertificate({
      commonName: "",
      names: this.tricks.names?.(names) ?? names,
      publicKey: otherKey ? this.stranger.publicKey : key,
      issuer,
      notBefore: now - HOUR_MS,
      notAfter: now - HOUR_MS + lifetimeMs,
      extensions: SERVER_EXTENSIONS,
    });
    const signer = otherRoot ? this.stranger : this.root;
    const root = await makeCertificate({
      commonName: "Double",
      names: [],
      publicKey: signer.publicKey,
      privateKey: signer.privateKey,
      notBefore: now - DAY_MS,
      notAfter: now + 1000 * DAY_MS,
    });
    return toPem("CERTIFICATE", leaf) + toPem("CERTIFICATE", root);
  }
}

/** A refusal as authorities write it (RFC 8555 §6.7). */
export function problem(
  type: string,
  { status, detail = type, retryAfter }: {
    readonly status: number;
    readonly detail?: string;
    readonly retryAfter?: string;
  },
): Response {
  return Response.json({ type: `urn:ietf:params:acme:error:${type}`, detail }, {
    status,
    headers: retryAfter === undefined ? {} : { "retry-after": retryAfter },
  });
}

function payloadOf(body: string): unknown {
  const { payload } = JSON.parse(body);
  if (payload === "") return "";
  const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function readRequest(csr: string) {
  const der = Uint8Array.fromBase64(csr, { alphabet: "base64url" });
  const { certificationRequestInfo: info } = AsnConvert.parse(der, CertificationRequest);
  const attribute = info.attributes[0]!;
  const extensions: Extensions = AsnConvert.parse(attribute.values[0]!, x509Schema.Extensions);
  const alternatives = AsnConvert.parse(
    extensions[0]!.extnValue.buffer,
    SubjectAlternativeName,
  );
  const spki = AsnConvert.serialize(info.subjectPKInfo);
  const key = await crypto.subtle.importKey("spki", spki, EC_P256, true, ["verify"]);
  return { names: alternatives.map(({ dNSName, iPAddress }) => dNSName ?? iPAddress!), key };
}
