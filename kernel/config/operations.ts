import { operation } from "../db/mod.ts";

/** Keeps a setting's value, as JSON text. */
export const writeSetting = operation(
  "settings.set",
  (db, p: { readonly key: string; readonly value: string; readonly at: number }) =>
    db.run(
      "INSERT INTO settings VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET " +
        "value = excluded.value, updated_at = excluded.updated_at",
      p.key,
      p.value,
      p.at,
    ),
  { essential: true },
);

/** Lets a setting fall back to its default. */
export const deleteSetting = operation(
  "settings.unset",
  (db, p: { readonly key: string }) => db.run("DELETE FROM settings WHERE key = ?", p.key),
  { essential: true },
);

/** The writes of this folder. */
export const SETTINGS_WRITES = [writeSetting, deleteSetting];
