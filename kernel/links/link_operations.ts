import { operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** A row of the table of short links. */
export interface LinkRow {
  readonly slug: string;
  readonly app_id: string | null;
  readonly user_id: string;
  readonly url: string;
  readonly status: number;
  readonly title: string | null;
  readonly created_at: number;
}

/** Short links of a node: a list people keep, not a database. */
const MAX_LINKS = 100_000;

/** Makes a short link. @throws {FaztError} `CONFLICT` when there is one, `QUOTA` when too many. */
export const addLink = operation("links.add", (db, p: LinkRow) => {
  if (db.get("SELECT 1 AS n FROM redirects WHERE slug = ?", p.slug) !== undefined) {
    throw new FaztError("CONFLICT", `Cannot add ${p.slug}: there is a short link of that name`, {
      hint: `fazt redirect remove ${p.slug} frees it`,
    });
  }
  const { n } = db.get<{ n: number }>("SELECT count(*) AS n FROM redirects")!;
  if (n >= MAX_LINKS) {
    throw new FaztError("QUOTA", `Cannot add ${p.slug}: there are ${n} short links`, {
      hint: "fazt redirect list shows which nobody follows",
      details: { limit: "links", used: n, max: MAX_LINKS },
    });
  }
  db.run(
    "INSERT INTO redirects (slug, app_id, user_id, url, status, title, created_at, updated_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ...[p.slug, p.app_id, p.user_id, p.url, p.status, p.title, p.created_at, p.created_at],
  );
});

/** Changes a short link; tells whether there was one. */
export const changeLink = operation("links.change", (db, p: {
  readonly slug: string;
  readonly url?: string;
  readonly status?: number;
  readonly title?: string | null;
  readonly at: number;
}) => {
  const sets: string[] = ["updated_at = ?"];
  const params: (string | number | null)[] = [p.at];
  for (const name of ["url", "status", "title"] as const) {
    const value = p[name];
    if (value === undefined) continue;
    sets.push(`${name} = ?`);
    params.push(value);
  }
  return db.run(`UPDATE redirects SET ${sets.join(", ")} WHERE slug = ?`, ...params, p.slug) > 0;
});

/** Removes a short link; tells whether there was one. */
export const removeLink = operation(
  "links.remove",
  (db, p: { readonly slug: string }) => db.run("DELETE FROM redirects WHERE slug = ?", p.slug) > 0,
  { essential: true },
);

/** Adds what was followed since the last time. */
export const countClicks = operation(
  "links.count",
  (db, p: { readonly at: number; readonly clicks: readonly (readonly [string, number])[] }) => {
    for (const [slug, n] of p.clicks) {
      db.run(
        "UPDATE redirects SET clicks = clicks + ?, last_at = max(coalesce(last_at, 0), ?) " +
          "WHERE slug = ?",
        ...[n, p.at, slug],
      );
    }
  },
);
