import { FaztError } from "../lib/fazt_error.ts";
import { S3Client, type S3Options } from "../storage/mod.ts";
import type { BackupStore, StoredFile } from "./store.ts";

/** Names listed at most: a bucket that is used for other things too must not fill memory. */
const MAX_NAMES = 100_000;

/** Backups in a bucket of an S3-compatible service, below a prefix. */
export class S3Store implements BackupStore {
  readonly place: string;
  readonly #client: S3Client;

  /** @throws {FaztError} `INVALID` for an endpoint or bucket that cannot be. */
  constructor(options: S3Options) {
    this.#client = new S3Client(options);
    this.place = `${options.endpoint}/${options.bucket}${
      options.prefix ? `/${options.prefix}` : ""
    }`;
  }

  async put(name: string, { path }: { readonly path: string }): Promise<void> {
    const { size } = await Deno.stat(path);
    const file = await Deno.open(path);
    const { size: stored } = await this.#client.put(name, file.readable, { size });
    if (stored !== size) {
      await this.#client.delete(name);
      throw new FaztError("S3_ERROR", `Cannot store ${name}: ${stored} of ${size} bytes arrived`, {
        hint: "try again",
        status: 502,
      });
    }
    await Deno.remove(path);
  }

  async get(name: string): Promise<ReadableStream<Uint8Array> | undefined> {
    return (await this.#client.get(name))?.body;
  }

  async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#client.list("", cursor === undefined ? {} : { cursor });
      for (const { key, size } of page.objects) {
        if (!key.includes("/")) files.push({ name: key, bytes: size });
      }
      cursor = page.cursor;
    } while (cursor !== undefined && files.length < MAX_NAMES);
    return files;
  }

  async delete(name: string): Promise<boolean> {
    if (await this.#client.head(name) === undefined) return false;
    await this.#client.delete(name);
    return true;
  }
}
