import { Settings } from "../../kernel/config/mod.ts";
import { Database } from "../../kernel/db/mod.ts";
import { moduleUrl } from "../../kernel/lib/module_url.ts";
import { DsStore, StorageLimits } from "../../kernel/storage/mod.ts";

/** Times of finding documents among many, milliseconds. */
export interface DocumentTimes {
  /** One document by an indexed field: median and 99th percentile. */
  readonly indexed: { readonly p50: number; readonly p99: number };
  /** Ten by a field without an index, all looked at. */
  readonly scan: number;
  /** Inserting them in parts of 1,000. */
  readonly fill: number;
  /** Making the index. */
  readonly index: number;
}

/** Measures finding among `count` documents. */
export async function documentTimes(count: number): Promise<DocumentTimes> {
  const dir = Deno.makeTempDirSync({ prefix: "fazt-documents-" });
  const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
  const db = await Database.open({
    path: `${dir}/data.db`,
    spawnWriter: worker("kernel/writer.ts"),
    spawnBackground: worker("kernel/background.ts"),
  });
  const limits = new StorageLimits(Settings.load(db, { flags: {} }));
  const ds = new DsStore(db, limits, { clock: Date.now });
  const owner = { appId: "app_bench", userId: "usr_system" };
  const time = async (run: () => Promise<unknown>) => {
    const began = performance.now();
    await run();
    return performance.now() - began;
  };
  const fill = await time(async () => {
    for (let from = 0; from < count; from += 1000) {
      const texts = Array.from({ length: 1000 }, (_, i) =>
        JSON.stringify({
          email: `person${from + i}@example.com`,
          age: (from + i) % 90,
          name: { first: "Ada", last: `Number ${from + i}` },
          tags: ["one", "two"],
        }));
      await ds.insert(owner, "people", texts);
    }
  });
  const find = (query: object, limit: number) =>
    ds.find(owner, "people", { query: JSON.stringify(query), limit });
  // A machine that needs longer than a query may is told the time of the limit.
  const scan = await time(() =>
    find({ "name.last": `Number ${count - 1}` }, 10).catch((error) => {
      if (error.code !== "QUERY_TIMEOUT") throw error;
    })
  );
  const index = await time(() => ds.index(owner, "people", "email"));
  const times: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const email = `person${i * 7919 % count}@example.com`;
    times.push(await time(() => find({ email }, 1)));
  }
  times.sort((a, b) => a - b);
  await db.close();
  Deno.removeSync(dir, { recursive: true });
  return { indexed: { p50: times[1000]!, p99: times[1980]! }, scan, fill, index };
}
