import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { base58 } from "../lib/ids.ts";
import { addLink, changeLink, countClicks, removeLink } from "./link_operations.ts";
import { checkLinkUrl, checkSlug, type LinkStatus, slugOf } from "./slug.ts";

/** A short link as it is shown; times in Unix ms. */
export interface LinkInfo {
  readonly slug: string;
  readonly url: string;
  readonly status: number;
  readonly title?: string;
  /** The app on whose hosts alone it answers. */
  readonly appId?: string;
  readonly clicks: number;
  readonly lastAt?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A new short link. */
export interface LinkInput {
  /** Made up where it is absent. */
  readonly slug?: string | undefined;
  readonly url: string;
  readonly status?: LinkStatus | undefined;
  readonly title?: string | undefined;
  readonly appId?: string | undefined;
  readonly userId: string;
}

/** Some of many short links. */
export interface LinkPage {
  readonly items: readonly LinkInfo[];
  readonly total: number;
  /** The last slug, where there are more. */
  readonly cursor?: string;
}

interface Row {
  readonly slug: string;
  readonly app_id: string | null;
  readonly url: string;
  readonly status: number;
  readonly title: string | null;
  readonly clicks: number;
  readonly last_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/** Slugs in one write. */
const PART = 1000;
const MADE_UP_LENGTH = 6;

/** Short links at `/r/{slug}`. They lead where the owner said, and nowhere else. */
export class Links {
  /** How often each was followed since it was last written down. */
  #clicks = new Map<string, number>();

  constructor(private readonly deps: { readonly db: Database; readonly clock: Clock }) {}

  /**
   * Where a path leads, on the hosts of an app or on the main domain. A look-up by primary key:
   * however many there are, none is kept in memory.
   */
  find(
    path: string,
    appId: string | undefined,
  ): Pick<LinkInfo, "slug" | "url" | "status"> | undefined {
    const slug = slugOf(path);
    if (slug === undefined) return undefined;
    const row = this.#row(slug);
    if (row === undefined || (row.app_id !== null && row.app_id !== appId)) return undefined;
    return { slug, url: row.url, status: row.status };
  }

  /** Counts that one was followed. */
  followed(slug: string): void {
    this.#clicks.set(slug, (this.#clicks.get(slug) ?? 0) + 1);
  }

  /** @throws {FaztError} `NOT_FOUND` */
  info(slug: string): LinkInfo {
    const row = this.#row(slug);
    if (row === undefined) throw missing(slug);
    return this.#shown(row);
  }

  /** By slug, in the order of their letters. */
  list(query: {
    readonly text?: string | undefined;
    readonly appId?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  } = {}): LinkPage {
    const limit = Math.min(Math.max(1, query.limit ?? 100), 1000);
    const where = ["1"];
    const params: (string | number)[] = [];
    if (query.appId !== undefined) {
      where.push("app_id = ?");
      params.push(query.appId);
    }
    if (query.text !== undefined && query.text !== "") {
      where.push("instr(lower(slug || ' ' || url || ' ' || coalesce(title, '')), lower(?)) > 0");
      params.push(query.text);
    }
    const { reader } = this.deps.db;
    const { n } = reader.get<{ n: number }>(
      `SELECT count(*) AS n FROM redirects WHERE ${where.join(" AND ")}`,
      ...params,
    )!;
    const rows = reader.all<Row>(
      `SELECT * FROM redirects WHERE ${where.join(" AND ")} AND slug > ? ORDER BY slug LIMIT ?`,
      ...params,
      query.cursor ?? "",
      limit + 1,
    );
    const items = rows.slice(0, limit).map((row) => this.#shown(row));
    return {
      items,
      total: n,
      ...(rows.length > limit ? { cursor: items.at(-1)!.slug } : {}),
    };
  }

  /** @throws {FaztError} `INVALID`, `CONFLICT`, `QUOTA` */
  async add(input: LinkInput): Promise<LinkInfo> {
    const url = checkLinkUrl(input.url);
    if (input.slug !== undefined) checkSlug(input.slug);
    const slug = input.slug ?? base58(MADE_UP_LENGTH);
    await this.deps.db.write(addLink, {
      slug,
      app_id: input.appId ?? null,
      user_id: input.userId,
      url,
      status: input.status ?? 302,
      title: input.title ?? null,
      created_at: this.deps.clock(),
    });
    return this.info(slug);
  }

  /** @throws {FaztError} `NOT_FOUND`, `INVALID` */
  async change(slug: string, change: {
    readonly url?: string;
    readonly status?: LinkStatus;
    readonly title?: string | null;
  }): Promise<LinkInfo> {
    const url = change.url === undefined ? {} : { url: checkLinkUrl(change.url) };
    const at = this.deps.clock();
    if (!await this.deps.db.write(changeLink, { slug, ...change, ...url, at })) {
      throw missing(slug);
    }
    return this.info(slug);
  }

  /** @throws {FaztError} `NOT_FOUND` */
  async remove(slug: string): Promise<void> {
    this.#clicks.delete(slug);
    if (!await this.deps.db.write(removeLink, { slug })) throw missing(slug);
  }

  /** Writes down how often each was followed. */
  async flush(): Promise<void> {
    const clicks = [...this.#clicks];
    if (clicks.length === 0) return;
    this.#clicks = new Map();
    for (let i = 0; i < clicks.length; i += PART) {
      try {
        await this.deps.db.write(countClicks, {
          at: this.deps.clock(),
          clicks: clicks.slice(i, i + PART),
        });
      } catch (error) {
        // They are written when the node may write again.
        for (const [slug, n] of clicks.slice(i)) {
          this.#clicks.set(slug, (this.#clicks.get(slug) ?? 0) + n);
        }
        throw error;
      }
    }
  }

  #row(slug: string): Row | undefined {
    return this.deps.db.reader.get<Row>("SELECT * FROM redirects WHERE slug = ?", slug);
  }

  #shown(row: Row): LinkInfo {
    return {
      slug: row.slug,
      url: row.url,
      status: row.status,
      ...(row.title === null ? {} : { title: row.title }),
      ...(row.app_id === null ? {} : { appId: row.app_id }),
      clicks: row.clicks + (this.#clicks.get(row.slug) ?? 0),
      ...(row.last_at === null ? {} : { lastAt: row.last_at }),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

function missing(slug: string): FaztError {
  return new FaztError(
    "NOT_FOUND",
    `There is no short link ${JSON.stringify(slug.slice(0, 80))}`,
    { hint: "fazt redirect list shows every one" },
  );
}
