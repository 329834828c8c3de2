import assert from "node:assert/strict";
import { Settings } from "../../config/mod.ts";
import { Database } from "../../db/mod.ts";
import type { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { moduleUrl } from "../../lib/module_url.ts";
import { createValueCodec } from "../../lib/value_codec.ts";
import { StorageLimits } from "../limits.ts";
import { type KvItem, KvStore } from "./kv.ts";
import { type Owner, usageOf } from "../usage.ts";

/** The rows every visitor of one app shares. */
export const ownerOf = (appId: string): Owner => ({ appId, userId: SYSTEM_USER });
/** The app of tests that need only one. */
export const APP = ownerOf("app_111111111111");

/** Checks a refusal's code and what it says to machines. */
export const refusal = (code: string, details?: unknown) => (error: unknown) => {
  const { code: is, details: are } = error as FaztError;
  assert.equal(is, code);
  assert.deepEqual(are, details);
  return true;
};

const codec = createValueCodec();
/** A value as it reaches the store. */
export const encoded = (value: unknown): string => codec.encode(value);

/** A key-value store on a database of its own. Tests only. */
export class KvFixture {
  /** What the clock shows. */
  now = 1_800_000_000_000;
  readonly kv: KvStore;

  private constructor(
    readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
  ) {
    this.kv = new KvStore(db, new StorageLimits(settings), () => this.now);
  }

  static async open(): Promise<KvFixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-kv-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    return new KvFixture(dir, db, Settings.load(db));
  }

  /** Writes one value that is not encoded yet. */
  set(owner: Owner, key: string, value: unknown, ttlMs?: number): Promise<void> {
    return this.kv.set(owner, [{ key, value: encoded(value), ttlMs }]);
  }

  /** The value, decoded. */
  get(owner: Owner, key: string): unknown {
    const text = this.kv.get(owner, key);
    return text === undefined ? undefined : codec.decode(text);
  }

  /** Every key with a prefix, collected page by page. */
  pages(owner: Owner, prefix: string, limit: number): string[][] {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page: { items: KvItem[]; cursor?: string } = this.kv.list(owner, prefix, {
        limit,
        cursor,
      });
      pages.push(page.items.map((item) => item.key));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return pages;
  }

  /** What the quota counts for an app. */
  usage(owner: Owner): { entries: number; bytes: number } {
    return { ...usageOf(this.db.reader, owner.appId, "kv") };
  }

  /** What an app's rows really add up to. */
  truth(owner: Owner): { entries: number; bytes: number } {
    const rows = this.db.reader.all<{ key: string; value: string }>(
      "SELECT key, value FROM kv WHERE app_id = ?",
      owner.appId,
    );
    const bytes = rows.map((row) => new TextEncoder().encode(row.key + row.value).length);
    return { entries: rows.length, bytes: bytes.reduce((sum, n) => sum + n, 0) };
  }

  async close(): Promise<void> {
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withKv(run: (fixture: KvFixture) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const fixture = await KvFixture.open();
    try {
      await run(fixture);
    } finally {
      await fixture.close();
    }
  };
}
