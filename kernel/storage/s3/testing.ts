import { Settings } from "../../config/mod.ts";
import { Database } from "../../db/mod.ts";
import { Vfs } from "../../fs/mod.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { moduleUrl } from "../../lib/module_url.ts";
import { Secrets } from "../../secrets/mod.ts";
import { StorageLimits } from "../limits.ts";
import { type Owner, usageOf } from "../usage.ts";
import { ObjectStore } from "./object_store.ts";

/** The objects every visitor of one app shares. */
export const ownerOf = (appId: string, userId = SYSTEM_USER): Owner => ({ appId, userId });
/** The app of tests that need only one. */
export const APP = ownerOf("app_111111111111");

/** Bytes that differ by `seed` and do not repeat soon. */
export function sample(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed * 13) & 255);
}

/** A body of `size` bytes in pieces; `made` tells how many were asked for. */
export function streamOf(
  size: number,
  options: { readonly piece?: number; readonly failAt?: number } = {},
): { readonly body: ReadableStream<Uint8Array>; readonly made: () => number } {
  const piece = sample(options.piece ?? 65_536);
  let made = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (options.failAt !== undefined && made >= options.failAt) {
        return controller.error(new Error("torn"));
      }
      const part = piece.slice(0, size - made);
      made += part.length;
      if (part.length > 0) controller.enqueue(part);
      if (made === size) controller.close();
    },
  }, { highWaterMark: 0 });
  return { body, made: () => made };
}

/** All bytes of a stream. */
export const collect = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );

/** An object store on a database of its own. Tests only. */
export class S3Fixture {
  /** What the clock shows. */
  now = 1_800_000_000_000;
  /** What apps' manifests say of where their objects are. */
  readonly places = new Map<string, string>();

  private constructor(
    readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
    readonly vfs: Vfs,
    readonly s3: ObjectStore,
  ) {}

  static async open(): Promise<S3Fixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-s3-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    const settings = Settings.load(db);
    const clock = () => fixture.now;
    const vfs = new Vfs({ db, settings, clock });
    const secrets = await Secrets.open({ db, clock: Date.now });
    const s3 = new ObjectStore({
      db,
      vfs,
      clock,
      limits: new StorageLimits(settings),
      secrets: () => secrets,
      placeOf: (appId) => fixture.places.get(appId),
      urlOf: () => "http://box.localhost",
    });
    const fixture: S3Fixture = new S3Fixture(dir, db, settings, vfs, s3);
    return fixture;
  }

  /** Stores an object. */
  put(owner: Owner, path: string, body: Uint8Array | ReadableStream<Uint8Array>) {
    return this.s3.put(owner, path, { body });
  }

  /** The content of an object, or undefined. */
  async get(owner: Owner, path: string): Promise<Uint8Array | undefined> {
    const head = await this.s3.head(owner, path);
    return head && await collect(await this.s3.open(owner, head));
  }

  /** Every path, collected page by page. */
  async paths(owner: Owner, prefix = "", limit = 100): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page: Awaited<ReturnType<ObjectStore["list"]>> = await this.s3.list(owner, prefix, {
        limit,
        cursor,
      });
      found.push(...page.items.map((item) => item.path));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }

  /** What the quota counts for an app. */
  usage(owner: Owner): { entries: number; bytes: number } {
    return { ...usageOf(this.db.reader, owner.appId, "s3") };
  }

  /** Rows in a table. */
  count(table: "objects" | "blobs" | "chunks" | "blob_sources"): number {
    return this.db.reader.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)!.n;
  }

  async close(): Promise<void> {
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withS3(run: (fixture: S3Fixture) => Promise<void>): () => Promise<void> {
  return async () => {
    const fixture = await S3Fixture.open();
    try {
      await run(fixture);
    } finally {
      await fixture.close();
    }
  };
}
