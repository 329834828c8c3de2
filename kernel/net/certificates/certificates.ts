import type { Settings } from "../../config/mod.ts";
import type { Database } from "../../db/mod.ts";
import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Secrets } from "../../secrets/mod.ts";
import { type Fetch, retryAfterOf } from "../acme/mod.ts";
import type { Resolver } from "../dns/mod.ts";
import type { HostTable } from "../hosts.ts";
import {
  ACME_TLS,
  type CertificateSource,
  type ServedCertificate,
} from "../tls/certificate_source.ts";
import { AcmeIssuer } from "./acme_issuer.ts";
import { backoffMs } from "./backoff.ts";
import { CertificateBook, type Kept } from "./certificate_book.ts";
import { CertificateKeys, type SecretChanges } from "./certificate_keys.ts";
import { ChallengeBoard } from "./challenge_board.ts";
import { type AuthorityInfo, LocalAuthority } from "./local_authority.ts";
import { openDriver } from "./open_driver.ts";
import { type CertificateRow, dropEnded, markRevoked, planRenewal } from "./operations.ts";
import { OrderGate } from "./order_gate.ts";
import { bareAddresses, isLocal, type Plan, planFor, wildcardOf } from "./plan.ts";
import { serverNameOf } from "./server_name.ts";
import {
  type Attention,
  type CertificateInfo,
  type CertificateNote,
  type CertificateOverview,
  REVOCATION_REASONS,
  type RevocationReason,
} from "./shapes.ts";
import { attentionOf, infoOf, waitingOf } from "./views.ts";

/** What {@link Certificates} work with. */
export interface CertificatesDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: () => number;
  readonly secrets: Secrets;
  readonly hosts: Pick<HostTable, "resolve">;
  readonly resolver: Resolver;
  /** Whether the node serves TLS: only then are certificates renewed by themselves. */
  readonly enabled: () => boolean;
  readonly tell: (note: CertificateNote) => void;
  readonly onError: (error: unknown) => void;
  /** How an authority is spoken to; tests put their own in. */
  readonly fetch?: Fetch;
}

type AcmePlan = Plan & { readonly by: "acme" };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Time of one order, besides what the DNS may take. */
const ORDER_MS = 120_000;
/** How long what ended is remembered. */
const KEEP_ENDED_MS = 30 * DAY_MS;
/** What is done of each kind in one round. */
const ROUND = 20;
const ARI_MS = { least: MINUTE_MS, usual: 6 * HOUR_MS, most: DAY_MS, failed: HOUR_MS };

/**
 * Certificates of every name this node answers at: made, kept, renewed and revoked. Handshakes ask
 * here, and only names of the host table are ever asked for.
 */
export class Certificates implements CertificateSource {
  readonly #keys: CertificateKeys;
  readonly #book: CertificateBook;
  readonly #board: ChallengeBoard;
  readonly #local: LocalAuthority;
  readonly #issuer: AcmeIssuer;
  readonly #gate: OrderGate;
  readonly #orders = new Map<string, Promise<Kept>>();
  readonly #warned = new Map<string, number>();
  readonly #stopped = new AbortController();

  constructor(private readonly deps: CertificatesDeps) {
    const { db, settings, clock, secrets, resolver, onError, fetch } = deps;
    const keys = this.#keys = new CertificateKeys(secrets);
    this.#book = new CertificateBook({ db, keys, clock, onError });
    this.#board = new ChallengeBoard(clock);
    const domain = () => settings.get("server.domain");
    this.#local = new LocalAuthority({ db, keys, clock, domain });
    this.#gate = new OrderGate({ db, settings, clock });
    this.#issuer = new AcmeIssuer({
      db,
      settings,
      clock,
      keys,
      board: this.#board,
      resolver,
      driver: () => openDriver({ settings, keys, clock }),
      onError,
      ...(fetch === undefined ? {} : { fetch }),
    });
    settings.watch("server.domain", () => this.#local.forget());
  }

  /** The certificate of a handshake; undefined refuses it. It never throws. */
  certificateFor(
    serverName: string | undefined,
    alpn: readonly string[],
  ): ServedCertificate | undefined | Promise<ServedCertificate | undefined> {
    if (alpn.length === 1 && alpn[0] === ACME_TLS) return this.#board.check(serverName ?? "");
    const plan = this.#plan(serverName);
    if (plan === undefined) return undefined;
    if (plan.by === "local") return this.#quietly(() => this.#local.certificate(plan.name));
    const kept = this.#book.atHand(plan.name);
    if (kept !== undefined && this.#holds(kept.row)) return kept.served;
    return this.#quietly(() => this.#serve(plan, serverName));
  }

  get expectsCheck(): boolean {
    return this.#board.expectsCheck;
  }

  /** The body of `/.well-known/acme-challenge/TOKEN` at a host, while an order asks for it. */
  acmeAnswer(host: string, token: string): string | undefined {
    return this.#board.token(host, token);
  }

  /** Everything there is, and what is wrong with it. */
  overview(): CertificateOverview {
    const { settings } = this.deps;
    const directory = settings.get("acme.directory");
    const account = this.#issuer.account(directory);
    const optional = (key: "acme.email" | "acme.profile") => settings.get(key) || undefined;
    const dns = settings.get("acme.dns");
    const [email, profile] = [optional("acme.email"), optional("acme.profile")];
    return {
      issuer: {
        kind: settings.get("certificates.issuer"),
        directory,
        ...(email === undefined ? {} : { email }),
        ...(profile === undefined ? {} : { profile }),
        ...(dns === "off" ? {} : { dns }),
        ...(account === undefined
          ? {}
          : { account: { url: account.url, createdAt: account.created_at } }),
        budget: this.#gate.budget(),
        secrets: this.#keys.kept(),
      },
      certificates: this.#book.rows().map((row) => this.#info(row)),
      waiting: this.#book.attempts().map(waitingOf),
      attention: this.attention(),
    };
  }

  /** One certificate with its chain. @throws {FaztError} `NOT_FOUND` */
  info(name: string): CertificateInfo & { readonly chain: string } {
    const row = this.#row(name);
    return { ...this.#info(row), chain: row.chain };
  }

  /** The certificate that serves a host, or why there is none; undefined where none was needed. */
  stateOf(host: string): Pick<CertificateInfo, "state" | "notAfter"> | {
    readonly code: string;
    readonly message: string;
    readonly nextAt: number;
  } | undefined {
    const plan = this.#plan(host);
    if (plan?.by !== "acme") return undefined;
    const row = this.#book.row(plan.name);
    if (row !== undefined) {
      const { state, notAfter } = this.#info(row);
      return { state, notAfter };
    }
    const attempt = this.#book.attempt(plan.name);
    if (attempt === undefined) return undefined;
    return { code: attempt.code, message: attempt.message, nextAt: attempt.next_at };
  }

  /** What the owner should look at. */
  attention(): Attention[] {
    const { clock, secrets } = this.deps;
    return attentionOf({
      attempts: this.#book.attempts().filter(({ name }) => this.#planOfName(name) !== undefined),
      rows: this.#book.rows(),
      unsaved: this.#book.unsaved,
      locked: secrets.locked,
      wanted: (row) => this.#planOfName(row.name) !== undefined,
      now: clock(),
    });
  }

  /** Keeps and forgets what authorities and DNS servers want to see. */
  async setSecrets(changes: SecretChanges, userId: string) {
    await this.#keys.set(changes, userId);
    this.#issuer.forget();
    return this.#keys.kept();
  }

  /** The root of the node's own authority. @throws {FaztError} `SECRETS_LOCKED` */
  authority(): Promise<AuthorityInfo> {
    return this.#local.info();
  }

  /**
   * Gets a certificate now, whatever failed before; one that is there stays unless it is due.
   * @throws {FaztError} `INVALID`, `ACME_…`
   */
  async issue(name: string): Promise<CertificateInfo> {
    const plan = this.#named(name);
    const row = this.#book.row(plan.name);
    if (row !== undefined && this.#holds(row) && row.renew_at > this.deps.clock()) {
      const kept = await this.#book.find(plan.name).catch(() => undefined);
      if (kept !== undefined) return this.#info(kept.row);
    }
    await this.#book.forgive(plan.name);
    return this.#info((await this.#order(plan, row === undefined ? "new" : "renewal")).row);
  }

  /** Tries whether a certificate could be had; nothing changes. @throws {FaztError} `ACME_…` */
  async trial(name: string) {
    const plan = this.#named(name);
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(this.#orderMs())]);
    const done = await this.#issuer.trial({ names: plan.names, signal });
    return { name: plan.name, dryRun: true as const, ...done };
  }

  /** Renews a certificate now. @throws {FaztError} `NOT_FOUND`, `ACME_…` */
  async renew(name: string): Promise<CertificateInfo> {
    const { name: kept } = this.#row(name);
    const plan = this.#named(kept);
    await this.#book.forgive(plan.name);
    return this.#info((await this.#order(plan, "renewal")).row);
  }

  /**
   * Revokes a certificate and, where its name still needs one, gets another.
   * @throws {FaztError} `NOT_FOUND`, `ACME_…`
   */
  async revoke(name: string, reason: RevocationReason) {
    const { db, clock, tell } = this.deps;
    const row = this.#row(name);
    const { readChain } = await import("../x509/mod.ts");
    await this.#issuer.revoke(row.directory, {
      der: readChain(row.chain).der,
      reason: REVOCATION_REASONS[reason],
      signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ORDER_MS)]),
    });
    const at = clock();
    this.#book.forget(row.name);
    await db.write(markRevoked, { name: row.name, serial: row.serial, at });
    tell({ type: "revoked", name: row.name, data: { reason, serial: row.serial } });
    const plan = this.#planOfName(row.name);
    const replaced = plan === undefined
      ? null
      : await this.#order(plan, "renewal").then((kept) => this.#info(kept.row), () => null);
    return { name: row.name, revokedAt: at, replaced };
  }

  /** Renews what is due, and asks authorities when that is. For the supervisor. */
  async tick(): Promise<void> {
    await this.#book.saveRest();
    if (!this.deps.enabled()) return;
    await this.#askWhen();
    for (const plan of this.#standing()) {
      if (this.#book.row(plan.name) === undefined && this.#mayTry(plan.name)) {
        await this.#order(plan, "new").catch(() => {});
      }
    }
    for (const row of this.#book.due("renew_at", ROUND)) {
      const plan = this.#planOfName(row.name);
      if (plan === undefined || row.revoked_at !== null) continue;
      const failed = this.#mayTry(row.name)
        ? await this.#order(plan, "renewal").then(() => undefined, toFaztError)
        : undefined;
      this.#warn(row.name);
      // The others would fare the same, each after its time.
      if (failed?.code === "ACME_UNREACHABLE") break;
    }
  }

  /** Forgets what ended long ago. For the supervisor. */
  async cleanup(): Promise<void> {
    const before = this.deps.clock() - KEEP_ENDED_MS;
    await this.deps.db.write(dropEnded, { before });
    await this.#book.forgetAttempts(before);
  }

  /** Ends every order; resolves when none runs. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#orders.values());
    this.#issuer.forget();
  }

  #plan(name: string | undefined): Plan | undefined {
    const { settings, hosts } = this.deps;
    return planFor(name, {
      settings,
      resolve: (host) => hosts.resolve(host),
      signs: (one) => this.#local.signs(one),
      wildcard: this.#wildcard(),
    });
  }

  /** Whether the domain's names share one certificate: unless just that cannot be had. */
  #wildcard(): boolean {
    const { settings, clock } = this.deps;
    const domain = settings.get("server.domain");
    if (settings.get("acme.dns") === "off" || isLocal(domain, settings)) return false;
    const { name } = wildcardOf(domain);
    const row = this.#book.row(name);
    if (row !== undefined && this.#holds(row)) return true;
    return (this.#book.attempt(name)?.next_at ?? 0) <= clock();
  }

  /** What a kept name stands for, where this node still answers there. */
  #planOfName(name: string): AcmePlan | undefined {
    const { settings } = this.deps;
    if (name.startsWith("*.")) {
      const domain = settings.get("server.domain");
      const wanted = name === `*.${domain}` && settings.get("acme.dns") !== "off" &&
        !isLocal(domain, settings);
      return wanted ? wildcardOf(domain) : undefined;
    }
    const plan = this.#plan(name);
    if (plan?.by !== "acme") return undefined;
    // A host that shares a wildcard needs none of its own.
    return plan.name === name ? plan : undefined;
  }

  /** Certificates that are had before anybody asks. */
  #standing(): AcmePlan[] {
    const { settings } = this.deps;
    const domain = settings.get("server.domain");
    const [address] = bareAddresses(settings);
    return [
      ...settings.get("acme.dns") === "off" ? [] : [this.#planOfName(`*.${domain}`)],
      ...address === undefined ? [] : [this.#planOfName(address)],
    ].filter((plan) => plan !== undefined);
  }

  /** @throws {FaztError} `INVALID` */
  #named(text: string): AcmePlan {
    const name = text.startsWith("*.") ? text.toLowerCase() : serverNameOf(text);
    const plan = name === undefined ? undefined : this.#planOfName(name) ?? this.#plan(name);
    if (plan?.by === "acme") return plan;
    const shown = JSON.stringify(text.slice(0, 100));
    if (plan?.by === "local") {
      throw new FaztError(
        "INVALID",
        `Cannot order a certificate for ${shown}: this node signs it`,
        {
          hint: "fazt server trust makes browsers of this machine believe it",
        },
      );
    }
    throw new FaztError(
      "INVALID",
      `Cannot order a certificate for ${shown}: nothing of this node answers there`,
      { hint: "fazt net domain map DOMAIN --app APP; a wildcard needs acme.dns" },
    );
  }

  #row(text: string): CertificateRow {
    const name = text.toLowerCase().replace(/\.$/, "");
    const row = this.#book.row(name) ?? this.#book.row(this.#planOfName(name)?.name ?? name);
    if (row !== undefined) return row;
    const near = nearest(name, this.#book.rows().map((one) => one.name));
    throw new FaztError(
      "NOT_FOUND",
      `There is no certificate for ${JSON.stringify(text.slice(0, 100))}`,
      { hint: near ? `did you mean ${near}?` : "fazt net cert list shows every certificate" },
    );
  }

  #info(row: CertificateRow): CertificateInfo {
    return infoOf(row, { now: this.deps.clock(), attempt: this.#book.attempt(row.name) });
  }

  #holds({ not_after, revoked_at }: CertificateRow): boolean {
    return revoked_at === null && not_after > this.deps.clock();
  }

  #mayTry(name: string): boolean {
    return (this.#book.attempt(name)?.next_at ?? 0) <= this.deps.clock();
  }

  async #serve(
    plan: AcmePlan,
    serverName: string | undefined,
  ): Promise<ServedCertificate | undefined> {
    const kept = await this.#book.find(plan.name);
    if (kept !== undefined && this.#holds(kept.row)) return kept.served;
    if (this.#mayTry(plan.name)) {
      const order = this.#order(plan, kept === undefined ? "new" : "renewal");
      const got = await within(this.deps.settings.get("acme.waitSeconds") * 1000, order);
      if (got !== undefined) return got.served;
      // A wildcard that cannot be had leaves each host to itself.
      const next = this.#plan(serverName);
      if (next?.by === "acme" && next.name !== plan.name) {
        return await this.#serve(next, serverName);
      }
    }
    // Ended, but better than nothing: the browser says what is wrong.
    return kept?.served;
  }

  /** One order for a name at a time: who asks meanwhile waits for the same one. */
  #order(plan: AcmePlan, kind: "new" | "renewal"): Promise<Kept> {
    const running = this.#orders.get(plan.name);
    if (running !== undefined) return running;
    const order = this.#run(plan, kind).finally(() => this.#orders.delete(plan.name));
    this.#orders.set(plan.name, order);
    order.catch(() => {});
    return order;
  }

  async #run(plan: AcmePlan, kind: "new" | "renewal"): Promise<Kept> {
    const { tell } = this.deps;
    const before = this.#book.row(plan.name);
    const attempt = this.#book.attempt(plan.name);
    try {
      // First: what cannot be sealed must not be ordered.
      await this.#keys.seal(new Uint8Array(), "");
      const replaces = before === undefined ? undefined : await this.#ariId(before);
      const issued = await this.#gate.run(kind, () =>
        this.#issuer.issue({
          names: plan.names,
          kind,
          replaces,
          careful: (attempt?.failures ?? 0) > 0,
          signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(this.#orderMs())]),
        }));
      const kept = await this.#book.put(plan.name, issued);
      this.#warned.delete(plan.name);
      const type = before === undefined ? "issued" : "renewed";
      tell({ type, name: plan.name, data: { names: plan.names, notAfter: kept.row.not_after } });
      return kept;
    } catch (error) {
      await this.#failed(plan.name, error, before);
      throw error;
    }
  }

  async #failed(name: string, error: unknown, before: CertificateRow | undefined): Promise<void> {
    const { clock, tell, onError } = this.deps;
    // That the node stops is nobody's failure.
    if (this.#stopped.signal.aborted) return;
    const { code, message, hint } = toFaztError(error);
    if (code === "INTERNAL") onError(error);
    const at = clock();
    const failures = (this.#book.attempt(name)?.failures ?? 0) + 1;
    const leftMs = before && this.#holds(before) ? before.not_after - at : undefined;
    const nextAt = at + backoffMs({ failures, retryAfterMs: retryAfterOf(error), leftMs });
    const text = message.slice(0, 1000);
    await this.#book.fail({
      name,
      failures,
      at,
      next_at: nextAt,
      code,
      message: text,
      hint: hint ?? null,
    });
    tell({ type: "failed", name, data: { code, message: text, nextAt, failures } });
    this.#warn(name);
  }

  /** Tells once a day of a certificate that ends and could not be renewed in time. */
  #warn(name: string): void {
    const { clock, tell } = this.deps;
    const row = this.#book.row(name);
    const attempt = this.#book.attempt(name);
    const now = clock();
    if (row === undefined || attempt === undefined || row.renew_at > now) return;
    if (now - (this.#warned.get(name) ?? 0) < DAY_MS) return;
    this.#warned.set(name, now);
    const { code, message } = attempt;
    tell({ type: "expiring", name, data: { notAfter: row.not_after, code, message } });
  }

  async #ariId({ chain }: CertificateRow): Promise<string | undefined> {
    const { readChain } = await import("../x509/mod.ts");
    try {
      return readChain(chain).ariId;
    } catch {
      return undefined;
    }
  }

  /** Asks authorities when they want certificates renewed (RFC 9773 §4.3). */
  async #askWhen(): Promise<void> {
    const { db, clock } = this.deps;
    for (const row of this.#book.due("ari_at", ROUND)) {
      if (row.revoked_at !== null || this.#planOfName(row.name) === undefined) continue;
      const plan = { renewAt: row.renew_at, renewBy: row.renew_by };
      let ariAt: number | null = clock() + ARI_MS.failed;
      try {
        const ariId = await this.#ariId(row);
        const window = ariId === undefined ? undefined : await this.#issuer.window(row.directory, {
          ariId,
          signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(MINUTE_MS)]),
        });
        if (window === undefined) {
          ariAt = null;
        } else {
          const inside = row.renew_by === "ari" && window.start <= row.renew_at &&
            row.renew_at <= window.end;
          const chosen = window.start + Math.random() * (window.end - window.start);
          if (!inside) Object.assign(plan, { renewAt: Math.floor(chosen), renewBy: "ari" });
          const wait = window.retryAfterMs ?? ARI_MS.usual;
          ariAt = clock() + Math.min(ARI_MS.most, Math.max(ARI_MS.least, wait));
        }
      } catch {
        // The lifetime rules until the authority answers again; its renewals tell of the trouble.
      }
      await db.write(planRenewal, { name: row.name, serial: row.serial, ...plan, ariAt });
    }
  }

  #orderMs(): number {
    return ORDER_MS + this.deps.settings.get("acme.dnsWaitSeconds") * 1000;
  }

  /** A handshake is refused for whatever goes wrong, and nothing escapes into the listener. */
  async #quietly(
    get: () => Promise<ServedCertificate | undefined>,
  ): Promise<ServedCertificate | undefined> {
    try {
      return await get();
    } catch (error) {
      if (!(error instanceof FaztError)) this.deps.onError(error);
      return undefined;
    }
  }
}

/** What comes in time; undefined where nothing does, or it fails. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work.catch(() => undefined), promise]);
  } finally {
    clearTimeout(timer);
  }
}
