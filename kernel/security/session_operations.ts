import { type Connection, operation } from "../db/mod.ts";

/** How a sign-in was proved. */
export type SignInMethod = "link" | "password" | "passkey";

/** A session that is made. Times are Unix ms. */
export interface NewSession {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly userId: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly method: SignInMethod;
  readonly agent: string | null;
  readonly address: string | null;
  /** The id of the session the same browser had; it ends. */
  readonly instead: string | null;
}

function insertSession(db: Connection, p: NewSession): void {
  if (p.instead !== null) {
    db.run("UPDATE sessions SET revoked_at = ? WHERE id = ?", p.at, p.instead);
  }
  db.run(
    "INSERT INTO sessions (id, hash, user_id, created_at, expires_at, method, agent, address, " +
      "seen_at, proved_at, rotated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?4, ?4, ?4)",
    ...[p.id, p.hash, p.userId, p.at, p.expiresAt, p.method, p.agent, p.address],
  );
}

export const openSession = operation("sessions.open", insertSession, { essential: true });

export const insertLink = operation(
  "links.insert",
  (db, p: { readonly hash: Uint8Array; readonly at: number; readonly expiresAt: number }) => {
    db.run(
      "INSERT INTO owner_links (hash, created_at, expires_at) VALUES (?, ?, ?)",
      p.hash,
      p.at,
      p.expiresAt,
    );
  },
  { essential: true },
);

function spend(db: Connection, link: Uint8Array, at: number): boolean {
  return db.run(
    "UPDATE owner_links SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?",
    at,
    link,
    at,
  ) === 1;
}

/** Using a link and making its session is one transaction: of two uses one wins. */
export const useLink = operation(
  "links.use",
  (db, p: { readonly link: Uint8Array; readonly session: NewSession }) => {
    const used = spend(db, p.link, p.session.at);
    if (used) insertSession(db, p.session);
    return used;
  },
  { essential: true },
);

/** Uses a link as a proof of a session that there is. */
export const spendLink = operation(
  "links.spend",
  (db, p: { readonly link: Uint8Array; readonly at: number }) => spend(db, p.link, p.at),
  { essential: true },
);

/** Ends one session; tells whether it had not ended. */
export const revokeSession = operation(
  "sessions.revoke",
  (db, p: { readonly id: string; readonly at: number }) =>
    db.run(
      "UPDATE sessions SET revoked_at = ?1 WHERE id = ?2 AND revoked_at IS NULL AND expires_at > ?1",
      p.at,
      p.id,
    ) === 1,
  { essential: true },
);

/** Ends every session of a user but one; tells how many. */
export const revokeSessions = operation(
  "sessions.revokeAll",
  (db, p: { readonly userId: string; readonly except: string | null; readonly at: number }) =>
    db.run(
      "UPDATE sessions SET revoked_at = ?1 WHERE user_id = ?2 AND revoked_at IS NULL " +
        "AND expires_at > ?1 AND id IS NOT ?3",
      p.at,
      p.userId,
      p.except,
    ),
  { essential: true },
);

/** Hands out a token that replaces a session's once it is used; one at a time. */
export const offerToken = operation(
  "sessions.offer",
  (db, p: {
    readonly id: string;
    readonly hash: Uint8Array;
    readonly next: Uint8Array;
    readonly at: number;
    readonly again: number;
  }) =>
    db.run(
      "UPDATE sessions SET next_hash = ?, next_at = ? WHERE id = ? AND hash = ? " +
        "AND revoked_at IS NULL AND (next_hash IS NULL OR next_at <= ?)",
      p.next,
      p.at,
      p.id,
      p.hash,
      p.again,
    ) === 1,
  { essential: true },
);

/** The token that was handed out was used: the one before works a little longer. */
export const takeToken = operation(
  "sessions.take",
  (db, p: {
    readonly id: string;
    readonly next: Uint8Array;
    readonly at: number;
    readonly until: number;
  }) => {
    db.run(
      "UPDATE sessions SET previous_hash = hash, previous_until = ?, hash = next_hash, " +
        "next_hash = NULL, next_at = NULL, rotated_at = ? WHERE id = ? AND next_hash = ?",
      p.until,
      p.at,
      p.id,
      p.next,
    );
  },
  { essential: true },
);

/** Writes down a proof and replaces the token it came with. */
export const proveSession = operation(
  "sessions.prove",
  (db, p: {
    readonly id: string;
    /** Hash of the token the proof came with. */
    readonly old: Uint8Array;
    readonly hash: Uint8Array;
    readonly at: number;
    readonly until: number;
  }) =>
    db.run(
      "UPDATE sessions SET proved_at = ?1, rotated_at = ?1, previous_hash = ?2, " +
        "previous_until = ?3, hash = ?4, next_hash = NULL, next_at = NULL " +
        "WHERE id = ?5 AND revoked_at IS NULL AND expires_at > ?1",
      p.at,
      p.old,
      p.until,
      p.hash,
      p.id,
    ) === 1,
  { essential: true },
);

/** Writes down when, and from where, sessions were used last. */
export const touchSessions = operation(
  "sessions.touch",
  (db, p: { readonly seen: readonly (readonly [string, number, string | null])[] }) => {
    for (const [id, at, address] of p.seen) {
      db.run(
        "UPDATE sessions SET seen_at = ?, address = coalesce(?, address) WHERE id = ?",
        at,
        address,
        id,
      );
    }
  },
  { essential: true },
);

/** Forgets what has ended. */
export const forgetOld = operation("sessions.forget", (db, p: { readonly before: number }) => {
  db.run("DELETE FROM sessions WHERE expires_at < ?1 OR revoked_at < ?1", p.before);
  db.run("DELETE FROM owner_links WHERE expires_at < ?", p.before);
}, { essential: true });

/** The writes of sessions and owner links. */
export const SESSION_WRITES = [
  openSession,
  insertLink,
  useLink,
  spendLink,
  revokeSession,
  revokeSessions,
  offerToken,
  takeToken,
  proveSession,
  touchSessions,
  forgetOld,
];
