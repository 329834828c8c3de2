import { type Connection, type Database, operation } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import type { Principal } from "./principal.ts";
import { newToken, sameHash, tokenHash } from "./tokens.ts";

/** How long a sign-in lasts, ms. */
export const SESSION_MS = 30 * 86_400_000;
/** How long an owner link works, ms. */
export const LINK_MS = 30 * 60_000;
/** The owner's id. */
export const OWNER_ID = "usr_owner";

interface SessionParams {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly at: number;
  readonly expiresAt: number;
}

function insertSession(db: Connection, p: SessionParams): void {
  db.run(
    "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL)",
    p.id,
    p.hash,
    OWNER_ID,
    p.at,
    p.expiresAt,
  );
}

const insertLink = operation(
  "links.insert",
  (db, p: { readonly hash: Uint8Array; readonly at: number; readonly expiresAt: number }) => {
    db.run("INSERT INTO owner_links VALUES (?, ?, ?, NULL)", p.hash, p.at, p.expiresAt);
  },
  { essential: true },
);
/** Using a link and making its session is one transaction: of two uses one wins. */
const useLink = operation(
  "links.use",
  (db, p: { readonly link: Uint8Array; readonly session: SessionParams }) => {
    const used = db.run(
      "UPDATE owner_links SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?",
      p.session.at,
      p.link,
      p.session.at,
    );
    if (used === 1) insertSession(db, p.session);
    return used === 1;
  },
  { essential: true },
);
const revokeSession = operation(
  "sessions.revoke",
  (db, p: { readonly hash: Uint8Array; readonly at: number }) =>
    db.run("UPDATE sessions SET revoked_at = ? WHERE hash = ?", p.at, p.hash),
  { essential: true },
);
const forgetOld = operation("sessions.forget", (db, p: { readonly before: number }) => {
  db.run("DELETE FROM sessions WHERE expires_at < ?", p.before);
  db.run("DELETE FROM owner_links WHERE expires_at < ?", p.before);
}, { essential: true });
/** The writes of sessions and owner links. */
export const SESSION_WRITES = [insertLink, useLink, revokeSession, forgetOld];

/** Sign-ins of the owner: made by one-time links, carried by a cookie, kept as hashes. */
export class Sessions {
  constructor(private readonly db: Database, private readonly now: Clock) {}

  /** A link's token: 30 minutes, one use. */
  async createLink(): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const token = newToken("");
    const at = this.now();
    const expiresAt = at + LINK_MS;
    await this.db.write(insertLink, { hash: tokenHash(token), at, expiresAt });
    return { token, expiresAt };
  }

  /** Trades a link's token for a session's, or undefined when it does not work (any more). */
  async useLink(
    link: string,
  ): Promise<{ readonly token: string; readonly expiresAt: number } | undefined> {
    const token = newToken("");
    const at = this.now();
    const expiresAt = at + SESSION_MS;
    const session = { id: newId("ses"), hash: tokenHash(token), at, expiresAt };
    const won = await this.db.write(useLink, { link: tokenHash(link), session });
    return won ? { token, expiresAt } : undefined;
  }

  /** The owner behind a session's token, or undefined. */
  verify(token: string): Principal | undefined {
    const hash = tokenHash(token);
    const row = this.db.reader.get<{ hash: Uint8Array }>(
      "SELECT hash FROM sessions WHERE hash = ? AND revoked_at IS NULL AND expires_at > ?",
      hash,
      this.now(),
    );
    if (row === undefined || !sameHash(row.hash, hash)) return undefined;
    return { kind: "owner", id: OWNER_ID, name: "owner", scopes: ["admin"] };
  }

  /** Ends a session. */
  async revoke(token: string): Promise<void> {
    await this.db.write(revokeSession, { hash: tokenHash(token), at: this.now() });
  }

  /** Forgets sessions and links that ended a day ago or longer. */
  async cleanup(): Promise<void> {
    await this.db.write(forgetOld, { before: this.now() - 86_400_000 });
  }
}
