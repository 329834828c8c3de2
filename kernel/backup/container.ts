import { createHash } from "node:crypto";
import { decrypt, encrypt, newFileKey, openFileKey } from "./cipher.ts";
import { compressed, decompressed } from "./frames.ts";
import { damaged, encodeHeader, type Header, type ReadHeader, readHeader } from "./header.ts";

const READ_BYTES = 1024 * 1024;

/** Told now and then how many bytes of the database are through. */
export type OnBytes = (done: number) => void;

/** What {@link pack} makes a file of. */
export interface PackInput {
  /** The database, closed. */
  readonly from: string;
  /** Must not be there. */
  readonly to: string;
  /** All but what packing finds out. */
  readonly header: Omit<Header, "size" | "sha256" | "encryption">;
  readonly passphrase?: string | undefined;
  readonly onBytes?: OnBytes | undefined;
}

/** A file that was packed. */
export interface Packed {
  readonly header: Header;
  /** Of the file itself. */
  readonly bytes: number;
  readonly sha256: string;
}

/** Packs a database into one file, on the disk when this resolves. For a worker: it blocks. */
export async function pack(input: PackInput): Promise<Packed> {
  const content = hashFile(input.from);
  const secret = input.passphrase === undefined ? undefined : await newFileKey(input.passphrase);
  const header: Header = {
    ...input.header,
    size: content.bytes,
    sha256: content.sha256,
    ...(secret === undefined ? {} : { encryption: secret.encryption }),
  };
  const front = encodeHeader(header);
  const plain = counted(chunksOf(input.from), input.onBytes);
  const small = header.compression === "zstd" ? compressed(plain) : plain;
  const payload = secret === undefined ? small : encrypt(small, {
    key: secret.key,
    chunkBytes: secret.encryption.chunkBytes,
    header: front,
  });
  return { header, ...writeFile(input.to, [front], payload) };
}

/** Options of {@link unpack}. */
export interface UnpackOptions {
  readonly passphrase?: string | undefined;
  /** Where the database goes; must not be there. */
  readonly to: string;
  /** More than this is refused before anything is written. */
  readonly maxBytes?: number | undefined;
  readonly onBytes?: OnBytes | undefined;
}

/**
 * Unpacks a file and proves that the database in it is, byte for byte, the one that was packed.
 * @throws {FaztError} `BACKUP_DAMAGED`, `PASSPHRASE`, `TOO_LARGE`; then `to` is to be removed.
 */
export async function unpack(path: string, options: UnpackOptions): Promise<Header> {
  const { header, bytes } = headerOf(path);
  if (header.size > (options.maxBytes ?? Infinity)) throw damaged("what is in it is too large");
  const key = header.encryption && await openFileKey(header.encryption, options.passphrase);
  const packed = chunksOf(path, bytes.length);
  const small = key === undefined ? packed : decrypt(packed, {
    key,
    chunkBytes: header.encryption!.chunkBytes,
    header: bytes,
  });
  const plain = header.compression === "zstd" ? decompressed(small) : small;
  const content = writeFile(options.to, [], counted(bounded(plain, header.size), options.onBytes));
  if (content.bytes !== header.size) throw damaged("it was cut off");
  if (content.sha256 !== header.sha256) throw damaged("what is in it was changed");
  return header;
}

/** What a packed file says of itself. @throws {FaztError} `BACKUP_DAMAGED`, `INVALID`. */
export function headerOf(path: string): ReadHeader {
  using file = Deno.openSync(path);
  return readHeader((length) => readUpTo(file, new Uint8Array(length)));
}

/** SHA-256 of what is in a file that is not encrypted. @throws {FaztError} `BACKUP_DAMAGED`. */
export function unpackedHash(path: string): string {
  const { header, bytes } = headerOf(path);
  const packed = chunksOf(path, bytes.length);
  const hash = createHash("sha256");
  const plain = header.compression === "zstd" ? decompressed(packed) : packed;
  for (const chunk of bounded(plain, header.size)) hash.update(chunk);
  return hash.digest("hex");
}

/** Length and SHA-256 of a file. */
export function hashFile(path: string): { readonly bytes: number; readonly sha256: string } {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const chunk of chunksOf(path)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The file in pieces, which are not used again. */
export function* chunksOf(path: string, from = 0): Generator<Uint8Array> {
  using file = Deno.openSync(path);
  if (from > 0) file.seekSync(from, Deno.SeekMode.Start);
  for (;;) {
    const chunk = readUpTo(file, new Uint8Array(READ_BYTES));
    if (chunk.length === 0) return;
    yield chunk;
  }
}

function readUpTo(file: Deno.FsFile, buffer: Uint8Array): Uint8Array {
  let used = 0;
  while (used < buffer.length) {
    const n = file.readSync(buffer.subarray(used));
    if (n === null) break;
    used += n;
  }
  return buffer.subarray(0, used);
}

function writeFile(
  path: string,
  front: readonly Uint8Array[],
  rest: Iterable<Uint8Array>,
): { readonly bytes: number; readonly sha256: string } {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  const hash = createHash("sha256");
  let bytes = 0;
  const write = (chunk: Uint8Array) => {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
  };
  for (const chunk of front) write(chunk);
  for (const chunk of rest) write(chunk);
  file.syncSync();
  return { bytes, sha256: hash.digest("hex") };
}

function* counted(source: Iterable<Uint8Array>, tell: OnBytes | undefined): Generator<Uint8Array> {
  let done = 0;
  for (const chunk of source) {
    yield chunk;
    tell?.(done += chunk.length);
  }
}

/** A payload must not write more than the header promised. */
function* bounded(source: Iterable<Uint8Array>, max: number): Generator<Uint8Array> {
  let seen = 0;
  for (const chunk of source) {
    seen += chunk.length;
    if (seen > max) throw damaged("there is more in it than it says");
    yield chunk;
  }
}
