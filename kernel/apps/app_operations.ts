import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** A new app, or one whose data was kept and whose name comes back. */
export interface CreateParams {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly title: string | null;
  readonly at: number;
  /** May take over data that was kept under this name. */
  readonly admin: boolean;
}

/** What {@link insertApp} did. */
export interface Created {
  readonly id: string;
  /** The id and data of a removed app of this name came back. */
  readonly revived: boolean;
}

/** Makes the app and its address, inside the caller's transaction. */
export function insertApp(db: Connection, p: CreateParams): Created {
  refuseTaken(db, p.name);
  const kept = db.get<{ id: string }>(
    "SELECT id FROM apps WHERE state = 'kept' AND name = ? ORDER BY removed_at DESC LIMIT 1",
    p.name,
  );
  if (kept && !p.admin) {
    throw new FaztError("NAME_TAKEN", `Cannot use the name "${p.name}": it holds kept data`, {
      hint: "an administrator deploys it to bring the data back, or choose another name",
      status: 409,
    });
  }
  const id = kept?.id ?? p.id;
  if (kept) {
    // What a removal that was cut short left of the old code.
    db.run("DELETE FROM files WHERE app_id = ?", id);
    db.run("DELETE FROM revisions WHERE app_id = ?", id);
    db.run(
      "UPDATE apps SET state = 'active', removed_at = NULL, user_id = ?, " +
        "title = coalesce(?, title), updated_at = ? WHERE id = ?",
      p.userId,
      p.title,
      p.at,
      id,
    );
  } else {
    db.run(
      "INSERT INTO apps (id, user_id, name, title, state, created_at, updated_at) " +
        "VALUES (?, ?, ?, ?, 'active', ?, ?)",
      id,
      p.userId,
      p.name,
      p.title,
      p.at,
      p.at,
    );
  }
  db.run("INSERT INTO aliases VALUES (?, ?, 'proxy', NULL, ?)", p.name, id, p.at);
  return { id, revived: kept !== undefined };
}

/** Fails unless the app is there and not removed. */
export function requireApp(db: Connection, id: string): void {
  const row = db.get("SELECT 1 AS x FROM apps WHERE id = ? AND removed_at IS NULL", id);
  if (!row) throw new FaztError("NOT_FOUND", `There is no app ${id}`, { hint: "fazt app list" });
}

/** Fails unless a name is free: no app has it, and no address but the app's own is it. */
export function refuseTaken(db: Connection, name: string, own?: string): void {
  const app = db.get<{ id: string }>(
    "SELECT id FROM apps WHERE name = ? AND removed_at IS NULL",
    name,
  );
  if (app && app.id !== own) throw taken(name, "another app has it");
  const alias = db.get<{ app_id: string | null }>(
    "SELECT app_id FROM aliases WHERE label = ?",
    name,
  );
  if (alias && (own === undefined || alias.app_id !== own)) {
    throw taken(name, "it is the address of something else");
  }
}

function taken(name: string, why: string): FaztError {
  return new FaztError("NAME_TAKEN", `Cannot use the name "${name}": ${why}`, {
    hint: "choose another name; fazt alias list shows what is taken",
    status: 409,
  });
}

/** Makes an app without a revision. */
export const createApp = operation("apps.create", insertApp);

/** Renames or titles an app; its own address follows its name, the old label is free. */
export const updateApp = operation(
  "apps.update",
  (db, p: { id: string; name: string | null; title?: string | null; at: number }) => {
    requireApp(db, p.id);
    if (p.title !== undefined) db.run("UPDATE apps SET title = ? WHERE id = ?", p.title, p.id);
    if (p.name !== null) {
      refuseTaken(db, p.name, p.id);
      const old = db.get<{ name: string }>("SELECT name FROM apps WHERE id = ?", p.id)!.name;
      if (old !== p.name) {
        db.run("DELETE FROM aliases WHERE label = ? AND app_id = ?", old, p.id);
        db.run(
          "INSERT INTO aliases VALUES (?, ?, 'proxy', NULL, ?) ON CONFLICT (label) DO NOTHING",
          p.name,
          p.id,
          p.at,
        );
        db.run("UPDATE apps SET name = ? WHERE id = ?", p.name, p.id);
      }
    }
    db.run("UPDATE apps SET updated_at = ? WHERE id = ?", p.at, p.id);
  },
);

/** Takes an app away at once and reversibly; its addresses are free when this returns. */
export const removeApp = operation(
  "apps.remove",
  (db, p: { id: string; keepData: boolean; at: number }) => {
    // An app whose data was kept can still be removed for good, by its id.
    const row = db.get<{ state: string }>(
      "SELECT state FROM apps WHERE id = ? AND (removed_at IS NULL OR state = 'kept')",
      p.id,
    );
    if (!row) throw new FaztError("NOT_FOUND", `There is no app ${p.id}`);
    db.run(
      "UPDATE apps SET state = ?, removed_at = ?, updated_at = ? WHERE id = ?",
      p.keepData ? "kept" : "removed",
      p.at,
      p.at,
      p.id,
    );
    if (p.keepData) {
      // Revision numbers go on from here if the app comes back: no number ever means two things.
      db.run(
        "UPDATE apps SET current_revision = (SELECT max(n) FROM revisions WHERE app_id = apps.id) " +
          "WHERE id = ?",
        p.id,
      );
      db.run("DELETE FROM grants WHERE app_id = ?", p.id);
    } else {
      db.run(
        "INSERT OR REPLACE INTO removed_aliases SELECT app_id, label, created_at FROM aliases " +
          "WHERE app_id = ?",
        p.id,
      );
    }
    db.run("DELETE FROM aliases WHERE app_id = ?", p.id);
    leaveSplits(db, p.id);
    db.run("DELETE FROM previews WHERE app_id = ?", p.id);
    db.run("DELETE FROM domains WHERE app_id = ?", p.id);
  },
  { essential: true },
);

/** Takes a removed app out of every split; a label that is left with nobody is free. */
function leaveSplits(db: Connection, appId: string): void {
  db.run("DELETE FROM alias_splits WHERE app_id = ?", appId);
  db.run(
    "DELETE FROM aliases WHERE type = 'split' AND " +
      "NOT EXISTS (SELECT 1 FROM alias_splits s WHERE s.label = aliases.label)",
  );
}

/** Brings back an app that was removed with its data; other labels it had only where they are free. */
export const restoreApp = operation(
  "apps.restore",
  (db, p: { readonly id: string; readonly at: number }): void => {
    const row = db.get<{ name: string }>(
      "SELECT name FROM apps WHERE id = ? AND state = 'removed'",
      p.id,
    );
    if (!row) throw new FaztError("NOT_FOUND", `There is no removed app ${p.id}`);
    refuseTaken(db, row.name);
    db.run(
      "UPDATE apps SET state = 'active', removed_at = NULL, updated_at = ? WHERE id = ?",
      p.at,
      p.id,
    );
    db.run("INSERT INTO aliases VALUES (?, ?, 'proxy', NULL, ?)", row.name, p.id, p.at);
    db.run(
      "INSERT OR IGNORE INTO aliases SELECT label, app_id, 'proxy', NULL, created_at " +
        "FROM removed_aliases r WHERE app_id = ? " +
        "AND NOT EXISTS (SELECT 1 FROM apps WHERE name = r.label AND removed_at IS NULL)",
      p.id,
    );
    db.run("DELETE FROM removed_aliases WHERE app_id = ?", p.id);
  },
);

/** Sets (text) and unsets (null) variables; the whole environment has a size. */
export const setEnv = operation(
  "apps.env",
  (db, p: {
    id: string;
    changes: readonly (readonly [name: string, value: string | null])[];
    maxBytes: number;
    at: number;
  }) => {
    requireApp(db, p.id);
    for (const [name, value] of p.changes) {
      if (value === null) db.run("DELETE FROM app_env WHERE app_id = ? AND name = ?", p.id, name);
      else {
        db.run(
          "INSERT INTO app_env VALUES (?, ?, ?, ?) ON CONFLICT (app_id, name) DO UPDATE SET " +
            "value = excluded.value, updated_at = excluded.updated_at",
          p.id,
          name,
          value,
          p.at,
        );
      }
    }
    const used = db.get<{ bytes: number }>(
      "SELECT coalesce(sum(length(CAST(name AS BLOB)) + length(CAST(value AS BLOB))), 0) AS bytes " +
        "FROM app_env WHERE app_id = ?",
      p.id,
    )!.bytes;
    if (used > p.maxBytes) {
      throw new FaztError(
        "TOO_LARGE",
        `Cannot set the environment: it would be ${used} bytes, ${p.maxBytes} is the most`,
        { hint: "keep large values in the app's storage or its files" },
      );
    }
  },
);

/** Approves and revokes grants. */
export const changeGrants = operation(
  "apps.grants",
  (db, p: {
    id: string;
    approve: readonly string[];
    revoke: readonly string[];
    userId: string;
    at: number;
  }) => {
    requireApp(db, p.id);
    approveGrants(db, p.id, p.approve, { userId: p.userId, at: p.at });
    for (const name of p.revoke) {
      db.run("DELETE FROM grants WHERE app_id = ? AND name = ?", p.id, name);
    }
  },
  { essential: true },
);

/** Approves grants inside the caller's transaction; returns those that were not yet approved. */
export function approveGrants(
  db: Connection,
  appId: string,
  names: readonly string[],
  by: { readonly userId: string; readonly at: number },
): string[] {
  return names.filter((name) =>
    db.run(
      "INSERT INTO grants VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      appId,
      name,
      by.userId,
      by.at,
    ) > 0
  );
}
