import { operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { requireApp } from "./app_operations.ts";

/** One app of a split label. */
export interface SplitPart {
  readonly appId: string;
  readonly weight: number;
}

/** Makes or retargets an address. */
export const setAlias = operation(
  "aliases.set",
  (db, p: {
    label: string;
    type: "proxy" | "redirect" | "reserved" | "split";
    appId: string | null;
    target: string | null;
    split: readonly SplitPart[];
    at: number;
  }) => {
    if (p.appId !== null) requireApp(db, p.appId);
    for (const { appId } of p.split) requireApp(db, appId);
    db.run(
      "INSERT INTO aliases VALUES (?, ?, ?, ?, ?) ON CONFLICT (label) DO UPDATE SET " +
        "app_id = excluded.app_id, type = excluded.type, target = excluded.target",
      p.label,
      p.appId,
      p.type,
      p.target,
      p.at,
    );
    db.run("DELETE FROM alias_splits WHERE label = ?", p.label);
    for (const { appId, weight } of p.split) {
      db.run("INSERT INTO alias_splits VALUES (?, ?, ?)", p.label, appId, weight);
    }
  },
);

/** Frees a label; returns whether there was one. */
export const removeAlias = operation(
  "aliases.remove",
  (db, p: { label: string }) => {
    db.run("DELETE FROM alias_splits WHERE label = ?", p.label);
    return db.run("DELETE FROM aliases WHERE label = ?", p.label) > 0;
  },
  { essential: true },
);

/** Exchanges what two labels lead to; fails with `NOT_FOUND` unless both are there. */
export const swapAliases = operation("aliases.swap", (db, p: { a: string; b: string }) => {
  // No label has this form, so nothing can stand in the way of what passes through it.
  const aside = "";
  for (const [from, to] of [[p.a, aside], [p.b, p.a], [aside, p.b]] as const) {
    db.run("UPDATE alias_splits SET label = ? WHERE label = ?", to, from);
    if (db.run("UPDATE aliases SET label = ? WHERE label = ?", to, from) === 0) {
      throw new FaztError("NOT_FOUND", `There is no address ${JSON.stringify(from || p.a)}`, {
        hint: "fazt alias list shows every address",
      });
    }
  }
});
