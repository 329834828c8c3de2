import ipaddr from "ipaddr.js";
import type { Settings } from "../../config/mod.ts";
import type { Database } from "../../db/mod.ts";
import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import {
  AcmeClient,
  acmeNonsense,
  type ChallengeSolver,
  type Fetch,
  problemOf,
  type RenewalWindow,
  runOrder,
} from "../acme/mod.ts";
import type { DnsDriver, Resolver } from "../dns/mod.ts";
import type { ReadCertificate } from "../x509/mod.ts";
import { challengesOf, extraRoots, stagingOf } from "./acme_settings.ts";
import { type CertificateKeys, decodeKey } from "./certificate_keys.ts";
import type { ChallengeBoard } from "./challenge_board.ts";
import { dnsSolver } from "./dns_solver.ts";
import { type AccountRow, countOrder, dropAccount, markTested, putAccount } from "./operations.ts";

/** What was issued. */
export interface Issued {
  readonly read: ReadCertificate;
  /** PKCS #8. */
  readonly key: Uint8Array<ArrayBuffer>;
  readonly directory: string;
  readonly profile: string | undefined;
}

/** What to issue. */
export interface IssueInput {
  readonly names: readonly string[];
  readonly kind: "new" | "renewal";
  /** The ARI id of the certificate it replaces. */
  readonly replaces?: string | undefined;
  /** Whether it begins with a trial, whatever went through before. */
  readonly careful: boolean;
  readonly signal: AbortSignal;
}

/** Options of {@link AcmeIssuer}. */
export interface AcmeIssuerOptions {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: () => number;
  readonly keys: CertificateKeys;
  readonly board: ChallengeBoard;
  readonly resolver: Resolver;
  /** What changes the DNS, as it is set now; undefined where nothing does. */
  readonly driver: () => DnsDriver | undefined;
  readonly onError: (error: unknown) => void;
  /** How requests are sent; default: over TLS with the roots of `acme.caFile` too. */
  readonly fetch?: Fetch;
}

interface Session {
  readonly client: AcmeClient;
  readonly row: AccountRow;
}

/** Settings a session with an authority is made from. */
const SESSION_SETTINGS = [
  "acme.directory",
  "acme.email",
  "acme.caFile",
  "acme.eabKeyId",
  "acme.staging",
] as const;
const MINUTE_MS = 60_000;
/** By how much this machine's clock may be behind. */
const SKEW_MS = 5 * MINUTE_MS;
/** Problems after which another way to prove a name may work. */
const OTHER_WAY = new Set([
  "unsupportedChallenge",
  "connection",
  "unauthorized",
  "incorrectResponse",
  "tls",
  "dns",
]);
const NO_ACCOUNT = new Set(["accountDoesNotExist", "unauthorized"]);

/** Gets certificates from authorities that speak ACME, keeping one account with each. */
export class AcmeIssuer {
  readonly #sessions = new Map<string, Promise<Session>>();
  #http: Promise<Deno.HttpClient> | undefined;

  constructor(private readonly options: AcmeIssuerOptions) {
    for (const key of SESSION_SETTINGS) options.settings.watch(key, () => this.forget());
  }

  /** Reads settings and accounts anew. */
  forget(): void {
    this.#sessions.clear();
    this.#http?.then((client) => client.close(), () => {});
    this.#http = undefined;
  }

  /** The account with an authority, where there is one. */
  account(directory: string): AccountRow | undefined {
    return this.options.db.reader.get<AccountRow>(
      "SELECT * FROM acme_accounts WHERE directory = ?",
      directory,
    );
  }

  /**
   * Issues a certificate, after a trial where one is due.
   * @throws {FaztError} `ACME_…`, `DNS_UPDATE`, `CLOCK_SKEW`, `SECRETS_LOCKED`
   */
  async issue(input: IssueInput): Promise<Issued> {
    const { settings, db, clock } = this.options;
    const directory = settings.get("acme.directory");
    const staging = stagingOf(settings);
    if (staging !== undefined && staging !== directory) {
      if (input.careful || !this.account(directory)?.tested_at) {
        await this.trial(input).catch((error) => {
          // A place for trials that is out of order says nothing about the real one.
          if (toFaztError(error).code !== "ACME_UNREACHABLE") throw error;
        });
      }
    }
    const issued = await this.#issueAt(directory, input);
    await db.write(markTested, { directory, at: clock() });
    return issued;
  }

  /**
   * Orders where nothing comes of it. Without such a place the authority itself is asked to look
   * at the proofs, and nothing is issued.
   */
  async trial(
    input: Pick<IssueInput, "names" | "signal">,
  ): Promise<{ readonly directory: string; readonly ms: number }> {
    const { settings, db, clock } = this.options;
    const { names, signal } = input;
    const staging = stagingOf(settings);
    const directory = staging ?? settings.get("acme.directory");
    const begun = performance.now();
    await this.#inTurn(
      names,
      (solver) =>
        this.#withAccount(directory, signal, async ({ client }) => {
          const profile = staging === undefined
            ? await this.#profile(client, names, signal)
            : undefined;
          const x509 = await import("../x509/mod.ts");
          const csr = staging === undefined
            ? undefined
            : await x509.certificateRequest(names, await x509.newKeyPair());
          await db.write(countOrder, { at: clock(), name: names[0]!, directory, kind: "trial" });
          await this.#run(client, { names, solver, csr, profile, signal });
        }),
    );
    return { directory, ms: Math.round(performance.now() - begun) };
  }

  /** When the authority wants a certificate renewed; undefined where it does not say. */
  async window(
    directory: string,
    { ariId, signal }: { readonly ariId: string; readonly signal: AbortSignal },
  ): Promise<RenewalWindow | undefined> {
    // Asking needs no account.
    const { newKeyPair } = await import("../x509/mod.ts");
    const client = await this.#client(directory, { keys: await newKeyPair() });
    return await client.renewalWindow(ariId, signal);
  }

  /** Revokes a certificate; `reason` is a CRL reason code (RFC 5280 §5.3.1). */
  async revoke(
    directory: string,
    { der, reason, signal }: {
      readonly der: Uint8Array;
      readonly reason: number;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { client } = await this.#session(directory, signal);
    try {
      await client.revoke(der, reason, signal);
    } catch (error) {
      if (problemOf(error)?.type !== "alreadyRevoked") throw error;
    }
  }

  #issueAt(directory: string, input: IssueInput): Promise<Issued> {
    const { names, kind, replaces, signal } = input;
    const { db, clock } = this.options;
    return this.#inTurn(
      names,
      (solver) =>
        this.#withAccount(directory, signal, async ({ client }) => {
          const x509 = await import("../x509/mod.ts");
          const profile = await this.#profile(client, names, signal);
          const keys = await x509.newKeyPair();
          const csr = await x509.certificateRequest(names, keys);
          await db.write(countOrder, { at: clock(), name: names[0]!, directory, kind });
          const pem = await this.#run(client, { names, solver, csr, profile, replaces, signal });
          const read = readIssued(x509, pem);
          const info = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
          checkIssued(read, { names, info, now: clock(), skewMs: client.skewMs });
          return { read, key: await x509.exportKey(keys.privateKey), directory, profile };
        }),
    );
  }

  /** Tries one way to prove names after the other, as long as another one may help. */
  async #inTurn<T>(
    names: readonly string[],
    attempt: (solver: ChallengeSolver) => Promise<T>,
  ): Promise<T> {
    const solvers = this.#solvers(names);
    for (const [i, solver] of solvers.entries()) {
      try {
        return await attempt(solver);
      } catch (error) {
        const other = OTHER_WAY.has(problemOf(error)?.type ?? "");
        if (!other || i === solvers.length - 1) throw error;
      }
    }
    throw new FaztError(
      "ACME_CHALLENGE",
      `Cannot prove ${names.join(", ")}: no way of proving is set up for it`,
      { status: 409, hint: "a wildcard needs acme.dns; fazt config get acme.challenges" },
    );
  }

  #run(
    client: AcmeClient,
    order: Pick<IssueInput, "names" | "replaces" | "signal"> & {
      readonly solver: ChallengeSolver;
      readonly csr: Uint8Array | undefined;
      readonly profile: string | undefined;
    },
  ): Promise<string> {
    return runOrder({
      ...order,
      client,
      names: order.names.map((value) => ({ type: ipaddr.isValid(value) ? "ip" : "dns", value })),
      onError: this.options.onError,
    });
  }

  /** What the owner asked for; short-lived for addresses, where there is such a profile. */
  async #profile(
    client: AcmeClient,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { meta } = await client.directory(signal);
    const offered = Object.keys(meta?.profiles ?? {});
    const set = this.options.settings.get("acme.profile");
    if (set !== "") {
      if (offered.length === 0 || offered.includes(set)) return set;
      throw new FaztError(
        "INVALID",
        `Cannot order with the profile ${set}: the authority has ${offered.join(", ")}`,
        { hint: "fazt config set acme.profile NAME, or fazt config unset acme.profile" },
      );
    }
    const address = names.some((name) => ipaddr.isValid(name));
    return address && offered.includes("shortlived") ? "shortlived" : undefined;
  }

  /** Ways to prove these names, the first choice first. */
  #solvers(names: readonly string[]): ChallengeSolver[] {
    const { settings, board, driver, resolver } = this.options;
    const wild = names.some((name) => name.startsWith("*."));
    const address = names.some((name) => ipaddr.isValid(name));
    const dns = address ? undefined : driver();
    const waitMs = settings.get("acme.dnsWaitSeconds") * 1000;
    return challengesOf(settings).flatMap((type) => {
      if (type === "dns-01") {
        return dns === undefined ? [] : [dnsSolver({ driver: dns, resolver, waitMs })];
      }
      if (wild) return [];
      return type === "http-01" ? [board.http] : settings.get("server.https") ? [board.tls] : [];
    });
  }

  /** Runs with the account; makes a new one, once, when the authority forgot it. */
  async #withAccount<T>(
    directory: string,
    signal: AbortSignal,
    run: (session: Session) => Promise<T>,
  ): Promise<T> {
    const session = await this.#session(directory, signal);
    try {
      return await run(session);
    } catch (error) {
      const problem = problemOf(error);
      const lost = problem !== undefined && NO_ACCOUNT.has(problem.type) &&
        /account/i.test(problem.detail);
      if (!lost) throw error;
      this.#sessions.delete(directory);
      await this.options.db.write(dropAccount, { directory });
      return await run(await this.#session(directory, signal));
    }
  }

  #session(directory: string, signal: AbortSignal): Promise<Session> {
    const open = this.#sessions.get(directory);
    if (open !== undefined) return open;
    const made = this.#open(directory, signal);
    this.#sessions.set(directory, made);
    made.catch(() => {
      if (this.#sessions.get(directory) === made) this.#sessions.delete(directory);
    });
    return made;
  }

  async #open(directory: string, signal: AbortSignal): Promise<Session> {
    const { db, settings, clock, keys } = this.options;
    const { exportKey, importKey, newKeyPair } = await import("../x509/mod.ts");
    const email = settings.get("acme.email");
    const context = `account ${directory}`;
    const known = this.account(directory);
    if (known !== undefined) {
      const pair = await importKey(await keys.open(known.sealed, context));
      const client = await this.#client(directory, { keys: pair, accountUrl: known.url });
      if (known.email === email) return { client, row: known };
      await client.setContact(email, signal);
      const row = { ...known, email };
      await db.write(putAccount, row);
      return { client, row };
    }
    const pair = await newKeyPair();
    const client = await this.#client(directory, { keys: pair });
    const url = await client.register({ email, binding: this.#binding(directory) }, signal);
    const row: AccountRow = {
      directory,
      url,
      sealed: await keys.seal(await exportKey(pair.privateKey), context),
      email,
      tested_at: null,
      created_at: clock(),
    };
    await db.write(putAccount, row);
    return { client, row };
  }

  #binding(directory: string) {
    const { settings, keys } = this.options;
    const keyId = settings.get("acme.eabKeyId");
    if (keyId === "" || directory !== settings.get("acme.directory")) return undefined;
    const hmacKey = decodeKey(keys.secret("eabKey") ?? "");
    if (hmacKey === undefined) {
      throw new FaztError("INVALID", "Cannot bind the account: its key is not kept", {
        hint: "fazt net cert secret eab",
      });
    }
    return { keyId, hmacKey };
  }

  async #client(
    directory: string,
    { keys, accountUrl }: { readonly keys: CryptoKeyPair; readonly accountUrl?: string },
  ): Promise<AcmeClient> {
    const { clock } = this.options;
    const fetch = this.options.fetch ?? await this.#fetch();
    return new AcmeClient({ directory, keys, accountUrl, fetch, clock });
  }

  async #fetch(): Promise<Fetch> {
    this.#http ??= extraRoots(this.options.settings).then((caCerts) =>
      Deno.createHttpClient({ caCerts, poolIdleTimeout: MINUTE_MS })
    );
    this.#http.catch(() => this.#http = undefined);
    const client = await this.#http;
    return (url, init) => fetch(url, { ...init, client });
  }
}

function readIssued(x509: { readChain(pem: string): ReadCertificate }, pem: string) {
  try {
    return x509.readChain(pem);
  } catch (cause) {
    throw acmeNonsense("what it issued is no certificate", cause);
  }
}

/** A certificate that is not exactly what was asked for is never served. */
function checkIssued(
  read: ReadCertificate,
  { names, info, now, skewMs }: {
    readonly names: readonly string[];
    readonly info: Uint8Array;
    readonly now: number;
    readonly skewMs: number | undefined;
  },
): void {
  if (read.publicKey.toHex() !== info.toHex()) {
    throw acmeNonsense("the certificate is for another key");
  }
  const [got, asked] = [[...read.names].sort().join(" "), [...names].sort().join(" ")];
  if (got !== asked) {
    throw acmeNonsense(
      `the certificate is for ${got.slice(0, 200) || "no name"}, not for ${asked}`,
    );
  }
  if (!read.linked) throw acmeNonsense("the chain does not hang together");
  if (read.notBefore <= now + SKEW_MS && now < read.notAfter) return;
  const minutes = Math.round(Math.abs(skewMs ?? 0) / MINUTE_MS);
  if (minutes >= 1) {
    const way = skewMs! > 0 ? "behind" : "ahead of";
    throw new FaztError(
      "CLOCK_SKEW",
      `Cannot use the certificate: this machine's clock is ${minutes} minutes ${way} the authority's`,
      { status: 409, hint: "set the machine's clock (timedatectl set-ntp true), then renew" },
    );
  }
  throw acmeNonsense("the certificate does not hold now");
}
