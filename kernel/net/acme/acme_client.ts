import { z } from "../../lib/zod.ts";
import { acmeNonsense, acmeRefused, acmeUnreachable, readProblem } from "./acme_error.ts";
import { base64Url, externalBinding, publicJwk, signJws, thumbprint } from "./jws.ts";
import { type AcmeAnswer, type Fetch, Transport } from "./transport.ts";

const url = z.string().max(2000);
const directorySchema = z.object({
  newNonce: url,
  newAccount: url,
  newOrder: url,
  revokeCert: url.optional(),
  renewalInfo: url.optional(),
  meta: z.object({
    termsOfService: z.string().max(2000).optional(),
    externalAccountRequired: z.boolean().optional(),
    profiles: z.record(z.string().max(100), z.string().max(2000)).optional(),
  }).optional(),
});
const identifier = z.object({ type: z.string(), value: z.string().max(300) });
const orderSchema = z.object({
  status: z.string(),
  authorizations: z.array(url).max(100),
  finalize: url,
  certificate: url.optional(),
  error: z.unknown().optional(),
});
const challengeSchema = z.object({
  type: z.string(),
  url,
  status: z.string(),
  token: z.string().max(300).optional(),
  error: z.unknown().optional(),
});
const authorizationSchema = z.object({
  status: z.string(),
  identifier,
  wildcard: z.boolean().optional(),
  challenges: z.array(challengeSchema).max(50),
});
const renewalSchema = z.object({
  suggestedWindow: z.object({ start: z.string().max(100), end: z.string().max(100) }),
});

/** What a CA offers (RFC 8555 §7.1.1). */
export type Directory = z.output<typeof directorySchema>;
/** An order as the CA has it (RFC 8555 §7.1.3). */
export type Order = z.output<typeof orderSchema>;
/** What an order needs proved (RFC 8555 §7.1.4). */
export type Authorization = z.output<typeof authorizationSchema>;
/** One way to prove it. */
export type Challenge = z.output<typeof challengeSchema>;

/** An answer with where it is and how long to wait before asking again. */
export interface Seen<T> {
  readonly url: string;
  readonly value: T;
  readonly retryAfterMs: number | undefined;
}

/** When a CA wants a certificate renewed (RFC 9773 §4.2). */
export interface RenewalWindow {
  /** Unix ms. */
  readonly start: number;
  readonly end: number;
  /** How long to wait before asking again, ms. */
  readonly retryAfterMs: number | undefined;
}

/** Options of {@link AcmeClient}. */
export interface AcmeClientOptions {
  /** URL of the CA's directory. */
  readonly directory: string;
  /** The account's keys. */
  readonly keys: CryptoKeyPair;
  /** URL of the account, once there is one. */
  readonly accountUrl?: string | undefined;
  readonly fetch: Fetch;
  readonly clock: () => number;
  /** Time of one exchange, ms. */
  readonly timeoutMs?: number;
}

/** An account to make or find. */
export interface AccountInput {
  readonly email: string;
  readonly binding?: {
    readonly keyId: string;
    readonly hmacKey: Uint8Array<ArrayBuffer>;
  } | undefined;
}

/** Nonces that are kept. */
const MAX_NONCES = 8;
/** A CA may refuse good nonces again and again (RFC 8555 §6.5). */
const NONCE_TRIES = 20;
/** Further tries of what a machine error ended. */
const RETRIES = 2;
const TIMEOUT_MS = 20_000;

/** Speaks ACME (RFC 8555) with one CA for one account. */
export class AcmeClient {
  readonly #transport: Transport;
  readonly #nonces: string[] = [];
  #directory: Promise<Directory> | undefined;
  #accountUrl: string | undefined;

  constructor(private readonly options: AcmeClientOptions) {
    const { fetch, clock, timeoutMs = TIMEOUT_MS } = options;
    this.#transport = new Transport({ fetch, clock, timeoutMs });
    this.#accountUrl = options.accountUrl;
  }

  /** By how much the CA's clock is ahead, ms, as far as it told the time. */
  get skewMs(): number | undefined {
    return this.#transport.skewMs;
  }

  /** What the CA offers; read once. */
  directory(signal: AbortSignal): Promise<Directory> {
    return this.#directory ??= this.#get(this.options.directory, directorySchema, signal)
      .then(({ value }) => value)
      .catch((error) => {
        this.#directory = undefined;
        throw error;
      });
  }

  /** Makes the account or finds the one of this key; returns its URL. */
  async register(account: AccountInput, signal: AbortSignal): Promise<string> {
    const { newAccount, meta } = await this.directory(signal);
    const { email, binding } = account;
    if (meta?.externalAccountRequired && binding === undefined) {
      throw acmeRefused({
        type: "externalAccountRequired",
        detail: "it wants an account of its own to be named",
        status: 403,
      });
    }
    const jwk = await publicJwk(this.options.keys.publicKey);
    const answer = await this.#post(newAccount, {
      payload: {
        termsOfServiceAgreed: true,
        contact: email === "" ? [] : [`mailto:${email}`],
        ...(binding === undefined ? {} : {
          externalAccountBinding: await externalBinding(jwk, { ...binding, url: newAccount }),
        }),
      },
      jwk: true,
      signal,
    });
    const location = answer.headers.get("location");
    if (!location) throw acmeNonsense("a new account without an address");
    return this.#accountUrl = location;
  }

  /** Tells the CA the owner's present address. */
  async setContact(email: string, signal: AbortSignal): Promise<void> {
    const payload = { contact: email === "" ? [] : [`mailto:${email}`] };
    await this.#post(this.#account(), { payload, signal });
  }

  /** Orders a certificate (RFC 8555 §7.4). */
  async newOrder(
    order: {
      readonly names: readonly { readonly type: "dns" | "ip"; readonly value: string }[];
      readonly profile?: string | undefined;
      /** The ARI id of the certificate this one replaces. */
      readonly replaces?: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<Seen<Order>> {
    const { newOrder } = await this.directory(signal);
    const { names, profile, replaces } = order;
    const answer = await this.#post(newOrder, {
      payload: {
        identifiers: names,
        ...(profile === undefined ? {} : { profile }),
        ...(replaces === undefined ? {} : { replaces }),
      },
      signal,
    });
    const location = answer.headers.get("location");
    if (!location) throw acmeNonsense("an order without an address");
    return { ...seen(answer, orderSchema), url: location };
  }

  /** An order as it is now. */
  async order(url: string, signal: AbortSignal): Promise<Seen<Order>> {
    return { ...seen(await this.#post(url, { payload: undefined, signal }), orderSchema), url };
  }

  /** What one name of an order needs. */
  async authorization(url: string, signal: AbortSignal): Promise<Seen<Authorization>> {
    const answer = await this.#post(url, { payload: undefined, signal });
    return { ...seen(answer, authorizationSchema), url };
  }

  /** Says that a challenge's answer is in place. */
  async answer(challenge: Challenge, signal: AbortSignal): Promise<void> {
    await this.#post(challenge.url, { payload: {}, signal });
  }

  /** What a challenge's answer is made of (RFC 8555 §8.1). */
  async keyAuthorization(token: string): Promise<string> {
    return `${token}.${await thumbprint(await publicJwk(this.options.keys.publicKey))}`;
  }

  /** Hands in the request for the certificate (RFC 8555 §7.4). */
  async finalize(url: string, csr: Uint8Array, signal: AbortSignal): Promise<Seen<Order>> {
    const answer = await this.#post(url, { payload: { csr: base64Url(csr) }, signal });
    return { ...seen(answer, orderSchema), url: answer.headers.get("location") ?? "" };
  }

  /** The issued chain as PEM. */
  async certificate(url: string, signal: AbortSignal): Promise<string> {
    const accept = "application/pem-certificate-chain";
    return (await this.#post(url, { payload: undefined, signal, accept })).text;
  }

  /** Revokes a certificate of this account (RFC 8555 §7.6). */
  async revoke(der: Uint8Array, reason: number, signal: AbortSignal): Promise<void> {
    const { revokeCert } = await this.directory(signal);
    if (revokeCert === undefined) throw acmeNonsense("it takes no revocations");
    await this.#post(revokeCert, { payload: { certificate: base64Url(der), reason }, signal });
  }

  /** When the CA wants a certificate renewed; undefined where it does not say (RFC 9773). */
  async renewalWindow(ariId: string, signal: AbortSignal): Promise<RenewalWindow | undefined> {
    const { renewalInfo } = await this.directory(signal);
    if (renewalInfo === undefined) return undefined;
    const { value, retryAfterMs } = await this.#get(
      `${renewalInfo.replace(/\/$/, "")}/${ariId}`,
      renewalSchema,
      signal,
    );
    const start = Date.parse(value.suggestedWindow.start);
    const end = Date.parse(value.suggestedWindow.end);
    if (!(end > start)) throw acmeNonsense("a renewal window that ends before it begins");
    return { start, end, retryAfterMs };
  }

  #account(): string {
    if (this.#accountUrl === undefined) throw acmeNonsense("there is no account yet");
    return this.#accountUrl;
  }

  async #get<S extends z.ZodType>(
    url: string,
    schema: S,
    signal: AbortSignal,
  ): Promise<Seen<z.output<S>>> {
    const answer = await this.#persist(
      () => this.#transport.send(url, { method: "GET" }, signal),
      signal,
    );
    if (answer.status !== 200) throw refusal(answer);
    return { ...seen(answer, schema), url };
  }

  async #nonce(signal: AbortSignal): Promise<string> {
    const kept = this.#nonces.pop();
    if (kept !== undefined) return kept;
    const { newNonce } = await this.directory(signal);
    const answer = await this.#persist(
      () => this.#transport.send(newNonce, { method: "HEAD" }, signal),
      signal,
    );
    const nonce = answer.headers.get("replay-nonce");
    if (nonce === null) throw answer.status < 400 ? acmeNonsense("no nonce") : refusal(answer);
    return nonce;
  }

  async #post(
    url: string,
    { payload, jwk = false, signal, accept }: {
      readonly payload: unknown;
      readonly jwk?: boolean;
      readonly signal: AbortSignal;
      readonly accept?: string;
    },
  ): Promise<AcmeAnswer> {
    const { privateKey, publicKey } = this.options.keys;
    for (let left = NONCE_TRIES;; left--) {
      const answer = await this.#persist(async () => {
        const nonce = await this.#nonce(signal);
        const who = jwk ? { jwk: await publicJwk(publicKey) } : { kid: this.#account() };
        const body = await signJws({ nonce, url, ...who }, { payload, key: privateKey });
        return await this.#transport.send(url, {
          method: "POST",
          headers: {
            "content-type": "application/jose+json",
            ...(accept === undefined ? {} : { accept }),
          },
          body: JSON.stringify(body),
        }, signal);
      }, signal);
      const fresh = answer.headers.get("replay-nonce");
      if (fresh !== null && fresh.length < 1000 && this.#nonces.length < MAX_NONCES) {
        this.#nonces.push(fresh);
      }
      if (answer.status < 300) return answer;
      const error = refusal(answer);
      const bad = (error.details as { type?: string } | undefined)?.type === "badNonce";
      if (!bad || left <= 1) throw error;
    }
  }

  /** Tries again what the network or a broken server ended, unless the CA said when to. */
  async #persist(
    send: () => Promise<AcmeAnswer>,
    signal: AbortSignal,
  ): Promise<AcmeAnswer> {
    for (let tries = 0;; tries++) {
      let failure: unknown;
      try {
        const answer = await send();
        if (answer.status < 500 || answer.retryAfterMs !== undefined) return answer;
        failure = refusal(answer);
      } catch (error) {
        if ((error as { code?: string }).code !== "ACME_UNREACHABLE") throw error;
        failure = error;
      }
      if (tries >= RETRIES || signal.aborted) throw failure;
      await delay(200 * 2 ** tries, signal);
    }
  }
}

/** Waits; less when it is not worth it any more. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}

function seen<S extends z.ZodType>(answer: AcmeAnswer, schema: S): Omit<Seen<z.output<S>>, "url"> {
  const parsed = schema.safeParse(fromJson(answer.text));
  if (!parsed.success) throw acmeNonsense(z.prettifyError(parsed.error).slice(0, 300));
  return { value: parsed.data, retryAfterMs: answer.retryAfterMs };
}

function refusal({ status, text, retryAfterMs }: AcmeAnswer) {
  const problem = readProblem(fromJson(text), { status, retryAfterMs });
  if (status >= 500) {
    return acmeUnreachable(`it answers ${status} ${problem.detail}`.trim(), { retryAfterMs });
  }
  return status >= 300 && status < 400
    ? acmeNonsense(`it answers ${status}`)
    : acmeRefused(problem);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
