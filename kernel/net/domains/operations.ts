import { type Connection, operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";

/** A row of the table of domains; columns that came later may be empty. */
export interface DomainRow {
  readonly fqdn: string;
  readonly id: string;
  readonly app_id: string;
  readonly created_at: number;
  readonly user_id: string | null;
  readonly role: string | null;
  readonly is_primary: number | null;
  readonly proof: string | null;
  readonly verified_at: number | null;
  readonly checked_at: number | null;
  readonly next_check_at: number | null;
  readonly checks: number | null;
  readonly unproved: number | null;
  readonly problem: string | null;
  readonly seen: string | null;
}

/** Maps a domain to an app. @throws {FaztError} `CONFLICT`, `QUOTA`, `NOT_FOUND` */
export const mapDomain = operation(
  "domains.map",
  (db, p: {
    readonly row: Pick<
      DomainRow,
      "fqdn" | "id" | "app_id" | "created_at" | "user_id" | "role" | "proof"
    >;
    readonly primary: boolean;
    readonly max: number;
  }) => {
    const { row } = p;
    const alive = "SELECT name FROM apps WHERE id = ? AND removed_at IS NULL";
    if (db.get(alive, row.app_id) === undefined) {
      throw new FaztError("NOT_FOUND", "Cannot map a domain to an app that is gone");
    }
    const taken = db.get<{ name: string }>(
      "SELECT a.name FROM domains d JOIN apps a ON a.id = d.app_id WHERE d.fqdn = ?",
      row.fqdn,
    );
    if (taken !== undefined) {
      throw new FaztError("CONFLICT", `Cannot map ${row.fqdn}: it is mapped to ${taken.name}`, {
        hint: `fazt net domain unmap ${row.fqdn}`,
      });
    }
    const others = db.all<{ is_primary: number | null }>(
      "SELECT is_primary FROM domains WHERE app_id = ?",
      row.app_id,
    );
    if (others.length >= p.max) {
      throw new FaztError("QUOTA", `Cannot map ${row.fqdn}: the app has ${others.length} domains`, {
        hint: "fazt config set limits.domains.perApp N",
        details: { limit: "domains.perApp", used: others.length, max: p.max },
      });
    }
    if (row.role === "redirect" && others.length === 0) throw nowhere(row.fqdn);
    db.run(
      "INSERT INTO domains (fqdn, id, app_id, created_at, user_id, role, is_primary, proof, " +
        "next_check_at, checks) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, 0)",
      ...[row.fqdn, row.id, row.app_id, row.created_at, row.user_id, row.role, row.proof],
      row.created_at,
    );
    const none = !others.some(({ is_primary }) => is_primary === 1);
    if (p.primary || none && row.role === "serve") makePrimary(db, row.fqdn, row.app_id);
  },
);

/** Changes what a domain does for its app. @throws {FaztError} `NOT_FOUND`, `INVALID` */
export const changeDomain = operation(
  "domains.change",
  (db, p: {
    readonly fqdn: string;
    readonly role?: "serve" | "redirect";
    readonly primary?: true;
  }) => {
    const row = db.get<DomainRow>("SELECT * FROM domains WHERE fqdn = ?", p.fqdn);
    if (row === undefined) throw new FaztError("NOT_FOUND", `There is no domain ${p.fqdn}`);
    if (p.role === "redirect") {
      const other = db.get(
        "SELECT 1 FROM domains WHERE app_id = ? AND fqdn <> ? AND coalesce(role, 'serve') = 'serve'",
        row.app_id,
        p.fqdn,
      );
      if (other === undefined) throw nowhere(p.fqdn);
    }
    if (p.role !== undefined) {
      db.run("UPDATE domains SET role = ? WHERE fqdn = ?", p.role, p.fqdn);
    }
    if (p.primary) {
      db.run("UPDATE domains SET role = 'serve' WHERE fqdn = ?", p.fqdn);
      makePrimary(db, p.fqdn, row.app_id);
    }
    keepPrimary(db, row.app_id);
  },
);

/** Writes down what a look at the DNS gave. */
export const checkedDomain = operation(
  "domains.checked",
  (db, p: {
    readonly fqdn: string;
    readonly id: string;
    readonly at: number;
    readonly nextAt: number;
    readonly verified: boolean;
    readonly problem: string | null;
    readonly seen: string;
  }) => {
    db.run(
      "UPDATE domains SET checked_at = ?, next_check_at = ?, checks = coalesce(checks, 0) + 1, " +
        "problem = ?, seen = ?, unproved = ?, verified_at = CASE WHEN ? THEN coalesce(verified_at, ?) " +
        "ELSE verified_at END WHERE fqdn = ? AND id = ?",
      ...[p.at, p.nextAt, p.problem, p.seen, p.verified ? 0 : 1],
      ...[p.verified ? 1 : 0, p.at, p.fqdn, p.id],
    );
  },
  { essential: true },
);

/** Takes a domain from its app; tells whose it was. */
export const unmapDomain = operation(
  "domains.unmap",
  (db, p: { readonly fqdn: string }): string | undefined => {
    const row = db.get<DomainRow>("SELECT * FROM domains WHERE fqdn = ?", p.fqdn);
    if (row === undefined) return undefined;
    db.run("DELETE FROM domains WHERE fqdn = ?", p.fqdn);
    keepPrimary(db, row.app_id);
    return row.app_id;
  },
  { essential: true },
);

/** The writes of this folder. */
export const DOMAINS_WRITES = [mapDomain, changeDomain, checkedDomain, unmapDomain];

function makePrimary(db: Connection, fqdn: string, appId: string): void {
  db.run("UPDATE domains SET is_primary = (fqdn = ?) WHERE app_id = ?", fqdn, appId);
}

/** An app with a domain that serves has a primary one: the oldest, where nobody chose. */
function keepPrimary(db: Connection, appId: string): void {
  const serving = db.all<DomainRow>(
    "SELECT * FROM domains WHERE app_id = ? AND coalesce(role, 'serve') = 'serve' " +
      "ORDER BY is_primary DESC, verified_at IS NULL, created_at",
    appId,
  );
  if (serving[0] !== undefined) return makePrimary(db, serving[0].fqdn, appId);
  // What is left redirects to nowhere: it serves from here on.
  const left = db.get<DomainRow>(
    "SELECT * FROM domains WHERE app_id = ? ORDER BY created_at LIMIT 1",
    appId,
  );
  if (left === undefined) return;
  db.run("UPDATE domains SET role = 'serve' WHERE fqdn = ?", left.fqdn);
  makePrimary(db, left.fqdn, appId);
}

function nowhere(fqdn: string): FaztError {
  return new FaztError("INVALID", `Cannot let ${fqdn} redirect: the app has no other domain`, {
    hint: "map the domain it is to lead to first: fazt net domain map DOMAIN --app APP",
  });
}
