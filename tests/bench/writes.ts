import { Database } from "../../kernel/db/mod.ts";
import { moduleUrl } from "../../kernel/lib/module_url.ts";
import { Settings } from "../../kernel/config/mod.ts";
import { KvStore, StorageLimits } from "../../kernel/storage/mod.ts";

/** Durable kernel writes with `writers` of them at a time, and the longest turn of the event loop. */
export async function durableWrites(
  writers: number,
  seconds: number,
): Promise<{ perSecond: number; longestTurnMs: number }> {
  const dir = Deno.makeTempDirSync({ prefix: "fazt-writes-" });
  const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
  const db = await Database.open({
    path: `${dir}/data.db`,
    spawnWriter: worker("kernel/writer.ts"),
    spawnBackground: worker("kernel/background.ts"),
  });
  const kv = new KvStore(
    db,
    new StorageLimits(Settings.load(db, { flags: { "limits.storage.kv.keys": 100_000_000 } })),
    Date.now,
  );
  const owner = { appId: "app_bench", userId: "usr_system" };
  let count = 0;
  let longestTurnMs = 0;
  let last = performance.now();
  const lag = setInterval(() => {
    longestTurnMs = Math.max(longestTurnMs, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  const until = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: writers }, async (_, writer) => {
    while (performance.now() < until) {
      await kv.set(owner, [{ key: `k${writer}-${count % 1000}`, value: '"some value"' }]);
      count++;
    }
  }));
  clearInterval(lag);
  await db.close();
  Deno.removeSync(dir, { recursive: true });
  return { perSecond: Math.round(count / seconds), longestTurnMs };
}
