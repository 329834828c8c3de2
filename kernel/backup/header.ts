import { createHash } from "node:crypto";
import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";

/** First bytes of every packed file, with the version of the format. */
const MAGIC = new TextEncoder().encode("FAZTPAK1");
const HASH_BYTES = 32;
const MAX_HEADER = 1024 * 1024;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const base64 = z.string().max(200).regex(/^[A-Za-z0-9+/]+={0,2}$/);
const whole = z.int().min(0);

/** How the payload is encrypted. The bounds are what a stranger's file may ask of this machine. */
const encryption = z.strictObject({
  /** RFC 9106. */
  kdf: z.literal("argon2id"),
  memoryKib: z.int().min(8).max(262_144),
  passes: z.int().min(1).max(10),
  lanes: z.int().min(1).max(8),
  salt: base64,
  /** The file's own key, sealed under the one that the passphrase gives. */
  key: base64,
  chunkBytes: z.int().min(1024).max(16 * 1024 * 1024),
});

const headerSchema = z.object({
  kind: z.enum(["backup", "app"]),
  /** Sorts by when it was made: `20261122-200401-123-7yc3`. */
  id: z.string().max(64),
  nodeId: z.string().max(64),
  /** Unix ms, by the clock of the node. */
  createdAt: whole,
  /** Version of the executable that wrote it. */
  version: z.string().max(64),
  /** Level of the schema. */
  level: whole,
  source: z.enum(["manual", "schedule"]),
  /** Of the database inside, bytes. */
  size: whole,
  /** SHA-256 of the database inside. */
  sha256: hex,
  compression: z.enum(["zstd", "none"]),
  encryption: encryption.optional(),
  /** Rows of what a person counts, such as `apps`. */
  counts: z.record(z.string().max(64), whole),
  /** Whether secrets open with what is inside, or only with the node's `FAZT_SECRET_KEY`. */
  secretKey: z.enum(["inside", "sealed", "none"]),
});

/** What a packed file says of itself; nothing in it is secret. */
export type Header = z.output<typeof headerSchema>;
/** See {@link Header}. */
export type Encryption = z.output<typeof encryption>;

/** The bytes before the payload: magic, length, JSON, and the SHA-256 of these three. */
export function encodeHeader(header: Header): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(MAGIC.length + 4 + json.length + HASH_BYTES);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, json.length);
  bytes.set(json, MAGIC.length + 4);
  bytes.set(digest(bytes.subarray(0, -HASH_BYTES)), bytes.length - HASH_BYTES);
  return bytes;
}

/** A header as it was read, with its bytes, which the payload is bound to. */
export interface ReadHeader {
  readonly header: Header;
  readonly bytes: Uint8Array;
}

/**
 * Reads a header from the front of a file.
 * @param read gives exactly so many bytes, or fewer where the file ends
 * @throws {FaztError} `BACKUP_DAMAGED`, or `INVALID` for a file that is none of ours.
 */
export function readHeader(read: (length: number) => Uint8Array): ReadHeader {
  const front = read(MAGIC.length + 4);
  if (front.length < MAGIC.length + 4 || !MAGIC.every((byte, i) => front[i] === byte)) {
    throw new FaztError("INVALID", "Cannot read this file: it is not one that fazt made", {
      hint: "give a file of fazt backup create or fazt app export",
    });
  }
  const length = new DataView(front.buffer, front.byteOffset).getUint32(MAGIC.length);
  if (length > MAX_HEADER) throw damaged("its header is too long");
  const rest = read(length + HASH_BYTES);
  if (rest.length < length + HASH_BYTES) throw damaged("it ends within its header");
  const bytes = new Uint8Array(front.length + rest.length);
  bytes.set(front);
  bytes.set(rest, front.length);
  const said = bytes.subarray(-HASH_BYTES);
  if (!digest(bytes.subarray(0, -HASH_BYTES)).every((byte, i) => byte === said[i])) {
    throw damaged("its header was changed");
  }
  return { header: parseHeader(rest.subarray(0, length)), bytes };
}

/** The header as its own list keeps it beside the file. @throws {FaztError} `BACKUP_DAMAGED`. */
export function parseHeader(json: Uint8Array): Header {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw damaged("its header is not JSON");
  }
  const parsed = headerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw damaged(`its header cannot be used (${path.join(".")}: ${message})`);
}

/** The error of a file that is not as it was written. */
export function damaged(why: string): FaztError {
  return new FaztError("BACKUP_DAMAGED", `Cannot use this file: ${why}`, {
    hint: "use another copy of it; fazt backup list shows the backups there are",
    status: 422,
  });
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
