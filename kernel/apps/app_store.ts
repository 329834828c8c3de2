import type { Database } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { isId } from "../lib/ids.ts";
import { nearest } from "../lib/nearest.ts";
import { defaultManifest } from "./manifest.ts";
import type { Manifest } from "./manifest_schema.ts";
import type { Alias, AppFile, LineageNode, RemovedApp } from "./shapes.ts";

/** An app with the revision that is served, as the database has it. */
export interface AppRow {
  readonly id: string;
  readonly name: string;
  readonly title: string | null;
  /** What it was forked from, and the first of that line. */
  readonly parent_id: string | null;
  readonly origin_id: string | null;
  readonly state: "active" | "kept" | "removed";
  readonly created_at: number;
  readonly updated_at: number;
  readonly removed_at: number | null;
  /** These are null while nothing was deployed. */
  readonly n: number | null;
  readonly revision_id: string | null;
  readonly manifest: string | null;
  readonly file_count: number | null;
  readonly size: number | null;
  readonly module_cid: string | null;
  readonly module_map_cid: string | null;
  readonly cid: string | null;
  readonly public_cid: string | null;
  /** Of the served revision; null for what was deployed by hand. */
  readonly source_commit: string | null;
  /** JSON of the app's {@link SourceRow}; null for one that never came from a repository. */
  readonly source: string | null;
}

/** Where an app comes from, as the database has it. */
export interface SourceRow {
  readonly type: "git";
  readonly url: string;
  readonly ref: string | null;
  readonly path: string;
  readonly commit: string;
  readonly market: string | null;
  readonly app: string | null;
  readonly secret: string | null;
  readonly signer: string | null;
}

/** A row of `revisions`. */
export interface RevisionRow {
  readonly n: number;
  readonly id: string;
  readonly user_id: string;
  readonly created_at: number;
  readonly source: string;
  readonly message: string | null;
  readonly file_count: number;
  readonly size: number;
  readonly module_cid: string | null;
  readonly cid: string | null;
  readonly public_cid: string | null;
  readonly source_type: "git" | null;
  readonly source_url: string | null;
  readonly source_ref: string | null;
  readonly source_path: string | null;
  readonly source_commit: string | null;
  readonly source_signer: string | null;
}

/** Compressed twins of a file. */
export interface Variants {
  readonly brotliCid: string | null;
  readonly brotliSize: number | null;
  readonly gzipCid: string | null;
  readonly gzipSize: number | null;
}

const APP =
  "SELECT a.id, a.name, a.title, a.parent_id, a.origin_id, a.state, a.created_at, a.updated_at, a.removed_at, " +
  "r.n, r.id AS revision_id, r.manifest, r.file_count, r.size, r.module_cid, r.module_map_cid, " +
  "f.cid, f.public_cid, r.source_commit, (SELECT json_object('type', s.type, 'url', s.url, " +
  "'ref', s.ref, 'path', s.path, 'commit', s.commit_id, 'market', s.market, " +
  "'app', s.market_app, 'secret', s.secret, 'signer', s.signer) FROM app_sources s " +
  "WHERE s.app_id = a.id) AS source " +
  "FROM apps a LEFT JOIN revisions r ON r.app_id = a.id AND r.n = a.current_revision AND " +
  "a.state = 'active' LEFT JOIN folders f ON f.app_id = r.app_id AND f.revision = r.n AND " +
  "f.path = '' ";

const REVISION = "SELECT r.n, r.id, r.user_id, r.created_at, r.source, r.message, r.file_count, " +
  "r.size, r.module_cid, f.cid, f.public_cid, r.source_type, r.source_url, r.source_ref, " +
  "r.source_path, r.source_commit, r.source_signer FROM revisions r LEFT JOIN folders f " +
  "ON f.app_id = r.app_id AND f.revision = r.n AND f.path = ''";

// A split comes with its label in one statement: a reader never sees one without the other.
/** The same with a revision that need not be the served one. */
const AT_REVISION = APP.replace("r.n = a.current_revision AND", "r.n = ? AND");
const ALIAS = "SELECT label, type, app_id AS appId, target, created_at AS createdAt, " +
  "(SELECT json_group_array(json_object('appId', s.app_id, 'app', a.name, 'weight', s.weight) " +
  "ORDER BY s.app_id) FROM alias_splits s JOIN apps a ON a.id = s.app_id " +
  "WHERE s.label = aliases.label) AS split FROM aliases";

/** Point reads of apps, revisions, files, grants, environments and addresses. */
export class AppStore {
  readonly #db: Database["reader"];

  constructor(db: Database) {
    this.#db = db.reader;
  }

  /** Every live app, by name. */
  list(): AppRow[] {
    return this.#db.all<AppRow>(`${APP} WHERE a.removed_at IS NULL ORDER BY a.name`);
  }

  /** Apps that were removed with what they kept, the last one first. */
  removed(): RemovedApp[] {
    return this.#db.all<RemovedApp>(
      "SELECT id, name, removed_at AS removedAt FROM apps WHERE state = 'removed' " +
        "ORDER BY removed_at DESC LIMIT 1000",
    );
  }

  /** Ids of live apps whose served manifest has schedules or listens to events. */
  inBackground(): string[] {
    return this.#db.all<{ id: string }>(
      "SELECT a.id FROM apps a JOIN revisions r ON r.app_id = a.id AND r.n = a.current_revision " +
        "WHERE a.removed_at IS NULL AND (json_array_length(r.manifest, '$.cron') > 0 " +
        "OR json_array_length(r.manifest, '$.events') > 0)",
    ).map(({ id }) => id);
  }

  /** A live app, or one whose data was kept. */
  byId(id: string): AppRow | undefined {
    return this.#db.get<AppRow>(
      `${APP} WHERE a.id = ? AND (a.removed_at IS NULL OR a.state = 'kept')`,
      id,
    );
  }

  /** A live app as it would be with another revision; undefined without such a revision. */
  atRevision(id: string, n: number): AppRow | undefined {
    const row = this.#db.get<AppRow>(
      `${AT_REVISION} WHERE a.id = ? AND a.removed_at IS NULL`,
      n,
      id,
    );
    return row?.n === n ? row : undefined;
  }

  byName(name: string): AppRow | undefined {
    return this.#db.get<AppRow>(`${APP} WHERE a.name = ? AND a.removed_at IS NULL`, name);
  }

  byAlias(label: string): AppRow | undefined {
    const alias = this.#db.get<{ app_id: string | null }>(
      "SELECT app_id FROM aliases WHERE label = ?",
      label,
    );
    return alias?.app_id ? this.byId(alias.app_id) : undefined;
  }

  /**
   * The app of an id, a name or an alias, in this order; `as` forces one.
   * @throws {FaztError} `NOT_FOUND` naming the nearest.
   */
  find(ref: string, as?: "id" | "alias"): AppRow {
    const row = as === "alias"
      ? this.byAlias(ref)
      : as === "id" || isId("app", ref)
      ? this.byId(ref)
      : this.byName(ref) ?? this.byAlias(ref);
    if (row) return row;
    const names = this.#db.all<{ name: string }>("SELECT name FROM apps WHERE removed_at IS NULL");
    const near = nearest(ref, names.map(({ name }) => name));
    const shown = JSON.stringify(ref.slice(0, 80));
    throw new FaztError("NOT_FOUND", `There is no app ${shown}`, {
      hint: near ? `did you mean ${near}? fazt app list shows all` : "fazt app list shows all",
    });
  }

  revisions(appId: string): RevisionRow[] {
    return this.#db.all<RevisionRow>(
      `${REVISION} WHERE r.app_id = ? ORDER BY r.n DESC`,
      appId,
    );
  }

  /** Where an app comes from; undefined for one that was deployed by hand. */
  source(appId: string): SourceRow | undefined {
    const text = this.byId(appId)?.source;
    return text === undefined || text === null ? undefined : JSON.parse(text) as SourceRow;
  }

  /** The app that left its data under a name, if one did. */
  kept(name: string): AppRow | undefined {
    return this.#db.get<AppRow>(
      `${APP} WHERE a.state = 'kept' AND a.name = ? ORDER BY a.removed_at DESC LIMIT 1`,
      name,
    );
  }

  revision(appId: string, n: number): RevisionRow | undefined {
    return this.#db.get<RevisionRow>(
      `${REVISION} WHERE r.app_id = ? AND r.n = ?`,
      appId,
      n,
    );
  }

  /** What is known of all that descends from an app, itself included; removed ones are `gone`. */
  family(origin: string): LineageNode[] {
    const rows = this.#db.all<{
      id: string;
      name: string;
      parentId: string | null;
      state: LineageNode["state"];
      createdAt: number;
    }>(
      "SELECT id, name, parent_id AS parentId, iif(state = 'removed', 'gone', state) AS state, " +
        "created_at AS createdAt FROM apps WHERE (id = ?1 OR origin_id = ?1) AND " +
        "state <> 'forking' UNION ALL SELECT id, name, parent_id, 'gone', created_at " +
        "FROM ancestors WHERE origin_id = ?1",
      origin,
    );
    return rows.map(({ parentId, ...node }) => parentId === null ? node : { ...node, parentId });
  }

  /** The number of the newest revision. */
  newest(appId: string): number | undefined {
    return this.#db.get<{ n: number | null }>(
      "SELECT max(n) AS n FROM revisions WHERE app_id = ?",
      appId,
    )?.n ?? undefined;
  }

  /** Previews that have not expired `now` (Unix ms), newest revision first. */
  previews(appId: string, now: number): { revision: number; expiresAt: number }[] {
    return this.#db.all<{ revision: number; expiresAt: number }>(
      "SELECT p.n AS revision, p.expires_at AS expiresAt FROM previews p JOIN revisions r " +
        "ON r.app_id = p.app_id AND r.n = p.n WHERE p.app_id = ? AND p.expires_at > ? " +
        "ORDER BY p.n DESC",
      appId,
      now,
    );
  }

  files(appId: string, n: number): AppFile[] {
    return this.#db.all<AppFile>(
      "SELECT path, cid, size, type FROM files WHERE app_id = ? AND revision = ? ORDER BY path",
      appId,
      n,
    );
  }

  file(appId: string, n: number, path: string): AppFile | undefined {
    return this.#db.get<AppFile>(
      "SELECT path, cid, size, type FROM files WHERE app_id = ? AND revision = ? AND path = ?",
      appId,
      n,
      path,
    );
  }

  /** Compressed twins made for the same content and type before, in any revision of any app. */
  variants(cid: string, type: string): Variants | undefined {
    return this.#db.get<Variants>(
      "SELECT brotli_cid AS brotliCid, brotli_size AS brotliSize, gzip_cid AS gzipCid, " +
        "gzip_size AS gzipSize FROM files WHERE cid = ? AND type = ? LIMIT 1",
      cid,
      type,
    );
  }

  /** Revisions whose folders have no cids yet, the served ones first. */
  unnamed(): { appId: string; n: number; hasServer: boolean }[] {
    return this.#db.all<{ appId: string; n: number; server: number }>(
      "SELECT r.app_id AS appId, r.n, r.module_cid IS NOT NULL AS server FROM revisions r " +
        "LEFT JOIN apps a ON a.id = r.app_id AND a.current_revision = r.n WHERE NOT EXISTS " +
        "(SELECT 1 FROM folders f WHERE f.app_id = r.app_id AND f.revision = r.n) " +
        "ORDER BY a.id IS NULL LIMIT 100",
    ).map(({ appId, n, server }) => ({ appId, n, hasServer: server === 1 }));
  }

  approved(appId: string): string[] {
    return this.#db.all<{ name: string }>(
      "SELECT name FROM grants WHERE app_id = ? ORDER BY name",
      appId,
    ).map(({ name }) => name);
  }

  env(appId: string): Map<string, string> {
    const rows = this.#db.all<{ name: string; value: string }>(
      "SELECT name, value FROM app_env WHERE app_id = ? ORDER BY name",
      appId,
    );
    return new Map(rows.map(({ name, value }) => [name, value]));
  }

  /** Every address, or those of one app. */
  aliases(appId?: string): Alias[] {
    const rows = appId === undefined
      ? this.#db.all<AliasSql>(`${ALIAS} ORDER BY label`)
      : this.#db.all<AliasSql>(`${ALIAS} WHERE app_id = ? ORDER BY label`, appId);
    return rows.map(aliasOf);
  }

  /** Those of the labels that are there, as they were at one moment. */
  aliasesAt(labels: readonly string[]): Alias[] {
    return this.#db.all<AliasSql>(
      `${ALIAS} WHERE label IN (SELECT value FROM json_each(?)) ORDER BY label`,
      JSON.stringify(labels),
    ).map(aliasOf);
  }

  alias(label: string): Alias | undefined {
    return this.aliasesAt([label])[0];
  }

  /** Labels that lead a part of their visitors to an app. */
  splitsOf(appId: string): string[] {
    return this.#db.all<{ label: string }>(
      "SELECT label FROM alias_splits WHERE app_id = ? ORDER BY label",
      appId,
    ).map(({ label }) => label);
  }
}

type AliasSql = Omit<Alias, "split"> & { readonly split: string };

function aliasOf({ split, ...alias }: AliasSql): Alias {
  return alias.type === "split" ? { ...alias, split: JSON.parse(split) } : alias;
}

/** Fields of versions later than the one that deployed an app take these. */
const DEFAULTS = { ...defaultManifest("app"), permissions: [] };

/** The manifest of the served revision; one that asks for nothing before the first. */
export function manifestOf(row: AppRow): Manifest {
  const deployed = row.manifest === null ? {} : JSON.parse(row.manifest);
  return { ...DEFAULTS, name: row.name, ...deployed };
}
