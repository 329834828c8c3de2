import { Settings } from "../../kernel/config/mod.ts";
import { Database } from "../../kernel/db/mod.ts";
import { moduleUrl } from "../../kernel/lib/module_url.ts";
import { DsStore, StorageLimits } from "../../kernel/storage/mod.ts";

/** Half and the slowest hundredth of what was measured, ms. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** What a collection that is split does. */
export interface ShardTimes {
  /** Documents inserted a second, several writers at a time, for as long as it was measured. */
  readonly perSecond: number;
  /** The slowest insert of 500, ms. */
  readonly slowestInsert: number;
  /** Its documents and open shards when it is asked. */
  readonly documents: number;
  readonly shards: number;
  /** Ten documents of a device within one hour. */
  readonly hour: Spread;
  /** One document by an indexed field, in all shards. */
  readonly everywhere: Spread;
  /** The newest 100 by an indexed time. */
  readonly newest: Spread;
  /** Until a shard is out of its collection, and until its table is removed too, ms. */
  readonly drop: number;
}

const BATCH = 500;
const WRITERS = 4;
const HOUR = 3_600_000;

/** Measures appending for `seconds`, and asking once there are `count` documents. */
export async function shardTimes(seconds: number, count: number): Promise<ShardTimes> {
  const dir = Deno.makeTempDirSync({ prefix: "fazt-shards-" });
  const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
  const db = await Database.open({
    path: `${dir}/data.db`,
    spawnWriter: worker("kernel/writer.ts"),
    spawnBackground: worker("kernel/background.ts"),
  });
  const limits = new StorageLimits(Settings.load(db, { flags: {} }));
  const began = Date.UTC(2026, 0, 1);
  let now = began;
  const ds = new DsStore(db, limits, { clock: () => now });
  const owner = { appId: "app_bench", userId: "usr_system" };
  const time = async (run: () => Promise<unknown>) => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
  await ds.shards.declare(owner, "events", { by: "hour", path: "at", keep: "36500d" });
  await ds.index(owner, "events", "serial");
  await ds.index(owner, "events", "at");
  let next = 0;
  /** Documents spread over 24 hours: each second of the day has about as many. */
  const batch = () => {
    const from = next;
    next += BATCH;
    return Array.from({ length: BATCH }, (_, i) => {
      const n = from + i;
      return JSON.stringify({
        serial: `s${n}`,
        at: { $date: began + Math.floor(n / count * 24 * HOUR) },
        device: n % 100,
        value: n * 7919 % 1000 / 10,
        note: "something happened",
      });
    });
  };
  let slowestInsert = 0;
  const append = async (until: () => boolean) => {
    while (!until()) {
      const texts = batch();
      slowestInsert = Math.max(
        slowestInsert,
        await time(() => ds.insert(owner, "events", texts)),
      );
    }
  };
  const end = performance.now() + seconds * 1000;
  const writers = (until: () => boolean) =>
    Promise.all(Array.from({ length: WRITERS }, () => append(until)));
  const took = await time(() => writers(() => performance.now() > end));
  const perSecond = Math.round(next / took * 1000);
  await writers(() => next >= count);

  const measured = async (times: number, ask: (i: number) => Promise<unknown>): Promise<Spread> => {
    const all: number[] = [];
    // The worker that answers is started by the first.
    await ask(0);
    for (let i = 0; i < times; i++) all.push(await time(() => ask(i)));
    all.sort((a, b) => a - b);
    return { p50: all[Math.floor(times / 2)]!, p99: all[Math.floor(times * 0.99)]! };
  };
  const find = (query: object, options: { limit: number; sort?: string }) =>
    ds.find(owner, "events", { query: JSON.stringify(query), ...options });
  const everywhere = await measured(
    500,
    (i) => find({ serial: `s${i * 7919 % count}` }, { limit: 1 }),
  );
  const hour = await measured(500, (i) => {
    const n = i * 7919 % count;
    const at = began + Math.floor(n / count * 24 * HOUR);
    return find({
      serial: `s${n}`,
      at: { $gte: { $date: at - 1000 }, $lt: { $date: at + 1000 } },
    }, { limit: 10 });
  });
  const newest = await measured(200, () => find({}, { limit: 100, sort: '"-at"' }));
  const { documents } = ds.collections(owner)[0]!;
  const shards = ds.shards.list(owner, "events").length;
  // The first two hours are over.
  await ds.shards.declare(owner, "events", { by: "hour", path: "at", keep: "22h" });
  now = began + 24 * HOUR;
  const drop = await time(() => ds.sweep());
  await db.close();
  Deno.removeSync(dir, { recursive: true });
  return { perSecond, slowestInsert, documents, shards, hour, everywhere, newest, drop };
}
