import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import type { Principal } from "./principal.ts";
import {
  forgetOld,
  insertLink,
  type NewSession,
  offerToken,
  openSession,
  proveSession,
  revokeSession,
  revokeSessions,
  type SignInMethod,
  spendLink,
  takeToken,
  touchSessions,
  useLink,
} from "./session_operations.ts";
import { newToken, sameHash, tokenHash } from "./tokens.ts";

/** How long a sign-in lasts where no setting says so, ms. */
export const SESSION_MS = 30 * 86_400_000;
/** How long a session may go unused where no setting says so, ms. */
const IDLE_MS = 7 * 86_400_000;
/** How long an owner link works, ms. */
export const LINK_MS = 30 * 60_000;
/** The owner's id. */
export const OWNER_ID = "usr_owner";
/** Age at which a token is replaced, ms. */
export const ROTATE_MS = 3_600_000;
/** How long a replaced token still works, for requests that were under way, ms. */
export const GRACE_MS = 60_000;
const MAX_AGENT = 300;

/** How long sessions live, ms. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly maxMs: number;
}

/** From where somebody signs in. */
export interface SignInFrom {
  readonly method: SignInMethod;
  readonly agent?: string | undefined;
  readonly address?: string | undefined;
  /** The id of the session the same browser has; it ends. */
  readonly instead?: string | undefined;
}

/** A session's token, to be carried by a cookie until `expiresAt` (Unix ms). */
export interface SessionToken {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: number;
}

/** A session as its owner sees it. Times are Unix ms. */
export interface SessionInfo {
  readonly id: string;
  readonly method: SignInMethod;
  readonly agent: string | null;
  readonly address: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

interface SessionRow {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly created_at: number;
  readonly expires_at: number;
  readonly method: SignInMethod | null;
  readonly agent: string | null;
  readonly address: string | null;
  readonly seen_at: number | null;
  readonly proved_at: number | null;
  readonly rotated_at: number | null;
  readonly next_hash: Uint8Array | null;
  readonly next_at: number | null;
  readonly previous_hash: Uint8Array | null;
  readonly previous_until: number | null;
}

/**
 * Sign-ins of the owner: carried by a cookie, kept as hashes. A token is replaced every hour: the
 * new one counts from its first use on, so that an answer that is lost signs nobody out.
 */
export class Sessions {
  readonly #seen = new Map<string, readonly [number, string | null]>();
  readonly #offering = new Set<string>();

  constructor(
    private readonly db: Database,
    private readonly now: Clock,
    private readonly limits: () => SessionLimits = () => ({ idleMs: IDLE_MS, maxMs: SESSION_MS }),
  ) {}

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
    from: Omit<SignInFrom, "method"> = {},
  ): Promise<SessionToken | undefined> {
    const { token, session } = this.#new({ ...from, method: "link" });
    const won = await this.db.write(useLink, { link: tokenHash(link), session });
    return won ? { id: session.id, token, expiresAt: session.expiresAt } : undefined;
  }

  /** Uses up a link without making a session. */
  spendLink(link: string): Promise<boolean> {
    return this.db.write(spendLink, { link: tokenHash(link), at: this.now() });
  }

  /** Makes a session for an owner who has proved who they are. */
  async open(from: SignInFrom): Promise<SessionToken> {
    const { token, session } = this.#new(from);
    await this.db.write(openSession, session);
    return { id: session.id, token, expiresAt: session.expiresAt };
  }

  #new(from: SignInFrom): { readonly token: string; readonly session: NewSession } {
    const token = newToken("");
    const at = this.now();
    const session = {
      id: newId("ses"),
      hash: tokenHash(token),
      userId: OWNER_ID,
      at,
      expiresAt: at + this.limits().maxMs,
      method: from.method,
      agent: from.agent?.slice(0, MAX_AGENT) ?? null,
      address: from.address ?? null,
      instead: from.instead ?? null,
    };
    return { token, session };
  }

  /** The owner behind a session's token, or undefined. */
  verify(token: string, address?: string): Principal | undefined {
    const hash = tokenHash(token);
    const at = this.now();
    const row = this.db.reader.get<SessionRow>(
      "SELECT * FROM sessions WHERE (hash = ?1 OR next_hash = ?1 OR previous_hash = ?1) " +
        "AND revoked_at IS NULL AND expires_at > ?2",
      hash,
      at,
    );
    if (row === undefined) return undefined;
    const slot = slotOf(row, { hash, at });
    if (slot === undefined || this.#seenAt(row) + this.limits().idleMs <= at) return undefined;
    this.#seen.set(row.id, [at, address ?? null]);
    return {
      kind: "owner",
      id: OWNER_ID,
      name: "owner",
      scopes: ["admin"],
      session: {
        id: row.id,
        slot,
        method: row.method ?? "link",
        expiresAt: row.expires_at,
        rotatedAt: row.rotated_at ?? row.created_at,
        // What was proved since came with a token that this one was replaced by.
        provedAt: slot === "previous" ? null : row.proved_at,
      },
    };
  }

  /** Whether a session has not ended. */
  isAlive(id: string): boolean {
    return this.db.reader.get(
      "SELECT 1 FROM sessions WHERE id = ? AND revoked_at IS NULL AND expires_at > ?",
      id,
      this.now(),
    ) !== undefined;
  }

  /**
   * Replaces a token that is old enough; the new one, or undefined when this one stays. Called
   * with what {@link verify} gave for it.
   */
  async renew(token: string, principal: Principal): Promise<SessionToken | undefined> {
    const { session } = principal;
    const at = this.now();
    if (session === undefined || session.slot === "previous") return undefined;
    const { id, expiresAt } = session;
    if (session.slot === "next") {
      const until = at + GRACE_MS;
      await this.db.write(takeToken, { id, next: tokenHash(token), at, until });
      return undefined;
    }
    if (session.rotatedAt + ROTATE_MS > at || this.#offering.has(id)) return undefined;
    this.#offering.add(id);
    try {
      const next = newToken("");
      const offered = await this.db.write(offerToken, {
        id,
        hash: tokenHash(token),
        next: tokenHash(next),
        at,
        again: at - GRACE_MS,
      });
      return offered ? { id, token: next, expiresAt } : undefined;
    } finally {
      this.#offering.delete(id);
    }
  }

  /** Writes down that the owner proved who they are, and replaces the token. */
  async prove(token: string, principal: Principal): Promise<SessionToken | undefined> {
    const { session } = principal;
    if (session === undefined) return undefined;
    const next = newToken("");
    const at = this.now();
    const done = await this.db.write(proveSession, {
      id: session.id,
      old: tokenHash(token),
      hash: tokenHash(next),
      at,
      until: at + GRACE_MS,
    });
    return done ? { id: session.id, token: next, expiresAt: session.expiresAt } : undefined;
  }

  /** Every session that has not ended, the one used last first. */
  list(): SessionInfo[] {
    const at = this.now();
    return this.db.reader.all<SessionRow>(
      "SELECT * FROM sessions WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ?",
      OWNER_ID,
      at,
    ).map((row) => ({
      id: row.id,
      method: row.method ?? "link",
      agent: row.agent,
      address: this.#seen.get(row.id)?.[1] ?? row.address,
      createdAt: row.created_at,
      lastSeenAt: this.#seenAt(row),
      expiresAt: Math.min(row.expires_at, this.#seenAt(row) + this.limits().idleMs),
    })).filter(({ expiresAt }) => expiresAt > at).sort((a, b) => b.lastSeenAt - a.lastSeenAt);
  }

  /** Whether somebody signed in from an address has a session still, or had one lately. */
  knows(address: string): boolean {
    return this.db.reader.get(
      "SELECT 1 FROM sessions WHERE address = ? AND created_at > ?",
      address,
      this.now() - SESSION_MS,
    ) !== undefined;
  }

  /** Ends a session by its id; false when there is none. */
  revoke(id: string): Promise<boolean> {
    return this.db.write(revokeSession, { id, at: this.now() });
  }

  /** Ends every session, or every one but one; tells how many. */
  revokeAll(except?: string): Promise<number> {
    const at = this.now();
    return this.db.write(revokeSessions, { userId: OWNER_ID, except: except ?? null, at });
  }

  /** Writes down when sessions were last used; called in the background, never by a request. */
  async flush(): Promise<void> {
    if (this.#seen.size === 0) return;
    const seen = [...this.#seen].map(([id, [at, address]]) => [id, at, address] as const);
    await this.db.write(touchSessions, { seen });
    for (const [id, at] of seen) if (this.#seen.get(id)?.[0] === at) this.#seen.delete(id);
  }

  /** Forgets sessions and links that ended a day ago or longer. */
  async cleanup(): Promise<void> {
    await this.db.write(forgetOld, { before: this.now() - 86_400_000 });
  }

  #seenAt(row: SessionRow): number {
    return Math.max(row.created_at, row.seen_at ?? 0, this.#seen.get(row.id)?.[0] ?? 0);
  }
}

function slotOf(
  row: SessionRow,
  { hash, at }: { readonly hash: Uint8Array; readonly at: number },
): "current" | "next" | "previous" | undefined {
  const is = (kept: Uint8Array | null) => kept !== null && sameHash(kept, hash);
  if (is(row.hash)) return "current";
  if (is(row.next_hash)) return "next";
  return is(row.previous_hash) && (row.previous_until ?? 0) > at ? "previous" : undefined;
}
