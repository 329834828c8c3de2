import { Settings } from "../../../config/mod.ts";
import { type AnyOperation, Connection, type Database, migrate } from "../../../db/mod.ts";
import { Vfs } from "../../../fs/mod.ts";
import { SYSTEM_USER } from "../../../lib/ids.ts";
import { createValueCodec } from "../../../lib/value_codec.ts";
import { StorageLimits } from "../../limits.ts";
import type { Owner } from "../../usage.ts";
import { usageOf } from "../../usage.ts";
import { DsStore, type FindOptions } from "../ds.ts";
// What the workers load.
import "../regex/operations.ts";
import { dsFind, dsPlaces } from "../read_operations.ts";

const codec = createValueCodec();
/** A value as it travels. */
export const encoded = (value: unknown): string => codec.encode(value);

/** The rows every visitor of one app shares. */
export const ownerOf = (appId: string): Owner => ({ appId, userId: SYSTEM_USER });
/** The app of tests that need only one. */
export const APP = ownerOf("app_111111111111");

/** Times that a busy machine keeps to. */
const PATIENT = { "limits.storage.ds.queryMs": 60_000, "limits.storage.ds.writeMs": 10_000 };

/** How documents are looked for, as an app writes it. */
export interface Options extends Omit<FindOptions, "sort" | "fields"> {
  readonly sort?: unknown;
  readonly fields?: unknown;
}

/**
 * The document pillar on one connection that does everything at once: what the database's workers
 * would do happens here, each change within a savepoint as theirs. Tests only.
 */
export class DsFixture {
  now = 1_800_000_000_000;
  readonly ds: DsStore;
  readonly vfs: Vfs;
  /** What the owners of apps were told. */
  readonly notes: string[] = [];
  /** Names of the operations that ran. */
  readonly ran: string[] = [];

  private constructor(private readonly dir: string, readonly db: Connection, flags: object) {
    const run = (op: AnyOperation, params: unknown): Promise<unknown> => {
      this.ran.push(op.name);
      try {
        // As on their way to a worker.
        return Promise.resolve(op.run(db, structuredClone(params)));
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const inline = {
      reader: db,
      query: run,
      background: run,
      write: async (op: AnyOperation, params: unknown) => {
        db.run("SAVEPOINT job");
        try {
          return await run(op, params);
        } catch (error) {
          db.run("ROLLBACK TO job");
          throw error;
        } finally {
          db.run("RELEASE job");
        }
      },
    } as unknown as Database;
    const settings = Settings.load(inline, { flags: { ...PATIENT, ...flags } });
    const clock = () => this.now;
    this.vfs = new Vfs({ db: inline, settings, clock });
    this.ds = new DsStore(inline, new StorageLimits(settings), {
      clock,
      vfs: this.vfs,
      note: (_, message) => this.notes.push(message),
    });
  }

  static open(flags: object = {}): DsFixture {
    const dir = Deno.makeTempDirSync({ prefix: "fazt-ds-" });
    const path = `${dir}/data.db`;
    const db = new Connection(path);
    migrate(db, path);
    db.exec("PRAGMA synchronous = OFF");
    return new DsFixture(dir, db, flags);
  }

  insert(owner: Owner, name: string, documents: readonly object[]): Promise<string[]> {
    return this.ds.insert(owner, name, documents.map(encoded));
  }

  async find(owner: Owner, name: string, query: object, options: Options = {}) {
    const texts = await this.ds.find(owner, name, { query: encoded(query), ...optionsOf(options) });
    return texts.map(codec.decode) as Record<string, unknown>[];
  }

  /** The same by the way of long searches, with the matches' places. */
  findLong(owner: Owner, name: string, query: object, options: Options = {}) {
    const asked = { owner, name, query: encoded(query), ms: 10_000 };
    const { skip = 0, limit = 100, ...rest } = optionsOf(options);
    const { result, scanned } = dsFind.run(this.db, { ...asked, ...rest, skip, limit });
    const places = dsPlaces.run(this.db, { ...asked, limit: 10_000 }).result.length;
    return { documents: result.map(codec.decode) as Record<string, unknown>[], scanned, places };
  }

  update(owner: Owner, name: string, query: object, change: object, upsert = false) {
    return this.ds.update(owner, name, { query: encoded(query), change: encoded(change), upsert });
  }

  delete(owner: Owner, name: string, query: object): Promise<number> {
    return this.ds.delete(owner, name, encoded(query));
  }

  count(owner: Owner, name: string, query: object): Promise<number> {
    return this.ds.count(owner, name, encoded(query));
  }

  /** What the quota counts for an app, and what its tables really hold. */
  usage(owner: Owner): { counted: { entries: number; bytes: number }; truth: unknown } {
    const truth = { entries: 0, bytes: 0 };
    const tables = this.db.all<{ name: string }>(
      "SELECT 'ds_' || id AS name FROM ds_collections WHERE app_id = ?1 AND name IS NOT NULL " +
        "UNION ALL SELECT 'ds_s' || id FROM ds_shards WHERE app_id = ?1 AND state = 'open'",
      owner.appId,
    );
    for (const { name } of tables) {
      const rows = this.db.all<{ text: string }>(`SELECT json(body) AS text FROM ${name}`);
      truth.entries += rows.length;
      truth.bytes += rows.reduce((n, { text }) => n + new TextEncoder().encode(text).length, 0);
    }
    return { counted: { ...usageOf(this.db, owner.appId, "ds") }, truth };
  }

  close(): void {
    this.db.close();
    Deno.removeSync(this.dir, { recursive: true });
  }
}

function optionsOf({ sort, fields, ...rest }: Options): FindOptions {
  return {
    ...rest,
    ...(sort === undefined ? {} : { sort: encoded(sort) }),
    ...(fields === undefined ? {} : { fields: encoded(fields) }),
  };
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withDs(
  run: (fixture: DsFixture) => Promise<void> | void,
  flags: object = {},
): () => Promise<void> {
  return async () => {
    const fixture = DsFixture.open(flags);
    try {
      await run(fixture);
    } finally {
      fixture.close();
    }
  };
}
