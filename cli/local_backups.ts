import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import {
  type Backup,
  type BackupStore,
  findBackup,
  FolderStore,
  headerOf,
  isDatabase,
  listBackups,
  openStore,
  readBackup,
  type StoreSetting,
  storeSpec,
} from "../kernel/backup/mod.ts";
import { DEFINITIONS, parseSetting, settingVariable } from "../kernel/config/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Io } from "./io.ts";
import { readDatabase } from "./local_database.ts";
import { usageError } from "./usage_error.ts";

/** A file that may be restored. */
export interface BackupFile {
  readonly path: string;
  readonly encrypted: boolean;
  /** What the store says of it; a file from elsewhere has none. */
  readonly backup?: Backup;
  /** Removes what was made to have it here. */
  done(): Promise<void>;
}

/** What finding backups takes of the process. */
export interface LocalPlace {
  readonly dbPath: string;
  readonly cwd: string;
  readonly env: Io["env"];
}

/** Backups of a database that no node has open. */
export async function localBackups(
  place: Omit<LocalPlace, "cwd">,
): Promise<{ readonly place: string; readonly backups: readonly Backup[] }> {
  const store = storeOf(place);
  return { place: store.place, backups: await listBackups(store) };
}

/**
 * The file that an argument means: a path, or the id of a backup of this database, which is
 * brought here from a bucket and then removed by `done`.
 * @throws {FaztError} `NOT_FOUND`, `INVALID` for what is no backup.
 */
export async function backupFile(said: string, place: LocalPlace): Promise<BackupFile> {
  const path = isAbsolute(said) ? said : resolve(place.cwd, said);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
    return {
      path,
      encrypted: !isDatabase(path) && headerOf(path).header.encryption !== undefined,
      done: () => Promise.resolve(),
    };
  }
  if (said.includes("/") || said.endsWith(".fbk")) {
    throw new FaztError("NOT_FOUND", `There is no file ${path}`, { hint: "fazt backup list" });
  }
  const store = storeOf(place);
  const backup = await findBackup(store, said);
  const found = { encrypted: backup.encrypted, backup };
  if (store instanceof FolderStore) {
    const done = () => Promise.resolve();
    return { path: `${store.place}/${backup.id}.fbk`, ...found, done };
  }
  const here = `${place.dbPath}.${backup.id}.fetched`;
  const done = () => Deno.remove(here).catch(() => {});
  try {
    await Deno.mkdir(dirname(here), { recursive: true, mode: 0o700 });
    const file = await Deno.open(here, { write: true, create: true, truncate: true, mode: 0o600 });
    await (await readBackup(store, backup)).pipeTo(file.writable);
  } catch (error) {
    await done();
    throw error;
  }
  return { path: here, ...found, done };
}

/** Whether an argument names a file of this machine. */
export function namesFile(said: string, cwd: string): boolean {
  return said.includes("/") || said.endsWith(".fbk") || existsSync(resolve(cwd, said));
}

/** The store that the environment and the database name; the database may be lost. */
function storeOf({ dbPath, env }: Omit<LocalPlace, "cwd">): BackupStore {
  return openStore(storeSpec({
    dbPath,
    get: (key) => {
      const said = env[settingVariable(key)] || storedSetting(dbPath, key);
      return said === undefined ? String(DEFINITIONS[key].fallback) : parseSetting(key, said);
    },
    secretKey: () => {
      if (env.FAZT_BACKUP_S3_SECRET_KEY) return env.FAZT_BACKUP_S3_SECRET_KEY;
      throw usageError(
        "Cannot reach the bucket of backups: its secret key is sealed in the database",
        "set FAZT_BACKUP_S3_SECRET_KEY, or start the node",
      );
    },
  }));
}

function storedSetting(dbPath: string, key: StoreSetting): string | undefined {
  try {
    return readDatabase(dbPath, (db) => {
      const sql = "SELECT value FROM settings WHERE key = ?";
      const row = db.get<{ value: string }>(sql, key);
      return row && JSON.parse(row.value);
    });
  } catch {
    return undefined;
  }
}
