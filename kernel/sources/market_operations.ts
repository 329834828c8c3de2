import { operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { MarketEntry } from "./worker_protocol.ts";

/** A row of the table of marketplaces. */
export interface MarketRow {
  readonly name: string;
  readonly user_id: string;
  readonly url: string;
  readonly ref: string | null;
  readonly path: string;
  readonly commit_id: string;
  readonly secret: string | null;
  readonly signer: string | null;
  readonly title: string | null;
  readonly description: string | null;
  /** JSON array of what was left out; null where nothing was. */
  readonly problem: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/** Marketplaces of one node. */
const MAX_MARKETS = 100;

/** Writes a marketplace and what it offers, over what it was. */
export const putMarket = operation(
  "markets.put",
  (db, p: {
    readonly row: MarketRow;
    readonly entries: readonly MarketEntry[];
    /** It must not be there yet, or it must. */
    readonly fresh: boolean;
  }): void => {
    const { row } = p;
    const there = db.get("SELECT 1 AS x FROM markets WHERE name = ?", row.name) !== undefined;
    if (there && p.fresh) throw marketTaken(row.name);
    if (!there && !p.fresh) throw noMarket(row.name);
    const { n } = db.get<{ n: number }>("SELECT count(*) AS n FROM markets")!;
    if (p.fresh && n >= MAX_MARKETS) {
      throw new FaztError("QUOTA", `Cannot add another marketplace: there are ${n}`, {
        hint: "fazt market remove NAME",
      });
    }
    db.run(
      "INSERT OR REPLACE INTO markets (name, user_id, url, ref, path, commit_id, secret, signer, " +
        "title, description, problem, created_at, updated_at) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[row.name, row.user_id, row.url, row.ref, row.path, row.commit_id, row.secret],
      ...[row.signer, row.title, row.description, row.problem, row.created_at, row.updated_at],
    );
    db.run("DELETE FROM market_entries WHERE market = ?", row.name);
    for (const entry of p.entries) {
      db.run(
        "INSERT INTO market_entries (market, name, path, title, description, version, tags, " +
          "permissions, logo, logo_type) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[row.name, entry.name, entry.path, entry.title ?? null, entry.description ?? null],
        ...[entry.version ?? null, JSON.stringify(entry.tags), JSON.stringify(entry.permissions)],
        ...[entry.logo?.bytes ?? null, entry.logo?.type ?? null],
      );
    }
  },
);

/** Forgets a marketplace; apps that came from it stay. Tells whether there was one. */
export const dropMarket = operation("markets.drop", (db, p: { readonly name: string }): boolean => {
  db.run("DELETE FROM market_entries WHERE market = ?", p.name);
  return db.run("DELETE FROM markets WHERE name = ?", p.name) > 0;
});

/** The error for a marketplace that is not there. */
export function noMarket(name: string): FaztError {
  const shown = JSON.stringify(name.slice(0, 80));
  return new FaztError("NOT_FOUND", `There is no marketplace ${shown}`, {
    hint: "fazt market list shows all; fazt market add SOURCE adds one",
  });
}

/** The error for a name that another marketplace has. */
export function marketTaken(name: string): FaztError {
  return new FaztError("CONFLICT", `Cannot add the marketplace "${name}": there is one`, {
    hint: "choose another name: --name NAME, or fazt market update " + name,
  });
}

/** The writes of this folder. */
export const SOURCES_WRITES = [putMarket, dropMarket];
