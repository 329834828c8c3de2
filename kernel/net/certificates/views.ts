import type { AttemptRow, CertificateRow } from "./operations.ts";
import type { Attention, CertificateInfo, WaitingName } from "./shapes.ts";

/** A failed attempt as owners see it. */
export function waitingOf(row: AttemptRow): WaitingName {
  const { name, failures, at, code, message } = row;
  return { name, failures, at, nextAt: row.next_at, code, message };
}

/** A certificate as owners see it. */
export function infoOf(
  row: CertificateRow,
  { now, attempt }: { readonly now: number; readonly attempt: AttemptRow | undefined },
): CertificateInfo {
  const state = row.revoked_at !== null
    ? "revoked"
    : row.not_after <= now
    ? "expired"
    : row.renew_at <= now
    ? "due"
    : "valid";
  return {
    name: row.name,
    names: JSON.parse(row.names),
    directory: row.directory,
    state,
    serial: row.serial,
    fingerprint: row.fingerprint,
    notBefore: row.not_before,
    notAfter: row.not_after,
    renewAt: row.renew_at,
    renewBy: row.renew_by === "ari" ? "ari" : "lifetime",
    ...(row.profile === null ? {} : { profile: row.profile }),
    createdAt: row.created_at,
    ...(attempt === undefined ? {} : { problem: waitingOf(attempt) }),
  };
}

/** What the owner should look at, the worst first. */
export function attentionOf(
  { attempts, rows, unsaved, locked, wanted, now }: {
    readonly attempts: readonly AttemptRow[];
    readonly rows: readonly CertificateRow[];
    readonly unsaved: readonly string[];
    readonly locked: string | undefined;
    readonly wanted: (row: CertificateRow) => boolean;
    readonly now: number;
  },
): Attention[] {
  const sealed = locked !== undefined && rows.length > 0
    ? [{
      code: "SECRETS_LOCKED",
      message: `Certificates cannot be served: ${locked}`,
      hint: "start the node with the FAZT_SECRET_KEY it had",
      target: "certificates",
      at: now,
    }]
    : [];
  const ending = rows.filter((row) =>
    row.revoked_at === null && row.renew_at <= now && wanted(row) &&
    attempts.some(({ name }) => name === row.name)
  ).map((row) => ({
    code: row.not_after <= now ? "CERTIFICATE_EXPIRED" : "CERTIFICATE_EXPIRING",
    message: `The certificate of ${row.name} ${row.not_after <= now ? "ended" : "ends"} ` +
      `${new Date(row.not_after).toISOString()} and could not be renewed: ` +
      attempts.find(({ name }) => name === row.name)!.message,
    hint: `fazt net cert renew ${row.name}`,
    target: row.name,
    at: row.renew_at,
  }));
  const failing = attempts.filter(({ name }) => !ending.some((one) => one.target === name))
    .map((row) => ({
      code: row.code,
      message: row.message,
      hint: row.hint ?? `fazt net cert issue ${row.name}`,
      target: row.name,
      at: row.at,
    }));
  const unwritten = unsaved.map((name) => ({
    code: "CERTIFICATE_UNSAVED",
    message: `The new certificate of ${name} is served but could not be written down`,
    hint: "free space on the node's disk; it is tried again every minute",
    target: name,
    at: now,
  }));
  return [...sealed, ...ending, ...unwritten, ...failing];
}
