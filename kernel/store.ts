import { dirname, resolve } from "node:path";
import { type SettingKey, Settings } from "./config/mod.ts";
import { Connection, Database, type FileLock, lockFile } from "./db/mod.ts";
import { moduleUrl } from "./lib/module_url.ts";
import { KernelLog } from "./log/mod.ts";

/** Options of {@link openStore}. */
export interface StoreOptions {
  readonly dbPath: string;
  /** Settings from the command line. */
  readonly flags?: Partial<Record<SettingKey, unknown>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A database with what works on it, without a server: what every start begins with. */
export interface Store {
  readonly db: Database;
  readonly settings: Settings;
  readonly log: KernelLog;
  readonly lock: FileLock;
}

/** Takes the lock of a database file, opens it and reads its settings. */
export async function openStore(
  options: StoreOptions,
): Promise<Store> {
  const path = resolve(options.dbPath);
  const log = new KernelLog();
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lock = await lockFile(path);
  try {
    const { flags, environment } = options;
    const worker = (module: string) => () => new Worker(moduleUrl(module), { type: "module" });
    const db = await Database.open({
      path,
      maxMb: Number(
        flags?.["database.maxMb"] ?? environment?.FAZT_DATABASE_MAXMB ?? storedMaxMb(path),
      ),
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
      onTrace: (name, trace) => log.error(`${name}: ${trace}`),
    });
    try {
      const settings = Settings.load(db, options);
      for (const warning of settings.warnings) log.error(`settings: ${warning}`);
      return { db, settings, log, lock };
    } catch (error) {
      await db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The cap that is kept in the file itself: it must be known before the file can be written. */
function storedMaxMb(path: string): number {
  try {
    const reader = new Connection(path, { readOnly: true });
    try {
      const row = reader.get<{ value: string }>(
        "SELECT value FROM settings WHERE key = 'database.maxMb'",
      );
      return Number(row?.value ?? 0);
    } finally {
      reader.close();
    }
  } catch {
    // There is no such file yet, or no such table in it.
    return 0;
  }
}
