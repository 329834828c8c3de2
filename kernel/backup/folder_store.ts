import { FaztError } from "../lib/fazt_error.ts";
import type { BackupStore, StoredFile } from "./store.ts";

const PARTIAL = ".partial";

/** Backups in a folder of this machine, or of a disk that is mounted on it. */
export class FolderStore implements BackupStore {
  constructor(readonly place: string) {}

  async put(name: string, { path }: { readonly path: string }): Promise<void> {
    await makeFolder(this.place);
    const target = `${this.place}/${name}`;
    try {
      await Deno.rename(path, target);
    } catch {
      // It stands on another disk.
      const partial = `${this.place}/.${name}${PARTIAL}`;
      try {
        await Deno.copyFile(path, partial);
        await sync(partial);
        await Deno.rename(partial, target);
      } catch (error) {
        await Deno.remove(partial).catch(() => {});
        throw error;
      }
      await Deno.remove(path);
    }
    await sync(this.place);
  }

  async get(name: string): Promise<ReadableStream<Uint8Array> | undefined> {
    try {
      return (await Deno.open(`${this.place}/${name}`)).readable;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    try {
      for await (const { name, isFile } of Deno.readDir(this.place)) {
        if (!isFile || name.startsWith(".")) continue;
        const { size } = await Deno.stat(`${this.place}/${name}`);
        files.push({ name, bytes: size });
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return files.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  async delete(name: string): Promise<boolean> {
    try {
      await Deno.remove(`${this.place}/${name}`);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
}

/** Makes a folder that only its owner may read. @throws {FaztError} `BACKUP_FOLDER`. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new FaztError("BACKUP_FOLDER", `Cannot use ${path}: ${(cause as Error).message}`, {
      hint: "fazt config set backup.folder /another/folder",
      status: 500,
      cause,
    });
  }
}

/** Makes sure that a file, or the names in a folder, are on the disk. */
export async function sync(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}
