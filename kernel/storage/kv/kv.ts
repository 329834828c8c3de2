import type { Database } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import type { Clock } from "../../lib/clock.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import {
  kvCompareAndSet,
  kvDelete,
  type KvEntry,
  kvExpire,
  kvIncrement,
  kvSet,
} from "./operations.ts";
import type { StorageLimits } from "../limits.ts";
import type { Owner } from "../usage.ts";

/** One row of {@link KvStore.list}; the value still encoded. */
export interface KvItem {
  readonly key: string;
  readonly value: string;
  readonly expiresAt?: number;
}

/** A value to write: encoded, with milliseconds to live if it should not stay. */
export interface KvPut {
  readonly key: string;
  readonly value: string;
  readonly ttlMs?: number | undefined;
}

/** The largest page of a listing, and the bytes past which one ends earlier. */
const PAGE = 1000;
const PAGE_BYTES = 8 * MIB;

/** The key-value pillar. Values are texts of the value codec; nobody here looks into them. */
export class KvStore {
  constructor(
    private readonly db: Database,
    private readonly limits: StorageLimits,
    private readonly now: Clock,
  ) {}

  /** The encoded value, or undefined. */
  get(owner: Owner, key: string): string | undefined {
    const row = this.db.reader.get<{ value: string; expires_at: number | null }>(
      "SELECT value, expires_at FROM kv WHERE app_id = ? AND user_id = ? AND key = ?",
      owner.appId,
      owner.userId,
      this.#key(owner, key),
    );
    if (row === undefined || (row.expires_at !== null && row.expires_at <= this.now())) return;
    return row.value;
  }

  /** Writes every entry or none. */
  async set(owner: Owner, puts: readonly KvPut[]): Promise<void> {
    const entries = puts.map((put) => this.#entry(owner, put));
    await this.db.write(kvSet, { ...this.#common(owner), entries });
  }

  delete(owner: Owner, key: string): Promise<boolean> {
    return this.db.write(kvDelete, { ...this.#common(owner), key: this.#key(owner, key) });
  }

  increment(owner: Owner, key: string, by: number): Promise<number> {
    return this.db.write(kvIncrement, { ...this.#common(owner), key: this.#key(owner, key), by });
  }

  compareAndSet(owner: Owner, expected: string | undefined, put: KvPut): Promise<boolean> {
    return this.db.write(kvCompareAndSet, {
      ...this.#common(owner),
      expected,
      entry: this.#entry(owner, put),
    });
  }

  /** Keys with a prefix in UTF-8 order, a page at a time. */
  list(
    owner: Owner,
    prefix: string,
    options: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
  ): { items: KvItem[]; cursor?: string } {
    const limit = Math.min(options.limit ?? 100, PAGE);
    const after = options.cursor === undefined ? "" : fromCursor(options.cursor);
    const { reader } = this.db;
    const whose = [owner.appId, owner.userId] as const;
    const live = "app_id = ? AND user_id = ? AND (expires_at IS NULL OR expires_at > ?)";
    const now = this.now();
    const end = pastPrefix(prefix);
    // Sizes first: a page of the largest values must not be read at once.
    const found = reader.all<{ key: string; size: number }>(
      `SELECT key, size FROM kv WHERE ${live} AND key >= ? AND key > ? ` +
        `${end === undefined ? "" : "AND key < ? "}ORDER BY key LIMIT ?`,
      ...whose,
      now,
      prefix,
      after,
      ...(end === undefined ? [] : [end]),
      limit + 1,
    );
    const page = found.slice(0, Math.min(limit, fitting(found)));
    if (page.length === 0) return { items: [] };
    const rows = reader.all<{ key: string; value: string; expires_at: number | null }>(
      `SELECT key, value, expires_at FROM kv WHERE ${live} AND key >= ? AND key <= ? ` +
        "ORDER BY key LIMIT ?",
      ...whose,
      now,
      page[0]!.key,
      page.at(-1)!.key,
      page.length,
    );
    const items = rows.map(({ key, value, expires_at }): KvItem => ({
      key,
      value,
      ...(expires_at === null ? {} : { expiresAt: expires_at }),
    }));
    return page.length === found.length ? { items } : { items, cursor: toCursor(page.at(-1)!.key) };
  }

  /** Removes what has expired; returns how many rows went. */
  async expire(): Promise<number> {
    let total = 0;
    for (;;) {
      const gone = await this.db.write(kvExpire, { at: this.now(), limit: 500 });
      total += gone;
      if (gone < 500) return total;
    }
  }

  #common(owner: Owner) {
    return {
      owner,
      at: this.now(),
      maxKeys: this.limits.of(owner.appId, "storage.kv.keys"),
      maxMb: this.limits.of(owner.appId, "storage.appMb"),
    };
  }

  #entry({ appId }: Owner, put: KvPut): KvEntry {
    const max = this.limits.of(appId, "storage.kv.valueMb") * MIB;
    if (put.value.length > max || byteLength(put.value) > max) {
      throw new FaztError("TOO_LARGE", `Cannot store "${put.key}": a value may have ${max} bytes`, {
        hint: "the owner can raise it: fazt config set limits.storage.kv.valueMb <value>",
        details: { limit: "storage.kv.valueMb", used: byteLength(put.value), max },
      });
    }
    if (put.ttlMs !== undefined && !(put.ttlMs > 0)) {
      throw new FaztError("INVALID", `Cannot store "${put.key}": its time to live is in the past`);
    }
    const expiresAt = put.ttlMs === undefined ? null : Math.ceil(this.now() + put.ttlMs);
    return { key: this.#key({ appId }, put.key), value: put.value, expiresAt };
  }

  #key({ appId }: { readonly appId: string }, key: string): string {
    const max = this.limits.of(appId, "storage.kv.keyBytes");
    if (key.length === 0 || key.includes("\0") || !key.isWellFormed()) {
      throw new FaztError("INVALID", "Cannot use this key: it is empty or not valid text");
    }
    if (key.length > max || byteLength(key) > max) {
      throw new FaztError("TOO_LARGE", `Cannot use this key: it may have ${max} bytes`, {
        hint: "the owner can raise it: fazt config set limits.storage.kv.keyBytes <value>",
        details: { limit: "storage.kv.keyBytes", used: byteLength(key), max },
      });
    }
    return key;
  }
}

const encoder = new TextEncoder();
const byteLength = (text: string) => encoder.encode(text).length;
/** How many entries from the first on make a page that is not too large: one at least. */
function fitting(entries: readonly { readonly size: number }[]): number {
  let bytes = 0;
  const over = entries.findIndex(({ size }, i) => (bytes += size) > PAGE_BYTES && i > 0);
  return over < 0 ? entries.length : over;
}

/** The least text after every text with this prefix in the order of UTF-8; undefined: there is none. */
function pastPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((char) => char.codePointAt(0)!);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

const toCursor = (key: string) => encoder.encode(key).toBase64({ alphabet: "base64url" });

function fromCursor(cursor: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.fromBase64(cursor, { alphabet: "base64url" }),
    );
  } catch {
    throw new FaztError("INVALID", "Cannot go on listing: the cursor is not one of this listing");
  }
}
