import { Settings } from "../config/mod.ts";
import { Database } from "../db/mod.ts";
import { moduleUrl } from "../lib/module_url.ts";
import type { Caller } from "../syscall/mod.ts";

/** A database of its own with its settings and a clock that a test turns. Tests only. */
export class StoreFixture implements AsyncDisposable {
  /** What the clock shows, Unix ms. */
  now = 1_800_000_000_000;
  readonly clock = () => this.now;

  private constructor(
    private readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
  ) {}

  static async open(): Promise<StoreFixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-egress-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    return new StoreFixture(dir, db, Settings.load(db));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Somebody who makes a syscall; `net:fetch` unless told otherwise. */
export function callerOf(name: string, grants: readonly string[] = ["net:fetch"]): Caller {
  return {
    appId: `app_${name}`,
    appName: name,
    grants: new Set(grants),
    requestId: undefined,
    userId: undefined,
  };
}

/** Waits for a condition, not for time; fails when it does not come true. Tests only. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the condition never came true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
