import { FaztError } from "../../lib/fazt_error.ts";
import {
  type AcmeClient,
  type Authorization,
  type Challenge,
  delay,
  type Order,
  type Seen,
} from "./acme_client.ts";
import { acmeNonsense, acmeRefused, acmeUnreachable, readProblem } from "./acme_error.ts";
import type { ChallengeSolver } from "./challenge_solver.ts";

/** What to order and how to prove it. */
export interface OrderInput {
  readonly client: AcmeClient;
  readonly names: readonly { readonly type: "dns" | "ip"; readonly value: string }[];
  readonly solver: ChallengeSolver;
  /** The request for the certificate, DER; undefined proves the names and issues nothing. */
  readonly csr: Uint8Array | undefined;
  readonly profile?: string | undefined;
  readonly replaces?: string | undefined;
  readonly signal: AbortSignal;
  /** Told of answers that could not be taken away. */
  readonly onError: (error: unknown) => void;
}

const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 3000;
const MAX_RETRY_AFTER_MS = 10_000;
/** RFC 8555 §8.1: base64url, 128 bits at least. It becomes part of paths and records. */
const TOKEN = /^[A-Za-z0-9_-]{16,200}$/;

/**
 * Orders a certificate, proves its names, and returns the issued chain as PEM; nothing where they
 * were only to be proved.
 * @throws {FaztError} `ACME_REFUSED`, `ACME_RATE_LIMITED`, `ACME_UNREACHABLE`, `ACME_ANSWER`
 */
export async function runOrder(input: OrderInput): Promise<string> {
  const { client, names, profile, signal } = input;
  const opened = await open(input);
  const undo: (() => Promise<void> | void)[] = [];
  try {
    const authorizations = [];
    for (const url of opened.value.authorizations) {
      authorizations.push(await prove(input, { url, undo }));
    }
    for (const url of authorizations) if (url !== undefined) await proved(input, url);
    const ready = await settle(client, {
      url: opened.url,
      until: (order) => order.status !== "pending" && order.status !== "processing",
      signal,
    });
    if (ready.value.status === "invalid") {
      throw acmeRefused(readProblem(ready.value.error, { status: 400 }));
    }
    if (input.csr === undefined) return "";
    if (ready.value.status === "ready") {
      await client.finalize(ready.value.finalize, input.csr, signal);
    }
    const done = await settle(client, {
      url: opened.url,
      until: (order) => order.status === "valid" || order.status === "invalid",
      signal,
    });
    const { status, certificate, error } = done.value;
    if (status !== "valid" || certificate === undefined) {
      throw acmeRefused(readProblem(error, { status: 400 }));
    }
    return await client.certificate(certificate, signal);
  } catch (error) {
    if (!(error instanceof FaztError)) throw error;
    const what = names.map(({ value }) => value).join(", ");
    throw new FaztError(error.code, `Cannot get a certificate for ${what}: ${error.message}`, {
      status: error.status,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { ...(error.details as object | undefined), challenge: input.solver.type, profile },
      cause: error,
    });
  } finally {
    for (const one of undo) {
      try {
        await one();
      } catch (error) {
        input.onError(error);
      }
    }
  }
}

/** A CA that does not know the certificate to replace takes the order without that. */
async function open({ client, names, profile, replaces, signal }: OrderInput) {
  if (replaces === undefined) return await client.newOrder({ names, profile }, signal);
  try {
    return await client.newOrder({ names, profile, replaces }, signal);
  } catch (error) {
    const type = (error as { details?: { type?: string } }).details?.type;
    if (type !== "malformed" && type !== "alreadyReplaced") throw error;
    return await client.newOrder({ names, profile }, signal);
  }
}

/** Puts one answer in place and says so; undefined where nothing is left to prove. */
async function prove(
  { client, names, solver, signal }: OrderInput,
  { url, undo }: { readonly url: string; readonly undo: (() => Promise<void> | void)[] },
): Promise<string | undefined> {
  const { value } = await client.authorization(url, signal);
  if (value.status === "valid") return undefined;
  const { identifier } = value;
  const name = identifier.value.toLowerCase();
  const asked = names.some(({ value: one }) => one === name || one === `*.${name}`);
  if (!asked) throw acmeNonsense(`it asks about ${JSON.stringify(name.slice(0, 100))}`);
  const challenge = value.challenges.find(({ type }) => type === solver.type);
  if (challenge === undefined) {
    throw acmeRefused({
      type: "unsupportedChallenge",
      detail: `${solver.type} is not offered for ${name}, ` +
        `only ${value.challenges.map(({ type }) => type.slice(0, 30)).join(", ")}`,
      status: 400,
    });
  }
  const token = challenge.token ?? "";
  if (!TOKEN.test(token)) throw acmeNonsense("a challenge's token is none");
  const keyAuthorization = await client.keyAuthorization(token);
  undo.push(await solver.prepare({ name, token, keyAuthorization }, signal));
  if (challenge.status === "pending") await client.answer(challenge, signal);
  return url;
}

/** Waits until the CA has looked. */
async function proved({ client, solver, signal }: OrderInput, url: string): Promise<void> {
  const failed = (challenges: readonly Challenge[]) =>
    challenges.find(({ type, status }) => type === solver.type && status === "invalid");
  const seen = await poll<Authorization>(
    () => client.authorization(url, signal),
    ({ status }) => status !== "pending",
    signal,
  );
  const { status, challenges } = seen.value;
  if (status === "valid") return;
  const error = failed(challenges)?.error;
  throw acmeRefused(readProblem(error ?? { detail: `the proof is ${status}` }, { status: 403 }));
}

function settle(
  client: AcmeClient,
  { url, until, signal }: {
    readonly url: string;
    readonly until: (order: Order) => boolean;
    readonly signal: AbortSignal;
  },
): Promise<Seen<Order>> {
  return poll(() => client.order(url, signal), until, signal);
}

async function poll<T>(
  ask: () => Promise<Seen<T>>,
  until: (value: T) => boolean,
  signal: AbortSignal,
): Promise<Seen<T>> {
  for (let wait = FIRST_POLL_MS;; wait = Math.min(MAX_POLL_MS, wait * 1.6)) {
    const seen = await ask();
    if (until(seen.value)) return seen;
    if (signal.aborted) throw acmeUnreachable("it did not decide in time");
    const asked = Math.min(seen.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
    // A CA that asks for whole seconds is often done in a moment.
    await delay(wait < 1000 ? wait : Math.max(wait, asked), signal);
  }
}
