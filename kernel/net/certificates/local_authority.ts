import { FaztError } from "../../lib/fazt_error.ts";
import { toPem } from "../../lib/pem.ts";
import type { Database } from "../../db/mod.ts";
import type { ServedCertificate } from "../tls/certificate_source.ts";
import type { CertificateKeys } from "./certificate_keys.ts";
import { LRU } from "./lru.ts";
import { type AuthorityRow, putAuthority } from "./operations.ts";
import { isWithin, PRIVATE_DOMAINS } from "./server_name.ts";
import ipaddr from "ipaddr.js";

/** The root of the node's own certificates, as whoever trusts it sees it. */
export interface AuthorityInfo {
  readonly name: string;
  readonly pem: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly notAfter: number;
  /** Domains it can sign for; no browser believes it for another one. */
  readonly names: readonly string[];
}

/** Options of {@link LocalAuthority}. */
export interface LocalAuthorityOptions {
  readonly db: Database;
  readonly keys: CertificateKeys;
  readonly clock: () => number;
  /** The node's own domain. */
  readonly domain: () => string;
}

const ROW = "development";
const DAY_MS = 86_400_000;
const ROOT_DAYS = 3650;
const LEAF_DAYS = 30;
const MAX_LEAVES = 1000;

interface Root {
  readonly row: AuthorityRow;
  readonly keys: CryptoKeyPair;
}

/**
 * A certificate authority for development. Its key is sealed in the database, and its root can
 * sign names that mean something on this machine or network only: stolen, it opens no bank.
 */
export class LocalAuthority {
  readonly #leaves = new LRU<{ readonly served: ServedCertificate; readonly until: number }>(
    MAX_LEAVES,
  );
  #root: Promise<Root> | undefined;

  constructor(private readonly options: LocalAuthorityOptions) {}

  /** Whether its root may sign a name. */
  signs(name: string): boolean {
    if (ipaddr.isValid(name)) return ipaddr.parse(name).range() === "loopback";
    return this.#domains().some((domain) => isWithin(name, domain));
  }

  /** The root, made when it is first asked for. @throws {FaztError} `SECRETS_LOCKED` */
  async info(): Promise<AuthorityInfo> {
    const { row } = await this.#ready();
    const { readChain } = await import("../x509/mod.ts");
    return {
      name: row.common_name,
      pem: row.chain,
      fingerprint: readChain(row.chain).fingerprint,
      notAfter: row.not_after,
      names: JSON.parse(row.names),
    };
  }

  /** A certificate for a name. @throws {FaztError} `SECRETS_LOCKED` */
  async certificate(name: string): Promise<ServedCertificate> {
    const now = this.options.clock();
    const kept = this.#leaves.get(name);
    if (kept !== undefined && kept.until > now) return kept.served;
    const root = await this.#ready();
    const x509 = await import("../x509/mod.ts");
    const leaf = await x509.newKeyPair();
    const der = await x509.makeCertificate({
      commonName: "",
      names: ipaddr.isValid(name) ? [name, "localhost"] : [name],
      publicKey: leaf.publicKey,
      issuer: { commonName: root.row.common_name, keys: root.keys },
      notBefore: now - DAY_MS,
      notAfter: now + LEAF_DAYS * DAY_MS,
      extensions: x509.SERVER_EXTENSIONS,
    });
    const served = {
      cert: toPem("CERTIFICATE", der),
      key: await x509.keyToPem(leaf.privateKey),
    };
    const until = now + LEAF_DAYS * DAY_MS / 2;
    this.#leaves.set(name, { served, until });
    return served;
  }

  /** Looks at the domain anew: another one may need another root. */
  forget(): void {
    this.#leaves.clear();
    this.#root = undefined;
  }

  #domains(): string[] {
    const domain = this.options.domain();
    return PRIVATE_DOMAINS.some((one) => isWithin(domain, one))
      ? [...PRIVATE_DOMAINS]
      : [...PRIVATE_DOMAINS, domain];
  }

  #ready(): Promise<Root> {
    return this.#root ??= this.#read().catch((error) => {
      this.#root = undefined;
      throw error;
    });
  }

  async #read(): Promise<Root> {
    const { db, keys, clock } = this.options;
    const { importKey } = await import("../x509/mod.ts");
    const row = db.reader.get<AuthorityRow>(
      "SELECT * FROM certificate_authorities WHERE name = ?",
      ROW,
    );
    const names: string[] = row === undefined ? [] : JSON.parse(row.names);
    const covers = this.#domains().every((domain) => names.includes(domain));
    if (row !== undefined && covers && row.not_after > clock() + LEAF_DAYS * DAY_MS) {
      try {
        return { row, keys: await importKey(await keys.open(row.sealed, `authority ${ROW}`)) };
      } catch (error) {
        // A key nobody can open is no reason to go without: what trusted it has to trust anew.
        if (!(error instanceof FaztError) || keys.locked) throw error;
      }
    }
    return await this.#make();
  }

  async #make(): Promise<Root> {
    const { db, keys, clock } = this.options;
    const x509 = await import("../x509/mod.ts");
    const now = clock();
    const pair = await x509.newKeyPair();
    const domains = this.#domains();
    const commonName = `Fazt development CA ${new Date(now).toISOString().slice(0, 10)}`;
    const der = await x509.makeCertificate({
      commonName,
      names: [],
      publicKey: pair.publicKey,
      privateKey: pair.privateKey,
      notBefore: now - DAY_MS,
      notAfter: now + ROOT_DAYS * DAY_MS,
      extensions: x509.authorityExtensions(domains),
    });
    const row: AuthorityRow = {
      name: ROW,
      common_name: commonName,
      names: JSON.stringify(domains),
      chain: toPem("CERTIFICATE", der),
      sealed: await keys.seal(await x509.exportKey(pair.privateKey), `authority ${ROW}`),
      not_after: now + ROOT_DAYS * DAY_MS,
      created_at: now,
    };
    await db.write(putAuthority, row);
    return { row, keys: pair };
  }
}
