import { operation } from "../../db/mod.ts";

/** A row of the table of certificates. */
export interface CertificateRow {
  readonly name: string;
  /** JSON array. */
  readonly names: string;
  readonly directory: string;
  readonly chain: string;
  readonly sealed: Uint8Array;
  readonly serial: string;
  readonly fingerprint: string;
  readonly profile: string | null;
  readonly not_before: number;
  readonly not_after: number;
  readonly renew_at: number;
  readonly renew_by: string;
  readonly ari_at: number | null;
  readonly revoked_at: number | null;
  readonly created_at: number;
}

/** A row of the table of failed attempts. */
export interface AttemptRow {
  readonly name: string;
  readonly failures: number;
  readonly at: number;
  readonly next_at: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** A row of the table of accounts. */
export interface AccountRow {
  readonly directory: string;
  readonly url: string;
  readonly sealed: Uint8Array;
  readonly email: string;
  readonly tested_at: number | null;
  readonly created_at: number;
}

/** A row of the table of authorities. */
export interface AuthorityRow {
  readonly name: string;
  readonly common_name: string;
  readonly names: string;
  readonly chain: string;
  readonly sealed: Uint8Array;
  readonly not_after: number;
  readonly created_at: number;
}

/** Orders older than the longest budget are of no use, ms. */
const KEPT_ORDERS_MS = 8 * 86_400_000;

/** Keeps a certificate over the one of its name; what failed before is forgotten. */
export const putCertificate = operation("certificates.put", (db, row: CertificateRow) => {
  const columns = Object.keys(row);
  db.run(
    `INSERT OR REPLACE INTO certificates (${columns.join(", ")}) ` +
      `VALUES (${columns.map(() => "?").join(", ")})`,
    ...Object.values(row),
  );
  db.run("DELETE FROM certificate_attempts WHERE name = ?", row.name);
}, { essential: true });

/** Says when a certificate is renewed and when that is looked at again. */
export const planRenewal = operation(
  "certificates.plan",
  (db, p: {
    readonly name: string;
    readonly serial: string;
    readonly renewAt: number;
    readonly renewBy: string;
    readonly ariAt: number | null;
  }) =>
    db.run(
      "UPDATE certificates SET renew_at = ?, renew_by = ?, ari_at = ? WHERE name = ? AND serial = ?",
      ...[p.renewAt, p.renewBy, p.ariAt, p.name, p.serial],
    ),
  { essential: true },
);

/** Notes that a certificate is revoked: it is served no more. */
export const markRevoked = operation(
  "certificates.revoked",
  (db, p: { readonly name: string; readonly serial: string; readonly at: number }) =>
    db.run(
      "UPDATE certificates SET revoked_at = ? WHERE name = ? AND serial = ?",
      ...[p.at, p.name, p.serial],
    ),
  { essential: true },
);

/** Forgets certificates that ended long ago. */
export const dropEnded = operation(
  "certificates.dropEnded",
  (db, p: { readonly before: number }) =>
    db.run("DELETE FROM certificates WHERE not_after < ?", p.before),
  { essential: true },
);

/** Notes that an attempt failed. */
export const putAttempt = operation("certificates.attempt", (db, row: AttemptRow) => {
  db.run(
    "INSERT OR REPLACE INTO certificate_attempts (name, failures, at, next_at, code, message, hint) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
    ...[row.name, row.failures, row.at, row.next_at, row.code, row.message, row.hint],
  );
}, { essential: true });

/** Forgets the failures of a name, or those whose name nobody asked for since. */
export const dropAttempts = operation(
  "certificates.dropAttempts",
  (db, p: { readonly name: string } | { readonly before: number }) =>
    "name" in p
      ? db.run("DELETE FROM certificate_attempts WHERE name = ?", p.name)
      : db.run("DELETE FROM certificate_attempts WHERE next_at < ?", p.before),
  { essential: true },
);

/** Counts an order before it begins, so that a crash does not make it free. */
export const countOrder = operation(
  "certificates.order",
  (db, p: {
    readonly at: number;
    readonly name: string;
    readonly directory: string;
    readonly kind: "new" | "renewal" | "trial";
  }) => {
    db.run(
      "INSERT INTO certificate_orders (at, name, directory, kind) VALUES (?, ?, ?, ?)",
      ...[p.at, p.name, p.directory, p.kind],
    );
    db.run("DELETE FROM certificate_orders WHERE at < ?", p.at - KEPT_ORDERS_MS);
  },
  { essential: true },
);

/** Keeps an account over the one with this authority. */
export const putAccount = operation("certificates.account", (db, row: AccountRow) => {
  db.run(
    "INSERT OR REPLACE INTO acme_accounts (directory, url, sealed, email, tested_at, created_at) " +
      "VALUES (?, ?, ?, ?, ?, ?)",
    ...[row.directory, row.url, row.sealed, row.email, row.tested_at, row.created_at],
  );
}, { essential: true });

/** Notes that orders of this account go through. */
export const markTested = operation(
  "certificates.tested",
  (db, p: { readonly directory: string; readonly at: number }) =>
    db.run("UPDATE acme_accounts SET tested_at = ? WHERE directory = ?", p.at, p.directory),
  { essential: true },
);

/** Forgets an account the authority does not know any more. */
export const dropAccount = operation(
  "certificates.dropAccount",
  (db, p: { readonly directory: string }) =>
    db.run("DELETE FROM acme_accounts WHERE directory = ?", p.directory),
  { essential: true },
);

/** Keeps the node's own authority. */
export const putAuthority = operation("certificates.authority", (db, row: AuthorityRow) => {
  db.run(
    "INSERT OR REPLACE INTO certificate_authorities " +
      "(name, common_name, names, chain, sealed, not_after, created_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
    ...[row.name, row.common_name, row.names, row.chain, row.sealed],
    ...[row.not_after, row.created_at],
  );
}, { essential: true });

/** The writes of this folder. */
export const CERTIFICATES_WRITES = [
  putCertificate,
  planRenewal,
  markRevoked,
  dropEnded,
  putAttempt,
  dropAttempts,
  countOrder,
  putAccount,
  markTested,
  dropAccount,
  putAuthority,
];
