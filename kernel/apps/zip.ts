import { type Entry, type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { vfsPath } from "../fs/mod.ts";
import { formatBytes, MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { ZipSource } from "./zip_source.ts";

/** What a zip may be; sizes in bytes, all counted on what inflating really produces. */
export interface ZipLimits {
  readonly entries: number;
  readonly inflatedBytes: number;
  /** Produced by packed bytes of one entry, judged once it produced more than 1 MiB. */
  readonly ratio: number;
  readonly fileBytes: number;
}

/** One file of a zip. */
export interface ZipFile {
  /** A valid VFS path, the one folder around everything removed. */
  readonly path: string;
  /** What the zip says the size is: good for refusing early, never for trusting. */
  readonly declaredSize: number;
  /** The content, inflated as it is read, checked against every limit and its checksum. */
  open(): ReadableStream<Uint8Array>;
}

/** No single look-up needs more; a directory larger than this is an attack on memory. */
const MAX_READ = 64 * MIB;
const RATIO_FROM = MIB;
const IGNORED = /^(?:__MACOSX|\.git|node_modules)$|^(?:\.DS_Store|Thumbs\.db|\.env(?:\..*)?)$/;

/**
 * Lists a zip's files. Everything a directory can tell is judged before a byte is inflated.
 * @throws {FaztError} `ZIP_INVALID`, `ZIP_BOMB`, `TOO_MANY_FILES`, `TOO_LARGE`, `PATH_INVALID`.
 */
export async function readZip(source: ZipSource, limits: ZipLimits): Promise<ZipFile[]> {
  const reader = new ZipReader(new SourceReader(source), {
    useWebWorkers: false,
    checkOverlappingEntry: true,
    checkCrc32: true,
    strictness: "balanced",
    // Names are judged by vfsPath alone, which says what is wrong with them.
    filenameValidation: "tolerant",
  });
  const files = await list(reader, limits);
  const seen = new Map<string, string>();
  const budget = new Budget(limits);
  const root = commonRoot(files.map(({ path }) => path));
  let declared = 0;
  const result = files.map(({ path, entry }): ZipFile => {
    const inside = path.slice(root.length);
    refuseTwin(inside, seen);
    declared += entry.uncompressedSize;
    if (entry.uncompressedSize > limits.fileBytes) throw fileTooLarge(inside, limits);
    if (declared > limits.inflatedBytes) throw unpacksTo(limits.inflatedBytes);
    return {
      path: inside,
      declaredSize: entry.uncompressedSize,
      open: () => inflate(entry, inside, budget),
    };
  });
  if (result.length === 0) throw invalid("there is no file in it");
  return result;
}

interface Listed {
  readonly path: string;
  readonly entry: FileEntry;
}

async function list(reader: ZipReader<unknown>, limits: ZipLimits): Promise<Listed[]> {
  const files: Listed[] = [];
  let entries = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (++entries > limits.entries) throw tooMany(limits.entries);
      const path = judged(entry);
      if (path !== undefined) files.push({ path, entry: entry as FileEntry });
    }
  } catch (error) {
    throw readable(error);
  }
  return files;
}

/** The entry's path, or undefined for one that is not a file of the app. */
function judged(entry: Entry): string | undefined {
  const shown = JSON.stringify(entry.filename.slice(0, 200));
  if (entry.encrypted) throw invalid(`${shown} is encrypted`);
  if (entry.symlink) throw invalid(`${shown} is a symbolic link`);
  const type = (entry.unixMode ?? 0) & 0o170000;
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) {
    throw invalid(`${shown} is not a plain file`);
  }
  // Macs write names in NFD; the path is the same one.
  const name = entry.filename.normalize("NFC");
  const path = vfsPath(entry.directory ? name.replace(/\/$/, "") : name);
  if (entry.directory || path.split("/").some((segment) => IGNORED.test(segment))) return undefined;
  return path;
}

/** The folder around everything, with its slash; empty when there is none. */
function commonRoot(paths: readonly string[]): string {
  const slash = paths[0]?.indexOf("/") ?? -1;
  if (slash < 0) return "";
  const root = paths[0]!.slice(0, slash + 1);
  // A folder with a meaning of its own is never the wrapping.
  if (root === "api/" || root === "private/" || root.startsWith(".")) return "";
  return paths.every((path) => path.startsWith(root)) ? root : "";
}

/** Two names that a Mac or Windows disk takes for one would deploy as a surprise. */
function refuseTwin(path: string, seen: Map<string, string>): void {
  const key = path.toLowerCase();
  const twin = seen.get(key);
  if (twin !== undefined) {
    throw invalid(`${JSON.stringify(twin)} and ${JSON.stringify(path)} are the same path`);
  }
  seen.set(key, path);
}

/** Counts what inflating produced, over all entries; one that is read twice counts once. */
class Budget {
  readonly #produced = new Map<FileEntry, number>();
  #total = 0;

  constructor(readonly limits: ZipLimits) {}

  /** Notes that an entry has now produced `bytes` in all, and refuses what is past a limit. */
  note(entry: FileEntry, path: string, bytes: number): void {
    const before = this.#produced.get(entry) ?? 0;
    if (bytes > before) {
      this.#produced.set(entry, bytes);
      this.#total += bytes - before;
    }
    const { fileBytes, inflatedBytes, ratio } = this.limits;
    // Whoever reads the file relies on this to know how much it can become.
    if (bytes > entry.uncompressedSize) {
      throw invalid(`${JSON.stringify(path)} has another size than it says`);
    }
    if (bytes > fileBytes) throw fileTooLarge(path, this.limits);
    if (this.#total > inflatedBytes) throw unpacksTo(inflatedBytes);
    if (bytes > RATIO_FROM && bytes > ratio * Math.max(1, entry.compressedSize)) {
      throw bomb(`${JSON.stringify(path)} unpacks to more than ${ratio} times its size`, "ratio");
    }
  }
}

function inflate(entry: FileEntry, path: string, budget: Budget): ReadableStream<Uint8Array> {
  const abort = new AbortController();
  let bytes = 0;
  const meter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      budget.note(entry, path, bytes);
      controller.enqueue(chunk);
    },
  });
  const source = entry.getData(meter.writable, { signal: abort.signal });
  const reader = meter.readable.getReader();
  // A failure before the first byte never reaches the stream: it has to be waited for as well.
  const failed = new Promise<never>((_, reject) => source.catch(reject));
  failed.catch(() => {});
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await Promise.race([reader.read(), failed]);
        if (!done) return controller.enqueue(value);
        await source;
        controller.close();
      } catch (error) {
        abort.abort();
        controller.error(readable(error, `${JSON.stringify(path)} is damaged: `));
      }
    },
    cancel: (reason) => {
      abort.abort();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

class SourceReader extends Reader<ZipSource> {
  constructor(private readonly source: ZipSource) {
    super(source);
    this.size = source.size;
  }

  override readUint8Array(index: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (length > MAX_READ) throw invalid("its directory is larger than 64 MB");
    return this.source.read(index, length);
  }
}

/** What the reader says, in words that tell what is wrong. */
const PLAIN: readonly [RegExp, string][] = [
  [
    /^(?:file format is not recognized|end of central directory not found)/,
    "it is not a zip file, or its end is missing",
  ],
  [/^ambiguous archive/, "it can be read in two ways (ambiguous archive)"],
];

/** @param about what the reader was doing, when it was with one file */
function readable(error: unknown, about = ""): FaztError {
  if (error instanceof FaztError) return error;
  const cause = (error as { cause?: unknown } | null)?.cause;
  if (cause instanceof FaztError) return cause;
  const text = error instanceof Error ? error.message.toLowerCase() : "it is broken";
  return invalid(about + (PLAIN.find(([pattern]) => pattern.test(text))?.[1] ?? text));
}

function invalid(why: string): FaztError {
  return new FaztError("ZIP_INVALID", `Cannot use the zip: ${why}`, {
    hint: "pack the folder again with plain files only, such as zip -r app.zip .",
    status: 422,
  });
}

function unpacksTo(bytes: number): FaztError {
  return bomb(`it unpacks to more than ${formatBytes(bytes)}`, "inflatedMb");
}

function bomb(why: string, setting: "inflatedMb" | "ratio"): FaztError {
  return new FaztError("ZIP_BOMB", `Cannot use the zip: ${why}`, {
    hint: `fazt config set limits.deploy.${setting} <n> raises the limit, if the file is yours`,
    status: 413,
  });
}

function tooMany(limit: number): FaztError {
  return new FaztError("TOO_MANY_FILES", `Cannot use the zip: it has more than ${limit} entries`, {
    hint: "leave out what the app does not serve, or fazt config set limits.deploy.entries <n>",
    status: 413,
  });
}

function fileTooLarge(path: string, limits: ZipLimits): FaztError {
  return new FaztError(
    "TOO_LARGE",
    `Cannot use the zip: ${JSON.stringify(path)} is larger than ${formatBytes(limits.fileBytes)}`,
    { hint: "fazt config set limits.vfs.fileMb <MiB> raises the limit" },
  );
}
