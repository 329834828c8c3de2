import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { argon2id } from "hash-wasm";
import { FaztError } from "../lib/fazt_error.ts";
import { KEY_BYTES, seal, unseal } from "../secrets/mod.ts";
import { damaged, type Encryption } from "./header.ts";

const CIPHER = "aes-256-gcm";
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const CHUNK_BYTES = 1024 * 1024;
const CONTEXT = "fazt file key";
/** RFC 9106 §4, the choice for less memory: 64 MiB, three passes. */
const COST = { memoryKib: 65_536, passes: 3, lanes: 1 } as const;
/** Shorter ones are guessed whatever they cost. */
const MIN_PASSPHRASE = 8;

/** Makes a key for one file and wraps it under a passphrase. */
export async function newFileKey(
  passphrase: string,
): Promise<{ readonly key: Uint8Array; readonly encryption: Encryption }> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new FaztError("INVALID", "Cannot encrypt: the passphrase is too short", {
      hint: `use at least ${MIN_PASSPHRASE} characters, better several words`,
    });
  }
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const wrapping = await derive(passphrase, { ...COST, salt });
  return {
    key,
    encryption: {
      kdf: "argon2id",
      ...COST,
      salt: salt.toBase64(),
      key: seal(wrapping, key, CONTEXT).toBase64(),
      chunkBytes: CHUNK_BYTES,
    },
  };
}

/** The file's key. @throws {FaztError} `PASSPHRASE` when there is none or it is a wrong one. */
export async function openFileKey(
  encryption: Encryption,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  if (passphrase === undefined) {
    throw new FaztError("PASSPHRASE", "Cannot open this file: it is encrypted", {
      hint: "give its passphrase: typed when asked, on stdin, or in FAZT_BACKUP_PASSPHRASE",
      status: 403,
    });
  }
  const salt = Uint8Array.fromBase64(encryption.salt);
  const wrapping = await derive(passphrase, { ...encryption, salt });
  const key = unseal(wrapping, Uint8Array.fromBase64(encryption.key), CONTEXT);
  if (key?.length === KEY_BYTES) return key;
  throw new FaztError("PASSPHRASE", "Cannot open this file: the passphrase is wrong", {
    hint: "type the passphrase it was made with; without it nothing opens the file",
    status: 403,
  });
}

interface Bound {
  readonly key: Uint8Array;
  readonly chunkBytes: number;
  /** The header's bytes: a payload opens under no other header. */
  readonly header: Uint8Array;
}

/**
 * Encrypts in chunks of a fixed size, each under a nonce of its number and whether it is the
 * last (STREAM of Hoang, Reyhanitabar, Rogaway and Vizár): none can be changed, moved or cut off.
 * The key is of this file alone, so a number is never used twice.
 */
export function* encrypt(source: Iterable<Uint8Array>, bound: Bound): Generator<Uint8Array> {
  const aad = contextOf(bound);
  let n = 0;
  for (const { bytes, last } of exactly(source, bound.chunkBytes)) {
    const cipher = createCipheriv(CIPHER, bound.key, nonceOf(n++, last));
    cipher.setAAD(aad);
    yield cipher.update(bytes);
    cipher.final();
    yield cipher.getAuthTag();
  }
}

/** @throws {FaztError} `BACKUP_DAMAGED` at the first byte that is not as it was written. */
export function* decrypt(source: Iterable<Uint8Array>, bound: Bound): Generator<Uint8Array> {
  const aad = contextOf(bound);
  let n = 0;
  for (const { bytes, last } of exactly(source, bound.chunkBytes + TAG_BYTES)) {
    if (bytes.length < TAG_BYTES) throw damaged("it was cut off");
    const cipher = createDecipheriv(CIPHER, bound.key, nonceOf(n, last), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(aad);
    cipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = cipher.update(bytes.subarray(0, -TAG_BYTES));
    try {
      cipher.final();
    } catch {
      throw damaged(`its part ${n + 1} was changed or what follows it is missing`);
    }
    n++;
    yield plain;
  }
}

/** Parts of exactly `length` bytes; the last one, which may be empty, is shorter or as long. */
function* exactly(
  source: Iterable<Uint8Array>,
  length: number,
): Generator<{ readonly bytes: Uint8Array; readonly last: boolean }> {
  let buffer = new Uint8Array(length);
  let used = 0;
  for (let part of source) {
    while (part.length > 0) {
      if (used === length) {
        yield { bytes: buffer, last: false };
        buffer = new Uint8Array(length);
        used = 0;
      }
      const taken = part.subarray(0, length - used);
      buffer.set(taken, used);
      used += taken.length;
      part = part.subarray(taken.length);
    }
  }
  yield { bytes: buffer.subarray(0, used), last: true };
}

/** 96 bits: one byte that is 1 for the last chunk, then the chunk's number. */
function nonceOf(n: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce[0] = last ? 1 : 0;
  new DataView(nonce.buffer).setBigUint64(4, BigInt(n));
  return nonce;
}

function contextOf({ header }: Bound): Uint8Array {
  return createHash("sha256").update(header).digest();
}

async function derive(
  passphrase: string,
  cost: Pick<Encryption, "memoryKib" | "passes" | "lanes"> & { readonly salt: Uint8Array },
): Promise<Uint8Array> {
  return await argon2id({
    password: passphrase.normalize("NFC"),
    salt: cost.salt,
    parallelism: cost.lanes,
    iterations: cost.passes,
    memorySize: cost.memoryKib,
    hashLength: KEY_BYTES,
    outputType: "binary",
  });
}
