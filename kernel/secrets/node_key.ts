import { randomBytes, scrypt } from "node:crypto";
import type { Database } from "../db/mod.ts";
import { KEY_BYTES, seal, unseal } from "./seal.ts";
import { type NodeKeyRow, putNodeKey, type SecretRow } from "./secret_operations.ts";

/** The key of a node's secrets, or why it cannot be had. */
export type NodeKey =
  | { readonly key: Uint8Array; readonly locked?: undefined }
  | { readonly key?: undefined; readonly locked: string };

/** Options of {@link openNodeKey}. */
export interface NodeKeyOptions {
  readonly db: Database;
  readonly at: number;
  /** Of `FAZT_SECRET_KEY`; undefined where there is none. */
  readonly passphrase: string | undefined;
}

const NAME = "secrets";
const SALT_BYTES = 16;

/**
 * Reads the key of this node, making it at the first start. With a passphrase the database holds
 * it sealed only, and a key that had been readable before is replaced by a new one.
 */
export async function openNodeKey(options: NodeKeyOptions): Promise<NodeKey> {
  const { db, passphrase } = options;
  const row = db.reader.get<NodeKeyRow>("SELECT * FROM node_keys WHERE name = ?", NAME);
  if (row === undefined) return { key: await newKey(options, undefined) };
  if (row.salt === null) {
    return { key: passphrase === undefined ? row.key : await newKey(options, row.key) };
  }
  const key = passphrase === undefined
    ? undefined
    : unseal(await derive(passphrase, row.salt), row.key, NAME);
  if (key !== undefined) return { key };
  // A lost passphrase must not lock a node that has nothing to lose by a new key.
  if (db.reader.get("SELECT 1 FROM secrets LIMIT 1") === undefined) {
    return { key: await newKey(options, undefined) };
  }
  return {
    locked: passphrase === undefined
      ? "they are sealed and FAZT_SECRET_KEY is not set"
      : "FAZT_SECRET_KEY is not the one they were sealed with",
  };
}

/** What a secret's ciphertext is bound to: it opens nowhere else and for no other host. */
export function contextOf(row: Pick<SecretRow, "app_id" | "name" | "hosts">): string {
  return JSON.stringify([row.app_id, row.name, row.hosts]);
}

async function newKey(options: NodeKeyOptions, old: Uint8Array | undefined): Promise<Uint8Array> {
  const { db, at, passphrase } = options;
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  const salt = passphrase === undefined ? null : new Uint8Array(randomBytes(SALT_BYTES));
  const kept = salt === null ? key : seal(await derive(passphrase!, salt), key, NAME);
  const secrets = old === undefined ? [] : moved(db, old, key);
  await db.write(putNodeKey, { key: { name: NAME, key: kept, salt, created_at: at }, secrets });
  return key;
}

/** Every secret sealed anew; one that does not open is left as it is, since nobody can read it. */
function moved(db: Database, from: Uint8Array, to: Uint8Array): SecretRow[] {
  return db.reader.all<SecretRow>("SELECT * FROM secrets").flatMap((row) => {
    const plain = unseal(from, row.sealed, contextOf(row));
    return plain === undefined ? [] : [{ ...row, sealed: seal(to, plain, contextOf(row)) }];
  });
}

/** A key from a passphrase: scrypt with 32 MiB (RFC 7914), so that guessing costs memory. */
function derive(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
  scrypt(passphrase.normalize("NFC"), salt, KEY_BYTES, cost, (error, key) => {
    if (error) reject(error);
    else resolve(new Uint8Array(key));
  });
  return promise;
}
