import { type Connection, operation } from "../db/mod.ts";

/** A passkey as it is kept. Times are Unix ms. */
export interface PasskeyRow {
  /** The credential's id in base64url. */
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  /** The host it was made for. */
  readonly rp_id: string;
  /** COSE_Key (RFC 9052 §7). */
  readonly public_key: Uint8Array;
  readonly counter: number;
  /** JSON array. */
  readonly transports: string;
  readonly backed_up: number;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

interface Of {
  readonly userId: string;
}

/** Keeps a password's hash, and ends every other session; tells how many. */
export const putPassword = operation(
  "owner.password",
  (db, p: Of & { readonly hash: string; readonly at: number; readonly except: string | null }) => {
    db.run(
      "INSERT INTO passwords (user_id, hash, updated_at) VALUES (?, ?, ?) " +
        "ON CONFLICT DO UPDATE SET hash = excluded.hash, updated_at = excluded.updated_at",
      p.userId,
      p.hash,
      p.at,
    );
    db.run("DELETE FROM sign_in_failures WHERE user_id = ?", p.userId);
    return db.run(
      "UPDATE sessions SET revoked_at = ?1 WHERE user_id = ?2 AND revoked_at IS NULL " +
        "AND expires_at > ?1 AND id IS NOT ?3",
      p.at,
      p.userId,
      p.except,
    );
  },
  { essential: true },
);

/** Replaces the hash of the same password by one that costs what it should. */
export const rehashPassword = operation(
  "owner.rehash",
  (db, p: Of & { readonly old: string; readonly hash: string }) => {
    db.run(
      "UPDATE passwords SET hash = ? WHERE user_id = ? AND hash = ?",
      p.hash,
      p.userId,
      p.old,
    );
  },
);

/** Without a password there is nothing that codes would be second to. */
export const dropPassword = operation("owner.noPassword", (db, p: Of) => {
  dropCodesOf(db, p.userId);
  return db.run("DELETE FROM passwords WHERE user_id = ?", p.userId) === 1;
}, { essential: true });

function putRecoveryCodes(db: Connection, userId: string, hashes: readonly Uint8Array[]): void {
  db.run("DELETE FROM recovery_codes WHERE user_id = ?", userId);
  for (const hash of hashes) {
    db.run("INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)", userId, hash);
  }
}

/** From here on codes are asked for; `step` is the one that confirmed it. */
export const confirmCodes = operation(
  "owner.confirmCodes",
  (
    db,
    p: Of & {
      readonly at: number;
      readonly step: number;
      readonly recovery: readonly Uint8Array[];
    },
  ) => {
    db.run(
      "INSERT INTO one_time_codes (user_id, confirmed_at, last_step) VALUES (?, ?, ?) " +
        "ON CONFLICT DO UPDATE SET confirmed_at = excluded.confirmed_at, " +
        "last_step = excluded.last_step",
      p.userId,
      p.at,
      p.step,
    );
    putRecoveryCodes(db, p.userId, p.recovery);
  },
  { essential: true },
);

/** Uses up a time step; false when it, or a later one, was used before. */
export const useStep = operation(
  "owner.useStep",
  (db, p: Of & { readonly step: number }) =>
    db.run(
      "UPDATE one_time_codes SET last_step = ?1 WHERE user_id = ?2 AND last_step < ?1",
      p.step,
      p.userId,
    ) === 1,
  { essential: true },
);

function dropCodesOf(db: Connection, userId: string): boolean {
  db.run("DELETE FROM recovery_codes WHERE user_id = ?", userId);
  return db.run("DELETE FROM one_time_codes WHERE user_id = ?", userId) === 1;
}

export const dropCodes = operation(
  "owner.dropCodes",
  (db, p: Of) => dropCodesOf(db, p.userId),
  { essential: true },
);

export const renewRecoveryCodes = operation(
  "owner.recoveryCodes",
  (db, p: Of & { readonly recovery: readonly Uint8Array[] }) =>
    putRecoveryCodes(db, p.userId, p.recovery),
  { essential: true },
);

/** Uses up a recovery code; false when there is no such code left. */
export const useRecoveryCode = operation(
  "owner.useRecoveryCode",
  (db, p: Of & { readonly hash: Uint8Array; readonly at: number }) =>
    db.run(
      "UPDATE recovery_codes SET used_at = ? WHERE user_id = ? AND hash = ? AND used_at IS NULL",
      p.at,
      p.userId,
      p.hash,
    ) === 1,
  { essential: true },
);

/** Keeps a passkey unless there are `max`; false when there are, or it is there already. */
export const addPasskey = operation(
  "owner.addPasskey",
  (db, p: { readonly row: PasskeyRow; readonly max: number }) => {
    const { row } = p;
    const { n } = db.get<{ n: number }>(
      "SELECT count(*) AS n FROM passkeys WHERE user_id = ?",
      row.user_id,
    )!;
    if (n >= p.max) return false;
    return db.run(
      "INSERT INTO passkeys (id, user_id, name, rp_id, public_key, counter, transports, " +
        "backed_up, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      ...[row.id, row.user_id, row.name, row.rp_id, row.public_key, row.counter],
      ...[row.transports, row.backed_up, row.created_at],
    ) === 1;
  },
  { essential: true },
);

/** Writes down a use; false when the counter did not grow past the one of another use. */
export const usePasskey = operation(
  "owner.usePasskey",
  (db, p: {
    readonly id: string;
    readonly counter: number;
    readonly backedUp: boolean;
    readonly at: number;
  }) =>
    db.run(
      "UPDATE passkeys SET counter = ?1, backed_up = ?2, last_used_at = ?3 WHERE id = ?4 " +
        "AND (counter < ?1 OR (counter = 0 AND ?1 = 0))",
      p.counter,
      p.backedUp ? 1 : 0,
      p.at,
      p.id,
    ) === 1,
  { essential: true },
);

export const renamePasskey = operation(
  "owner.renamePasskey",
  (db, p: Of & { readonly id: string; readonly name: string }) =>
    db.run("UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?", p.name, p.id, p.userId) ===
      1,
  { essential: true },
);

export const dropPasskey = operation(
  "owner.dropPasskey",
  (db, p: Of & { readonly id: string }) =>
    db.run("DELETE FROM passkeys WHERE id = ? AND user_id = ?", p.id, p.userId) === 1,
  { essential: true },
);

/** How many sign-ins failed in a row, and when the last one did. */
export const noteFailures = operation(
  "owner.failures",
  (db, p: Of & { readonly count: number; readonly at: number }) => {
    if (p.count === 0) db.run("DELETE FROM sign_in_failures WHERE user_id = ?", p.userId);
    else {
      db.run(
        "INSERT INTO sign_in_failures (user_id, count, last_at) VALUES (?, ?, ?) " +
          "ON CONFLICT DO UPDATE SET count = excluded.count, last_at = excluded.last_at",
        p.userId,
        p.count,
        p.at,
      );
    }
  },
  { essential: true },
);

/** The writes of what an owner signs in with. */
export const OWNER_WRITES = [
  putPassword,
  rehashPassword,
  dropPassword,
  confirmCodes,
  useStep,
  dropCodes,
  renewRecoveryCodes,
  useRecoveryCode,
  addPasskey,
  usePasskey,
  renamePasskey,
  dropPasskey,
  noteFailures,
];
