import type { Database } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { base58, SYSTEM_USER } from "../../lib/ids.ts";
import type { StorageLimits } from "../limits.ts";
import type { Owner } from "../usage.ts";
import { IndexAdvisor } from "./auto_index.ts";
import {
  assertName,
  collectionsOf,
  type Counts,
  countsOf,
  findCollection,
  indexesOf,
  tablesOf,
} from "./catalog.ts";
import { dsDrop, dsIndex, dsSweep } from "./catalog_operations.ts";
import {
  DEFAULT_LIMIT,
  type DsLimits,
  MAX_ANSWER,
  MAX_INSERT,
  MAX_LIMIT,
  MAX_SKIP,
} from "./limits.ts";
import { FEW_TABLES, type Plan, planOf } from "./plan.ts";
import { parseFields } from "./project.ts";
import { parseQuery, type Query } from "./query.ts";
import { type Answer, dsCount, dsFind, dsPlaces, optional, snapshot } from "./read_operations.ts";
import { search, textsOf } from "./search.ts";
import { type ShardDeps, ShardStore } from "./shard_store.ts";
import { parseSort } from "./sort.ts";
import { assertFew, dsDelete, dsInsert, dsUpdate } from "./write_operations.ts";

/** What is asked of `find`; all but the numbers as texts of the value codec. */
export interface FindOptions {
  readonly sort?: string | undefined;
  readonly fields?: string | undefined;
  /** 100 by default, at most 1,000. */
  readonly limit?: number | undefined;
  readonly skip?: number | undefined;
  /** Looks at archived documents instead. */
  readonly archived?: boolean | undefined;
}

/** A collection as it is listed. */
export interface CollectionInfo extends Counts {
  readonly name: string;
  readonly indexes: readonly { readonly path: string; readonly automatic: boolean }[];
}

/** Notes something in an app's log. */
export type Note = (appId: string, message: string) => void;

/** What this thread itself looks at for one query: everything more takes a worker. */
const QUICK_ROWS = 200;
const QUICK_BYTES = MIB / 4;
/** Comparisons for one document this thread makes. */
const QUICK_WEIGHT = 50;
/** Documents the writer looks at for one change; more are found before by a worker. */
const WRITER_ROWS = 1000;
/** Documents an automatic index may have to read: about 100 ms. */
const AUTOMATIC_DOCUMENTS = 50_000;
/** Rows one step of a large deletion takes. */
const STEP = 2000;
/** Expressions are compiled where documents are matched, never on this thread. */
const notHere = () => () => false;

/** The document pillar. Documents, queries and changes are texts of the value codec. */
export class DsStore {
  readonly #advisor: IndexAdvisor;
  /** What collections are split into. */
  readonly shards: ShardStore;

  constructor(
    private readonly db: Database,
    private readonly limits: StorageLimits,
    private readonly deps: ShardDeps & { readonly note?: Note },
  ) {
    this.shards = new ShardStore(db, limits, deps);
    this.#advisor = new IndexAdvisor(db.reader);
  }

  /** Adds documents, all or none; resolves to their ids. */
  async insert(owner: Owner, name: string, texts: readonly string[]): Promise<string[]> {
    assertName(name);
    const max = this.limits.of(owner.appId, "storage.ds.documentMb") * MIB;
    if (texts.length > MAX_INSERT || texts.reduce((sum, text) => sum + text.length, 0) > max) {
      throw new FaztError(
        "TOO_LARGE",
        `Cannot insert: one call takes ${MAX_INSERT} documents of ${max} bytes together`,
        {
          hint: "insert them in parts; the owner can raise it: " +
            "fazt config set limits.storage.ds.documentMb <value>",
          details: { limit: "storage.ds.documentMb", used: texts.length, max },
        },
      );
    }
    const documents = texts.map((text) => ({ text, id: base58(16) }));
    return await this.db.write(dsInsert, { ...this.#writing(owner), name, documents });
  }

  /** The matches as JSON. */
  async find(
    owner: Owner,
    name: string,
    { query: text, ...options }: FindOptions & { readonly query: string },
  ): Promise<string[]> {
    assertName(name);
    const { limit = DEFAULT_LIMIT, skip = 0 } = options;
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)) {
      throw new FaztError("INVALID", `Cannot find: limit is a number from 1 to ${MAX_LIMIT}`);
    }
    if (!(Number.isInteger(skip) && skip >= 0 && skip <= MAX_SKIP)) {
      throw new FaztError("INVALID", `Cannot find: skip is a number from 0 to ${MAX_SKIP}`, {
        hint: "sort by an indexed path and ask for what comes after the last one you have",
      });
    }
    if (options.archived) {
      return await this.shards.find(owner, name, { ...options, query: text, limit, skip });
    }
    const query = parseQuery(text, notHere);
    const sort = parseSort(optional(options.sort));
    const projection = parseFields(optional(options.fields));
    const { reader } = this.db;
    const quick = snapshot(reader, () => {
      const plan = this.#plan(owner, name, { query, rows: QUICK_ROWS });
      if (plan === undefined) return [];
      if (plan === "long") return undefined;
      const found = search(reader, { plan, query, sort, skip, limit, clock: () => {} });
      return textsOf(reader, found.matches, { owner, projection, maxBytes: MAX_ANSWER });
    });
    if (quick) return quick;
    return await this.#long(
      { owner, name, query, sort },
      (ms) =>
        this.db.query(dsFind, { owner, name, query: text, ms, ...options, limit, skip }, {
          app: owner.appId,
        }),
    );
  }

  /** How many documents match. */
  async count(owner: Owner, name: string, text: string): Promise<number> {
    assertName(name);
    const query = parseQuery(text, notHere);
    if (query.empty) {
      const collection = findCollection(this.db.reader, owner, name);
      return collection ? countsOf(this.db.reader, collection, owner).documents : 0;
    }
    return await this.#long(
      { owner, name, query, sort: [] },
      (ms) => this.db.query(dsCount, { owner, name, query: text, ms }, { app: owner.appId }),
    );
  }

  /** Changes every match, all or none; with `upsert` adds a document where there is none. */
  async update(
    owner: Owner,
    name: string,
    { query, change, upsert = false }: {
      readonly query: string;
      readonly change: string;
      readonly upsert?: boolean | undefined;
    },
  ): Promise<number> {
    const matching = await this.#matching(owner, name, { text: query, here: upsert });
    return await this.db.write(dsUpdate, {
      ...matching,
      change,
      upsertId: upsert ? base58(16) : undefined,
    });
  }

  /** Deletes every match, all or none; resolves to how many there were. */
  async delete(owner: Owner, name: string, query: string): Promise<number> {
    return await this.db.write(dsDelete, await this.#matching(owner, name, { text: query }));
  }

  /** Indexes a path. Resolves once it can be used. */
  async index(owner: Owner, name: string, path: string): Promise<void> {
    assertName(name);
    const { reader } = this.db;
    const collection = findCollection(reader, owner, name);
    // Apps ask for it whenever they start.
    const known = collection && indexesOf(reader, collection).find(({ text }) => text === path);
    if (known && !known.automatic) return;
    await this.db.write(dsIndex, { ...this.#indexing(owner), name, path, automatic: false });
  }

  /** Drops a collection; tells whether there was anything in it. */
  async drop(owner: Owner, name: string): Promise<boolean> {
    assertName(name);
    let any = false;
    for (;;) {
      const { found, done } = await this.db.write(dsDrop, { owner, name, limit: STEP });
      any ||= found;
      if (done) return any;
    }
  }

  /** What collections there are. */
  collections(owner: Owner): CollectionInfo[] {
    return collectionsOf(this.db.reader, owner).map(({ collection, counts }) => ({
      name: collection.name,
      ...counts,
      indexes: indexesOf(this.db.reader, collection).map(({ text, automatic }) => ({
        path: text,
        automatic,
      })),
    }));
  }

  /** Keeps shards up, and removes what dropped ones and collections left, step by step. */
  async sweep(): Promise<void> {
    try {
      await this.shards.upkeep();
    } finally {
      // Where there is no room for an archive, this makes some.
      await this.#removeDropped();
    }
  }

  async #removeDropped(): Promise<void> {
    const dropped = "SELECT 1 FROM ds_collections WHERE name IS NULL UNION ALL " +
      "SELECT 1 FROM ds_shards WHERE state IN ('archived', 'dropped') AND present = 1 LIMIT 1";
    if (this.db.reader.get(dropped) === undefined) return;
    while (await this.db.write(dsSweep, { limit: STEP }));
  }

  /** A plan for little work; `long` for much; undefined where there is no such collection. */
  #plan(
    owner: Owner,
    name: string,
    { query, rows }: { readonly query: Query; readonly rows: number },
  ): Plan | "long" | undefined {
    const { reader } = this.db;
    if (query.weight > QUICK_WEIGHT) return "long";
    const collection = findCollection(reader, owner, name);
    if (!collection) return undefined;
    if (tablesOf(reader, collection, query.constraints).length > FEW_TABLES) return "long";
    const plan = planOf(reader, { collection, owner, query, sort: [], count: rows });
    const { documents, bytes } = countsOf(reader, collection, owner);
    const few = { rows: plan.rows ?? documents, bytes: plan.bytes ?? bytes };
    return few.rows <= rows && few.bytes <= QUICK_BYTES * (rows / QUICK_ROWS) ? plan : "long";
  }

  /** Runs a long read within its time; notes which paths it should have had an index over. */
  async #long<R>(
    of: Pick<Parameters<IndexAdvisor["advise"]>[0], "owner" | "name" | "query" | "sort">,
    run: (ms: number) => Promise<Answer<R>>,
  ): Promise<R> {
    const advise = (scanned: number) => {
      const path = this.#advisor.advise({ ...of, scanned, at: this.deps.clock() });
      // Nobody waits for it, and a query may do without.
      if (path !== undefined) this.#indexByItself(of, path).catch(() => {});
    };
    try {
      const { result, scanned } = await run(this.limits.of(of.owner.appId, "storage.ds.queryMs"));
      advise(scanned);
      return result;
    } catch (error) {
      if (error instanceof FaztError && error.code === "QUERY_TIMEOUT") advise(Infinity);
      throw error;
    }
  }

  async #indexByItself(
    { owner, name }: { readonly owner: Owner; readonly name: string },
    path: string,
  ): Promise<void> {
    const came = await this.db.write(dsIndex, {
      ...this.#indexing(owner),
      name,
      path,
      automatic: true,
    });
    const of = `the collection ${JSON.stringify(name)} over ${JSON.stringify(path)}`;
    if (came === "made") this.deps.note?.(owner.appId, `Indexed ${of}: it is often searched by`);
    if (came === "large" || came === "full") {
      const call = `fazt.storage.ds.index(${JSON.stringify(name)}, ${JSON.stringify(path)})`;
      this.deps.note?.(owner.appId, `Searches are slow without an index of ${of}: call ${call}`);
    }
  }

  async #matching(
    owner: Owner,
    name: string,
    { text, here = false }: { readonly text: string; readonly here?: boolean },
  ) {
    assertName(name);
    const query = parseQuery(text, notHere);
    const max = this.limits.of(owner.appId, "storage.ds.changeDocuments");
    const ms = this.limits.of(owner.appId, "storage.ds.writeMs");
    const common = { ...this.#writing(owner), name, query: text, max, ms };
    const plan = snapshot(
      this.db.reader,
      () => this.#plan(owner, name, { query, rows: WRITER_ROWS }),
    );
    if (here || plan !== "long") return { ...common, places: undefined };
    const places = await this.#long(
      { owner, name, query, sort: [] },
      (ms) =>
        this.db.query(dsPlaces, { owner, name, query: text, ms, limit: max + 1 }, {
          app: owner.appId,
        }),
    );
    assertFew(places.length, max);
    return { ...common, places };
  }

  #writing(owner: Owner) {
    const of = (limit: "collections" | "perCollection" | "documentMb" | "shards") =>
      this.limits.of(owner.appId, `storage.ds.${limit}`);
    const limits: DsLimits = {
      collections: of("collections"),
      perCollection: of("perCollection"),
      documentMb: of("documentMb"),
      shards: of("shards"),
      appMb: this.limits.of(owner.appId, "storage.appMb"),
    };
    return { owner, at: this.deps.clock(), limits };
  }

  #indexing(owner: Owner) {
    return {
      owner,
      at: this.deps.clock(),
      collections: this.limits.of(owner.appId, "storage.ds.collections"),
      maxDocuments: AUTOMATIC_DOCUMENTS,
    };
  }
}

/** The rows of an app that all its visitors share. */
export const sharedBy = (appId: string): Owner => ({ appId, userId: SYSTEM_USER });
