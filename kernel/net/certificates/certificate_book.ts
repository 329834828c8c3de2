import type { Database } from "../../db/mod.ts";
import { toPem } from "../../lib/pem.ts";
import type { ServedCertificate } from "../tls/certificate_source.ts";
import type { Issued } from "./acme_issuer.ts";
import type { CertificateKeys } from "./certificate_keys.ts";
import { LRU } from "./lru.ts";
import {
  type AttemptRow,
  type CertificateRow,
  dropAttempts,
  putAttempt,
  putCertificate,
} from "./operations.ts";

/** A certificate that can be served. */
export interface Kept {
  readonly row: CertificateRow;
  readonly served: ServedCertificate;
}

/** Options of {@link CertificateBook}. */
export interface CertificateBookOptions {
  readonly db: Database;
  readonly keys: CertificateKeys;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** Opened certificates in memory. */
const MAX_OPEN = 2000;
/** Part of a certificate's lifetime after which it is renewed. */
const RENEW_PART = 2 / 3;

/** Certificates and failed attempts: in the database, what is in use in memory as well. */
export class CertificateBook {
  readonly #open = new LRU<Kept>(MAX_OPEN);
  /** Issued and not written down: the disk was full. */
  readonly #unsaved = new Map<string, Kept>();
  readonly #attempts = new Map<string, AttemptRow>();

  constructor(private readonly options: CertificateBookOptions) {
    const { reader } = options.db;
    for (const row of reader.all<AttemptRow>("SELECT * FROM certificate_attempts")) {
      this.#attempts.set(row.name, row);
    }
  }

  /** One that is in memory. */
  atHand(name: string): Kept | undefined {
    return this.#unsaved.get(name) ?? this.#open.get(name);
  }

  /** One that is kept, revoked ones left out. @throws {FaztError} `SECRETS_LOCKED` */
  async find(name: string): Promise<Kept | undefined> {
    const open = this.atHand(name);
    if (open !== undefined) return open;
    const row = this.row(name);
    if (row === undefined || row.revoked_at !== null) return undefined;
    const key = toPem("PRIVATE KEY", await this.options.keys.open(row.sealed, contextOf(row)));
    const kept = { row, served: { cert: row.chain, key } };
    this.#open.set(name, kept);
    return kept;
  }

  row(name: string): CertificateRow | undefined {
    return this.#unsaved.get(name)?.row ?? this.options.db.reader.get<CertificateRow>(
      "SELECT * FROM certificates WHERE name = ?",
      name,
    );
  }

  /** Every certificate, by name. */
  rows(): CertificateRow[] {
    const rows = this.options.db.reader.all<CertificateRow>("SELECT * FROM certificates");
    const saved = rows.filter(({ name }) => !this.#unsaved.has(name));
    return [...saved, ...[...this.#unsaved.values()].map(({ row }) => row)]
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Rows whose column says that it is time, the longest overdue first. */
  due(column: "renew_at" | "ari_at", limit: number): CertificateRow[] {
    return this.options.db.reader.all<CertificateRow>(
      `SELECT * FROM certificates WHERE ${column} <= ? ORDER BY ${column} LIMIT ?`,
      ...[this.options.clock(), limit],
    );
  }

  /** Serves what was issued from here on, and keeps it; what failed before is forgotten. */
  async put(name: string, { read, key, directory, profile }: Issued): Promise<Kept> {
    const { keys, clock } = this.options;
    const base = { name, serial: read.serial };
    const lifetime = read.notAfter - read.notBefore;
    const row: CertificateRow = {
      ...base,
      names: JSON.stringify(read.names),
      directory,
      chain: read.chain,
      sealed: await keys.seal(key, contextOf(base)),
      fingerprint: read.fingerprint,
      profile: profile ?? null,
      not_before: read.notBefore,
      not_after: read.notAfter,
      renew_at: Math.floor(read.notBefore + lifetime * RENEW_PART),
      renew_by: "lifetime",
      ari_at: read.ariId === undefined ? null : clock(),
      revoked_at: null,
      created_at: clock(),
    };
    const kept = { row, served: { cert: read.chain, key: toPem("PRIVATE KEY", key) } };
    this.#open.set(name, kept);
    this.#attempts.delete(name);
    await this.#save(kept);
    return kept;
  }

  /** Tries again to write down what could not be. */
  async saveRest(): Promise<void> {
    for (const kept of [...this.#unsaved.values()]) await this.#save(kept);
  }

  /** Names of what is served and not written down. */
  get unsaved(): readonly string[] {
    return [...this.#unsaved.keys()];
  }

  /** Reads it anew the next time. */
  forget(name: string): void {
    this.#open.delete(name);
    this.#unsaved.delete(name);
  }

  attempt(name: string): AttemptRow | undefined {
    return this.#attempts.get(name);
  }

  attempts(): AttemptRow[] {
    return [...this.#attempts.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Notes a failure. It holds in memory even where it cannot be written down. */
  async fail(row: AttemptRow): Promise<void> {
    this.#attempts.set(row.name, row);
    await this.options.db.write(putAttempt, row).catch(this.options.onError);
  }

  /** Lets a name begin anew. */
  async forgive(name: string): Promise<void> {
    if (!this.#attempts.delete(name)) return;
    await this.options.db.write(dropAttempts, { name });
  }

  /** Forgets failures of names that nobody asked for since. */
  async forgetAttempts(before: number): Promise<void> {
    for (const row of this.attempts()) if (row.next_at < before) this.#attempts.delete(row.name);
    await this.options.db.write(dropAttempts, { before });
  }

  async #save(kept: Kept): Promise<void> {
    const { name } = kept.row;
    try {
      await this.options.db.write(putCertificate, kept.row);
      if (this.#unsaved.get(name) === kept) this.#unsaved.delete(name);
    } catch (error) {
      this.#unsaved.set(name, kept);
      this.options.onError(error);
    }
  }
}

function contextOf({ name, serial }: Pick<CertificateRow, "name" | "serial">): string {
  return `certificate ${name} ${serial}`;
}
