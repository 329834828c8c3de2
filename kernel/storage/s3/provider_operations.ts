import { operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";

/** A row of table `storage_providers`. */
export interface ProviderRow {
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly access_key_id: string;
  /** 0 or 1. */
  readonly path_style: number;
  readonly user_id: string;
  readonly created_at: number;
}

/** Buckets a node can name. */
const MAX_PROVIDERS = 100;

/** Notes where a bucket is, over the provider of its name. */
export const putProvider = operation("s3.putProvider", (db, p: ProviderRow) => {
  const other = db.get<{ name: string }>(
    "SELECT name FROM storage_providers WHERE bucket = ? AND name <> ?",
    p.bucket,
    p.name,
  );
  if (other) {
    throw new FaztError("CONFLICT", `Cannot add ${p.name}: ${other.name} names the same bucket`, {
      hint: `fazt storage provider remove ${other.name}`,
    });
  }
  const { n } = db.get<{ n: number }>("SELECT count(*) AS n FROM storage_providers")!;
  if (n >= MAX_PROVIDERS) {
    throw new FaztError("QUOTA", `Cannot add ${p.name}: a node has at most ${MAX_PROVIDERS}`, {
      details: { limit: "storage providers", used: n, max: MAX_PROVIDERS },
    });
  }
  db.run(
    "INSERT OR REPLACE INTO storage_providers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    p.name,
    p.endpoint,
    p.region,
    p.bucket,
    p.access_key_id,
    p.path_style,
    p.user_id,
    p.created_at,
  );
});

/** Forgets a provider; its bucket stays. Tells whether there was one. */
export const dropProvider = operation(
  "s3.dropProvider",
  (db, { name }: { readonly name: string }) =>
    db.run("DELETE FROM storage_providers WHERE name = ?", name) > 0,
  { essential: true },
);
