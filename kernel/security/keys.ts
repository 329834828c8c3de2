import { type Database, operation } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { newId } from "../lib/ids.ts";
import { checkScope, type Principal } from "./principal.ts";
import { newToken, sameHash, tokenHash } from "./tokens.ts";

/** An API key without its secret. Times are Unix ms. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  /** Where its last use came from, where that is known. */
  readonly lastAddress: string | null;
}

interface KeyRow {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly last_address: string | null;
}

/** One use of a key. */
interface Use {
  readonly at: number;
  readonly address: string | null;
}

const insertKey = operation("keys.insert", (db, p: KeyRow & { readonly userId: string }) => {
  db.run(
    "INSERT INTO keys (id, hash, user_id, name, scopes, created_at, expires_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
    p.id,
    p.hash,
    p.userId,
    p.name,
    p.scopes,
    p.created_at,
    p.expires_at,
  );
}, { essential: true });
const revokeKey = operation(
  "keys.revoke",
  (db, p: { readonly id: string; readonly at: number }) =>
    db.run("UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", p.at, p.id) > 0,
  { essential: true },
);
const renameKey = operation(
  "keys.rename",
  (db, p: { readonly id: string; readonly name: string; readonly at: number }) =>
    db.run(
      "UPDATE keys SET name = ? WHERE id = ? AND revoked_at IS NULL " +
        "AND (expires_at IS NULL OR expires_at > ?)",
      p.name,
      p.id,
      p.at,
    ) > 0,
  { essential: true },
);
const touchKeys = operation(
  "keys.touch",
  (db, p: { readonly used: readonly (readonly [string, Use])[] }) => {
    for (const [id, { at, address }] of p.used) {
      db.run(
        "UPDATE keys SET last_used_at = ?, last_address = coalesce(?, last_address) WHERE id = ?",
        at,
        address,
        id,
      );
    }
  },
  { essential: true },
);
/** The writes of keys. */
export const KEY_WRITES = [insertKey, revokeKey, renameKey, touchKeys];

/** A hundred years: times stay numbers that JavaScript can hold and show. */
const MAX_LIFETIME_MS = 36_500 * 86_400_000;
const LIVE = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";

/** API keys: `fazt_` and 40 characters, of which only the hash is kept. */
export class Keys {
  readonly #used = new Map<string, Use>();

  constructor(private readonly db: Database, private readonly now: Clock) {}

  /** Makes a key; the token is shown this once. */
  async create(input: {
    readonly name: string;
    readonly scopes: readonly string[];
    /** `"30d"`; without it the key does not end. */
    readonly expiresIn?: string | undefined;
  }): Promise<KeyInfo & { readonly token: string }> {
    checkName(input.name);
    if (input.scopes.length === 0) {
      throw new FaztError("INVALID", "Cannot make a key without a scope", {
        hint: "scopes are admin, deploy, deploy:<app>, read and mcp",
      });
    }
    const scopes = [...new Set(input.scopes.map(checkScope))];
    const at = this.now();
    const token = newToken("fazt_");
    const row = {
      id: newId("key"),
      hash: tokenHash(token),
      name: input.name,
      scopes: JSON.stringify(scopes),
      created_at: at,
      expires_at: input.expiresIn === undefined ? null : at + lifetime(input.expiresIn),
      last_used_at: null,
      last_address: null,
    };
    await this.db.write(insertKey, { ...row, userId: "usr_owner" });
    return { ...info(row), token };
  }

  /** Gives a key another name. @throws {FaztError} `NOT_FOUND`, `INVALID` */
  async rename(id: string, name: string): Promise<KeyInfo> {
    checkName(name);
    if (!await this.db.write(renameKey, { id, name, at: this.now() })) throw noSuchKey();
    const renamed = this.list().find((key) => key.id === id);
    if (renamed === undefined) throw noSuchKey();
    return renamed;
  }

  /** Every key that still works. */
  list(): KeyInfo[] {
    return this.db.reader.all<KeyRow>(
      `SELECT * FROM keys WHERE ${LIVE} ORDER BY created_at`,
      this.now(),
    ).map(info);
  }

  /** Whether a key still works. */
  isAlive(id: string): boolean {
    return this.db.reader.get(`SELECT 1 FROM keys WHERE id = ? AND ${LIVE}`, id, this.now()) !==
      undefined;
  }

  /** @throws {FaztError} `NOT_FOUND` */
  async revoke(id: string): Promise<void> {
    if (!await this.db.write(revokeKey, { id, at: this.now() })) throw noSuchKey();
  }

  /** The principal behind a token, or undefined. */
  verify(token: string, address?: string): Principal | undefined {
    if (!token.startsWith("fazt_") || token.length > 100) return undefined;
    const hash = tokenHash(token);
    const row = this.db.reader.get<KeyRow>(
      `SELECT * FROM keys WHERE hash = ? AND ${LIVE}`,
      hash,
      this.now(),
    );
    if (row === undefined || !sameHash(row.hash, hash)) return undefined;
    this.#used.set(row.id, { at: this.now(), address: address ?? null });
    return { kind: "key", id: row.id, name: row.name, scopes: JSON.parse(row.scopes) };
  }

  /** Writes down when keys were last used; called in the background, never by a request. */
  async flush(): Promise<void> {
    if (this.#used.size === 0) return;
    const used = [...this.#used];
    this.#used.clear();
    await this.db.write(touchKeys, { used });
  }
}

function checkName(name: string): void {
  if (/^[\p{L}\p{N} ._-]{1,64}$/u.test(name)) return;
  throw new FaztError("INVALID", "Cannot name a key so: use 1 to 64 letters, digits and ._-");
}

function noSuchKey(): FaztError {
  return new FaztError("NOT_FOUND", "There is no such key", {
    hint: "fazt key list names each with its id",
  });
}

function lifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0 && ms <= MAX_LIFETIME_MS) return ms;
  throw new FaztError("INVALID", `Cannot make a key that lasts ${text}`, {
    hint: "a key lasts from 1ms to 36500d; without an end it lasts until it is revoked",
  });
}

function info(row: KeyRow): KeyInfo {
  return {
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    lastAddress: row.last_address,
  };
}
