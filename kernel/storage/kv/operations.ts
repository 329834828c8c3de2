import { type Connection, operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { createValueCodec } from "../../lib/value_codec.ts";
import { addUsage, assertRoom, type Owner, quotaError, usageOf } from "../usage.ts";

/** One value on its way in, already encoded. */
export interface KvEntry {
  readonly key: string;
  readonly value: string;
  /** Unix ms, or null for ever. */
  readonly expiresAt: number | null;
}

interface Common {
  readonly owner: Owner;
  readonly at: number;
  readonly maxKeys: number;
  readonly maxMb: number;
}

interface Stored {
  readonly value: string;
  readonly size: number;
  readonly expires_at: number | null;
}

const codec = createValueCodec();
const WHERE = "app_id = ? AND user_id = ? AND key = ?";

function find(db: Connection, owner: Owner, key: string): Stored | undefined {
  return db.get<Stored>(
    `SELECT value, size, expires_at FROM kv WHERE ${WHERE}`,
    owner.appId,
    owner.userId,
    key,
  );
}

function live(db: Connection, common: Common, key: string): Stored | undefined {
  const row = find(db, common.owner, key);
  return row && (row.expires_at === null || row.expires_at > common.at) ? row : undefined;
}

const sizeOf = (entry: KvEntry) =>
  new TextEncoder().encode(entry.key).length + new TextEncoder().encode(entry.value).length;

function put(db: Connection, common: Common, entry: KvEntry): void {
  const { owner, at, maxKeys, maxMb } = common;
  const before = find(db, owner, entry.key);
  if (!before) {
    const used = usageOf(db, owner.appId, "kv").entries;
    if (used >= maxKeys) throw quotaError("storage.kv.keys", used, maxKeys);
  }
  const size = sizeOf(entry);
  assertRoom(db, owner.appId, { grow: size - (before?.size ?? 0), maxMb });
  db.run(
    "INSERT INTO kv VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = " +
      "excluded.value, size = excluded.size, expires_at = excluded.expires_at, " +
      "updated_at = excluded.updated_at",
    owner.appId,
    owner.userId,
    entry.key,
    entry.value,
    size,
    entry.expiresAt,
    at,
  );
  addUsage(db, owner, {
    pillar: "kv",
    entries: before ? 0 : 1,
    bytes: size - (before?.size ?? 0),
  });
}

/** Writes entries, all or none. */
export const kvSet = operation(
  "kv.set",
  (db, p: Common & { readonly entries: readonly KvEntry[] }) => {
    for (const entry of p.entries) put(db, p, entry);
  },
);

/** Deletes a key; tells whether there was a live one. */
export const kvDelete = operation("kv.delete", (db, p: Common & { readonly key: string }) => {
  const before = find(db, p.owner, p.key);
  if (!before) return false;
  db.run(`DELETE FROM kv WHERE ${WHERE}`, p.owner.appId, p.owner.userId, p.key);
  addUsage(db, p.owner, { pillar: "kv", entries: -1, bytes: -before.size });
  return before.expires_at === null || before.expires_at > p.at;
}, { essential: true });

/** Adds to a number, starting from 0 and keeping the time to live; returns the sum. */
export const kvIncrement = operation(
  "kv.increment",
  (db, p: Common & { readonly key: string; readonly by: number }) => {
    const before = live(db, p, p.key);
    const value = before ? codec.decode(before.value) : 0;
    if (typeof value !== "number") {
      throw new FaztError("INVALID", `Cannot increment "${p.key}": it does not hold a number`);
    }
    const sum = value + p.by;
    if (!Number.isFinite(sum)) {
      throw new FaztError("INVALID", `Cannot increment "${p.key}": the sum is not a number`);
    }
    put(db, p, { key: p.key, value: codec.encode(sum), expiresAt: before?.expires_at ?? null });
    return sum;
  },
);

/** Writes only when the key holds what was expected (undefined: nothing); tells whether it did. */
export const kvCompareAndSet = operation(
  "kv.compareAndSet",
  (db, p: Common & { readonly expected: string | undefined; readonly entry: KvEntry }) => {
    const before = live(db, p, p.entry.key);
    const same = before === undefined || p.expected === undefined
      ? before === undefined && p.expected === undefined
      : canonical(before.value) === canonical(p.expected);
    if (same) put(db, p, p.entry);
    return same;
  },
);

/** Removes what has expired, at most `limit` rows; returns how many. */
export const kvExpire = operation(
  "kv.expire",
  (db, p: { readonly at: number; readonly limit: number }) => {
    const rows = db.all<{ app_id: string; user_id: string; key: string; size: number }>(
      "SELECT app_id, user_id, key, size FROM kv WHERE expires_at <= ? LIMIT ?",
      p.at,
      p.limit,
    );
    for (const row of rows) {
      const owner = { appId: row.app_id, userId: row.user_id };
      db.run(`DELETE FROM kv WHERE ${WHERE}`, owner.appId, owner.userId, row.key);
      addUsage(db, owner, { pillar: "kv", entries: -1, bytes: -row.size });
    }
    return rows.length;
  },
  { essential: true },
);

/** The same text for equal values, whatever the order of their keys. */
function canonical(text: string): string {
  return JSON.stringify(
    JSON.parse(text),
    (_, value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  );
}

/** The writes of the key-value pillar. */
export const KV_WRITES = [kvSet, kvDelete, kvIncrement, kvCompareAndSet, kvExpire];
