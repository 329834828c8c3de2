import { FaztError } from "../lib/fazt_error.ts";
import { formatBytes, MIB } from "../lib/bytes.ts";

/** Bytes that can be read anywhere, in memory or in a file. */
export interface ZipSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees what it holds; safe to call twice. */
  close(): Promise<void>;
}

/** Up to this many bytes stay in memory; more go to a file of their own. */
const IN_MEMORY = 8 * MIB;

/** Bytes already in memory as a source. */
export function memorySource(bytes: Uint8Array): ZipSource {
  return {
    size: bytes.byteLength,
    read: (offset, length) => Promise.resolve(new Uint8Array(bytes.slice(offset, offset + length))),
    close: () => Promise.resolve(),
  };
}

/** Options of {@link spool}. */
export interface SpoolOptions {
  /** What is taken in, for the message; default: zip. */
  readonly what?: string;
  readonly maxBytes: number;
  /** The setting behind `maxBytes`, for the message. */
  readonly setting: string;
  /** Where a temporary file may stand: beside the database, not in memory as `/tmp` may be. */
  readonly dir: string;
}

/**
 * Takes in an upload of any size without holding it in memory: past 8 MiB it goes to a
 * temporary file without a name, which is gone after `close()`, a failure or a crash.
 * @throws {FaztError} `TOO_LARGE` past `maxBytes`.
 */
export async function spool(
  stream: ReadableStream<Uint8Array>,
  options: SpoolOptions,
): Promise<ZipSource> {
  const head: Uint8Array[] = [];
  let size = 0;
  let file: TemporaryFile | undefined;
  try {
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > options.maxBytes) throw tooLarge(options);
      if (file === undefined && size > IN_MEMORY) {
        file = await TemporaryFile.create(options.dir);
        for (const part of head.splice(0)) await file.write(part);
      }
      if (file) await file.write(chunk);
      else head.push(chunk);
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
  return file ?? memorySource(joined(head, size));
}

function tooLarge(options: SpoolOptions): FaztError {
  return new FaztError(
    "TOO_LARGE",
    `Cannot take the ${options.what ?? "zip"}: it is larger than ${formatBytes(options.maxBytes)}`,
    { hint: `fazt config set ${options.setting} <MiB> raises the limit` },
  );
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

class TemporaryFile implements ZipSource {
  size = 0;
  #open = true;

  /** @param path what is still to be removed, if the system did not let go of the name */
  private constructor(
    private readonly file: Deno.FsFile,
    private readonly path: string | undefined,
  ) {}

  static async create(dir: string): Promise<TemporaryFile> {
    const path = await Deno.makeTempFile({ dir, prefix: "fazt-deploy-" });
    const file = await Deno.open(path, { read: true, write: true });
    const removed = await Deno.remove(path).then(() => true, () => false);
    return new TemporaryFile(file, removed ? undefined : path);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) at += await this.file.write(bytes.subarray(at));
    this.size += bytes.byteLength;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    await this.file.seek(offset, Deno.SeekMode.Start);
    let at = 0;
    while (at < bytes.byteLength) {
      const n = await this.file.read(bytes.subarray(at));
      if (n === null) break;
      at += n;
    }
    return bytes.subarray(0, at);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.file.close();
    if (this.path !== undefined) await Deno.remove(this.path);
  }
}
