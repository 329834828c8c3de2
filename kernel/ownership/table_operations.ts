import type { Connection } from "../db/mod.ts";
import type { DynamicTables } from "../storage/operations.ts";

/** A table whose rows belong to an app, a person or both. */
export interface OwnedTable {
  readonly name: string;
  /** What tells its rows apart, quoted. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly hasApp: boolean;
  readonly hasUser: boolean;
  /** The app of all its rows, where a pillar made it for one. */
  readonly appId?: string;
  readonly pillar?: DynamicTables;
}

/**
 * What erasing or anonymising a person does with their rows in a table: `theirs` (every table that
 * is not named here) go or get a pseudonym; `made` is how an app or the node is set up, and stays
 * without saying by whom; `credentials` always go; `counts` stay under a pseudonym; `kept` have a
 * way of their own.
 */
export type Treatment = "theirs" | "made" | "credentials" | "counts" | "kept";

const TREATMENTS: Readonly<Record<string, Treatment>> = {
  apps: "made",
  revisions: "made",
  grants: "made",
  secrets: "made",
  egress_rules: "made",
  cron_jobs: "made",
  domains: "made",
  rd_tables: "made",
  rd_migrations: "made",
  storage_providers: "made",
  pins: "made",
  previews: "made",
  backup_runs: "made",
  upgrades: "made",
  app_imports: "made",
  redirects: "made",
  app_sources: "made",
  markets: "made",
  keys: "credentials",
  sessions: "credentials",
  passwords: "credentials",
  one_time_codes: "credentials",
  recovery_codes: "credentials",
  passkeys: "credentials",
  sign_in_failures: "credentials",
  traffic: "counts",
  visit_counts: "counts",
  visit_names: "counts",
  // Their totals by app must follow.
  storage_usage: "kept",
  // What was done stays known, not by whom: `forget_activity.ts`.
  activity: "kept",
  // It says who is to be forgotten.
  erasures: "kept",
};

/** What becomes of a person's rows in a table. */
export const treatmentOf = (table: string): Treatment => TREATMENTS[table] ?? "theirs";

/** Tables with `app_id` that outlive the app: what was done stays known, and apps go last. */
export const OUTLIVE_APPS: readonly string[] = ["activity", "apps"];

interface Known {
  readonly version: number;
  readonly tables: readonly OwnedTable[];
}

const known = new WeakMap<Connection, Known>();

/**
 * Every table with a column `app_id` or `user_id`, and those pillars made: what a later migration
 * adds is found too. Read again only when the schema changed.
 */
export function ownedTables(
  db: Connection,
  pillars: readonly DynamicTables[],
): readonly OwnedTable[] {
  const version = db.get<{ schema_version: number }>("PRAGMA schema_version")!.schema_version;
  const before = known.get(db);
  if (before?.version === version) return before.tables;
  const tables = readTables(db, pillars);
  known.set(db, { version, tables });
  return tables;
}

function readTables(db: Connection, pillars: readonly DynamicTables[]): OwnedTable[] {
  const made = new Map(
    pillars.flatMap((pillar) =>
      pillar.list(db).map(({ name, appId }) => [name, { appId, pillar }] as const)
    ),
  );
  const columns = db.all<{ tbl: string; name: string; pk: number; wr: number }>(
    "SELECT t.name AS tbl, c.name AS name, c.pk AS pk, t.wr AS wr FROM pragma_table_list t " +
      "JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.type = 'table' " +
      "AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.cid",
  );
  return [...Map.groupBy(columns, (column) => column.tbl)].flatMap(([name, parts]) => {
    const names = parts.map((part) => part.name);
    const [hasApp, hasUser] = [names.includes("app_id"), names.includes("user_id")];
    if (!hasApp && !hasUser && !made.has(name)) return [];
    const key = parts[0]!.wr === 0
      ? ["rowid"]
      : parts.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk).map((part) =>
        quote(part.name)
      );
    return [{ name, key, columns: names, hasApp, hasUser, ...made.get(name) }];
  });
}

/** A name as SQL wants it. */
export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The expression that is the app of a row of a table; null where it has none. */
export const appOf = (table: OwnedTable) =>
  table.appId !== undefined ? `'${table.appId}'` : table.hasApp ? "app_id" : "NULL";
