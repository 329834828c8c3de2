import { operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** A row of the table of secrets. */
export interface SecretRow {
  readonly app_id: string;
  readonly name: string;
  readonly user_id: string;
  /** JSON array of host patterns; empty is every host. */
  readonly hosts: string;
  readonly sealed: Uint8Array;
  readonly created_at: number;
  readonly updated_at: number;
}

/** A row of the table of keys; with a salt, `key` is sealed under a passphrase. */
export interface NodeKeyRow {
  readonly name: string;
  readonly key: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly created_at: number;
}

/** Secrets one app, or all apps together, can have. */
const MAX_SECRETS = 500;

/** Writes a secret over the one of its name. */
export const putSecret = operation("secrets.put", (db, p: SecretRow) => {
  const { n } = db.get<{ n: number }>(
    "SELECT count(*) AS n FROM secrets WHERE app_id = ? AND name <> ?",
    p.app_id,
    p.name,
  )!;
  if (n >= MAX_SECRETS) {
    throw new FaztError("QUOTA", `Cannot keep another secret: there are ${n}`);
  }
  db.run(
    "INSERT INTO secrets VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "user_id = excluded.user_id, hosts = excluded.hosts, sealed = excluded.sealed, " +
      "updated_at = excluded.updated_at",
    ...[p.app_id, p.name, p.user_id, p.hosts, p.sealed, p.created_at, p.updated_at],
  );
});

/** Deletes a secret; tells whether there was one. */
export const dropSecret = operation(
  "secrets.drop",
  (db, p: { readonly appId: string; readonly name: string }) =>
    db.run("DELETE FROM secrets WHERE app_id = ? AND name = ?", p.appId, p.name) > 0,
);

/** Puts a key in place together with every secret sealed under it: all or nothing. */
export const putNodeKey = operation(
  "secrets.nodeKey",
  (db, p: { readonly key: NodeKeyRow; readonly secrets: readonly SecretRow[] }) => {
    const { name, key, salt, created_at } = p.key;
    db.run("INSERT OR REPLACE INTO node_keys VALUES (?, ?, ?, ?)", name, key, salt, created_at);
    for (const row of p.secrets) {
      db.run(
        "UPDATE secrets SET sealed = ? WHERE app_id = ? AND name = ?",
        row.sealed,
        row.app_id,
        row.name,
      );
    }
  },
);

/** The writes of this folder. */
export const SECRETS_WRITES = [putSecret, dropSecret, putNodeKey];
