import {
  type Actor,
  type App,
  type Apps,
  checkLabel,
  formatSource,
  type MarketSource,
  parseSource,
} from "../apps/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";
import type { ActivityEntry } from "../log/mod.ts";
import type { Secrets } from "../secrets/mod.ts";
import { placeOf } from "./credentials.ts";
import type { GitClient } from "./git_client.ts";
import {
  dropMarket,
  type MarketRow,
  marketTaken,
  noMarket,
  putMarket,
} from "./market_operations.ts";
import type { Market, MarketApp, MarketInput } from "./shapes.ts";
import { isSignerKey } from "./signature.ts";

/** What {@link Markets} work with. */
export interface MarketsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly apps: Apps;
  readonly secrets: Secrets;
  readonly git: GitClient;
  readonly record: (entry: ActivityEntry) => void;
}

/** An app of a marketplace and where both are. */
export interface MarketFound {
  readonly market: {
    readonly name: string;
    readonly url: string;
    readonly ref?: string;
    readonly secret?: string;
    readonly signer?: string;
  };
  readonly entry: { readonly name: string; readonly path: string };
}

/** What to look for in marketplaces. */
export interface MarketQuery {
  /** Words that all have to be in the name, title, description or tags. */
  readonly q?: string | undefined;
  readonly market?: string | undefined;
}

interface EntryRow {
  readonly market: string;
  readonly name: string;
  readonly path: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly version: string | null;
  readonly tags: string;
  readonly permissions: string;
  readonly logo_type: string | null;
}

const COLUMNS = "market, name, path, title, description, version, tags, permissions, logo_type";

/** Repositories of apps: known by what they offered when they were last read. */
export class Markets {
  constructor(private readonly deps: MarketsDeps) {}

  /** By name. */
  list(): Market[] {
    return this.deps.db.reader.all<MarketRow & { n: number }>(
      "SELECT *, (SELECT count(*) FROM market_entries e WHERE e.market = m.name) AS n " +
        "FROM markets m ORDER BY name",
    ).map(({ n, ...row }) => view(row, n));
  }

  /** Reads a marketplace and keeps it. @throws {FaztError} what reading it found, `CONFLICT`. */
  add(input: MarketInput, by: Actor): Promise<Market> {
    const source = parseSource(input.source);
    if (source.kind !== "git") {
      throw new FaztError("SOURCE_INVALID", "Cannot add this marketplace: it is no repository", {
        hint: "write github.com/user/repo or https://host/repo.git",
        status: 422,
      });
    }
    if (input.key !== undefined && !isSignerKey(input.key)) {
      throw new FaztError("INVALID", "Cannot add this marketplace: its key is none", {
        hint: "a key is ed25519:… as fazt market key prints it",
      });
    }
    const name = checkMarketName(input.name ?? nameOf(source.url));
    return this.#recorded("market.add", { by, name, details: { url: source.url } }, () => {
      if (this.#row(name)) throw marketTaken(name);
      const at = this.deps.clock();
      return this.#read({
        name,
        user_id: by.userId,
        url: source.url,
        ref: source.ref ?? null,
        path: source.path,
        secret: input.auth ?? null,
        signer: input.key ?? null,
        created_at: at,
      }, true);
    });
  }

  /** Reads a marketplace again. */
  update(name: string, by: Actor): Promise<Market> {
    return this.#recorded("market.update", { by, name }, () => {
      const row = this.#row(name);
      if (row === undefined) throw noMarket(name);
      return this.#read(row, false);
    });
  }

  /** Forgets a marketplace. Apps that came from it stay, and can be upgraded from where it was. */
  remove(name: string, by: Actor): Promise<{ readonly name: string }> {
    return this.#recorded("market.remove", { by, name }, async () => {
      if (!await this.deps.db.write(dropMarket, { name })) throw noMarket(name);
      return { name };
    });
  }

  /** What marketplaces offer, by name. */
  search({ q = "", market }: MarketQuery): MarketApp[] {
    if (market !== undefined && !this.#row(market)) throw noMarket(market);
    const words = q.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const rows = this.deps.db.reader.all<EntryRow>(
      `SELECT ${COLUMNS} FROM market_entries WHERE market = coalesce(?, market) ` +
        "ORDER BY name, market",
      market ?? null,
    );
    const apps = this.deps.apps.list();
    return rows.filter(({ name, title, description, tags }) => {
      const text = `${name}\n${title ?? ""}\n${description ?? ""}\n${tags}`.toLowerCase();
      return words.every((word) => text.includes(word));
    }).map((row) => entryView(row, apps));
  }

  /** The image of an app that a marketplace offers. @throws {FaztError} `NOT_FOUND`. */
  logo(market: string, app: string): { readonly bytes: Uint8Array; readonly type: string } {
    const row = this.deps.db.reader.get<{ logo: Uint8Array | null; type: string | null }>(
      "SELECT logo, logo_type AS type FROM market_entries WHERE market = ? AND name = ?",
      market,
      app,
    );
    if (row?.logo && row.type) return { bytes: row.logo, type: row.type };
    throw new FaztError("NOT_FOUND", "There is no logo of this app", {
      hint: "fazt market search shows the apps",
    });
  }

  /**
   * Where an app of a marketplace is; without the marketplace's name only one may have it.
   * @throws {FaztError} `NOT_FOUND` naming the nearest, `CONFLICT`.
   */
  find({ market, app }: MarketSource): MarketFound {
    const { reader } = this.deps.db;
    if (market !== undefined && !this.#row(market)) throw noMarket(market);
    const rows = reader.all<{ market: string; path: string }>(
      "SELECT market, path FROM market_entries WHERE name = ? AND market = coalesce(?, market) " +
        "ORDER BY market",
      app,
      market ?? null,
    );
    const [first, second] = rows;
    if (first === undefined) throw this.#notOffered(app, market);
    if (second !== undefined) {
      const names = rows.map(({ market }) => `${market}/${app}`).join(", ");
      throw new FaztError("CONFLICT", `Cannot tell which "${app}" is meant: ${names}`, {
        hint: `name the marketplace: ${first.market}/${app}`,
      });
    }
    const { name, url, ref, secret, signer } = this.#row(first.market)!;
    return {
      market: {
        name,
        url,
        ...(ref === null ? {} : { ref }),
        ...(secret === null ? {} : { secret }),
        ...(signer === null ? {} : { signer }),
      },
      entry: { name: app, path: first.path },
    };
  }

  async #read(
    base: Pick<
      MarketRow,
      "name" | "user_id" | "url" | "ref" | "path" | "secret" | "signer" | "created_at"
    >,
    fresh: boolean,
  ): Promise<Market> {
    const { db, clock, git, secrets } = this.deps;
    const answer = await git.market({
      ...placeOf(secrets, base.url, base.secret ?? undefined),
      path: base.path,
      ref: base.ref ?? undefined,
    });
    if (answer.entries.length === 0) {
      throw new FaztError("MARKET_EMPTY", "Cannot use this marketplace: there is no app in it", {
        hint: "it has a folder with an app.json for each app",
        status: 422,
        details: { problems: answer.problems },
      });
    }
    const row: MarketRow = {
      name: base.name,
      user_id: base.user_id,
      url: base.url,
      ref: base.ref,
      path: base.path,
      secret: base.secret,
      signer: base.signer,
      created_at: base.created_at,
      commit_id: answer.commit.id,
      title: answer.title ?? null,
      description: answer.description ?? null,
      problem: answer.problems.length === 0 ? null : JSON.stringify(answer.problems),
      updated_at: clock(),
    };
    await db.write(putMarket, { row, entries: answer.entries, fresh });
    return view(row, answer.entries.length);
  }

  #row(name: string): MarketRow | undefined {
    return this.deps.db.reader.get<MarketRow>("SELECT * FROM markets WHERE name = ?", name);
  }

  #notOffered(app: string, market: string | undefined): FaztError {
    const names = this.deps.db.reader.all<{ name: string }>(
      "SELECT DISTINCT name FROM market_entries WHERE market = coalesce(?, market)",
      market ?? null,
    ).map(({ name }) => name);
    const near = nearest(app, names);
    const where = market === undefined
      ? `No marketplace offers "${app}"`
      : `The marketplace "${market}" does not offer "${app}"`;
    return new FaztError("NOT_FOUND", where, {
      hint: near !== undefined
        ? `did you mean ${near}?`
        : names.length > 0
        ? "fazt market search shows what there is; fazt market update reads it again"
        : "fazt market add SOURCE adds one, or install from github.com/user/repo/folder",
    });
  }

  /** Does a change and writes it into the activity log, whether it was done or failed. */
  async #recorded<T>(
    action: string,
    { by, name, details }: {
      readonly by: Actor;
      readonly name: string;
      readonly details?: Readonly<Record<string, unknown>>;
    },
    work: () => Promise<T>,
  ): Promise<T> {
    const entry = {
      userId: by.userId,
      actor: by.name,
      address: by.address,
      action,
      target: name,
      ...(details === undefined ? {} : { details }),
    };
    try {
      const done = await work();
      this.deps.record({ ...entry, result: "ok" });
      return done;
    } catch (error) {
      this.deps.record({ ...entry, result: toFaztError(error).code });
      throw error;
    }
  }
}

/** The last part of a repository's address that makes a name. */
function nameOf(url: string): string {
  const parts = new URL(url).pathname.replace(/\.git$/, "").split("/");
  return (parts.at(-1) ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "")
    .slice(0, 63);
}

function checkMarketName(name: string): string {
  try {
    return checkLabel(name);
  } catch {
    throw new FaztError(
      "INVALID",
      `Cannot call a marketplace ${JSON.stringify(name.slice(0, 80))}`,
      {
        hint: "a name is made of lower-case letters, digits and -: --name NAME",
      },
    );
  }
}

function view(row: MarketRow, apps: number): Market {
  const { name, url, path, ref, title, description, signer, secret, problem } = row;
  const named = { kind: "git", url, path, ...(ref === null ? {} : { ref }) } as const;
  return {
    name,
    ...(title === null ? {} : { title }),
    ...(description === null ? {} : { description }),
    url,
    path,
    ...(ref === null ? {} : { ref }),
    spec: formatSource(named),
    commit: row.commit_id,
    ...(signer === null ? {} : { key: signer }),
    hasAuth: secret !== null,
    apps,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    problems: problem === null ? [] : JSON.parse(problem),
  };
}

function entryView(row: EntryRow, apps: readonly App[]): MarketApp {
  const { market, name, path, title, description, version, tags, permissions } = row;
  return {
    market,
    name,
    source: `${market}/${name}`,
    path,
    ...(title === null ? {} : { title }),
    ...(description === null ? {} : { description }),
    ...(version === null ? {} : { version }),
    tags: JSON.parse(tags),
    permissions: JSON.parse(permissions),
    ...(row.logo_type === null ? {} : { logoUrl: `/api/markets/${market}/apps/${name}/logo` }),
    installed: apps.filter(({ source }) => source?.market === market && source.app === name)
      .map(({ id, name }) => ({ id, name })),
  };
}
