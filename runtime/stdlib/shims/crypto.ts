/** `node:crypto`: hashes, MACs, key derivation and randomness, synchronous as in Node. */
import { Buffer } from "node:buffer";
import { hmac } from "@noble/hashes/hmac.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { pbkdf2 as pbkdf2Noble } from "@noble/hashes/pbkdf2.js";
import { scrypt as scryptNoble } from "@noble/hashes/scrypt.js";
import { type Data, failure, toBytes } from "./crypto_bytes.ts";
import { algorithm, getHashes } from "./crypto_algorithms.ts";
import {
  getRandomValues,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
} from "./crypto_random.ts";

/** Text forms of a digest; none is a Buffer. */
type Encoding = "hex" | "base64" | "base64url" | "latin1" | "binary" | "utf8" | "buffer";

/** The running state both kinds of object share in @noble/hashes. */
interface State {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
  clone(): State;
}

/** What {@link createHash} and {@link createHmac} give. */
class Hash {
  #state: State | undefined;

  constructor(state: State) {
    this.#state = state;
  }

  /** Adds data; text is UTF-8 unless its encoding is named. */
  update(data: Data, encoding?: string): this {
    this.#live().update(toBytes(data, encoding));
    return this;
  }

  /** The result; afterwards the object is used up. */
  digest(encoding?: Encoding): Buffer | string {
    const bytes = Buffer.from(this.#live().digest());
    this.#state = undefined;
    return encoding === undefined || encoding === "buffer" ? bytes : bytes.toString(encoding);
  }

  /** A second object that goes on from here. */
  copy(): Hash {
    return new Hash(this.#live().clone());
  }

  #live(): State {
    if (this.#state) return this.#state;
    throw failure(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
  }
}

/** A hash by its OpenSSL name, such as `sha256`. */
function createHash(name: string): Hash {
  return new Hash(algorithm(name).create() as unknown as State);
}

/** A keyed hash (RFC 2104). */
function createHmac(name: string, key: Data): Hash {
  return new Hash(hmac.create(algorithm(name), toBytes(key)) as unknown as State);
}

/** One-shot hash; hexadecimal unless another encoding is named. */
function hash(name: string, data: Data, encoding: Encoding = "hex"): Buffer | string {
  return createHash(name).update(data).digest(encoding);
}

/** Whether two values of one length are equal, in time that does not depend on where they differ. */
function timingSafeEqual(a: Data, b: Data): boolean {
  const [x, y] = [toBytes(a), toBytes(b)];
  if (x.length !== y.length) {
    const message = "Input buffers must have the same byte length";
    throw failure(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", message);
  }
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i]! ^ y[i]!;
  return difference === 0;
}

type Done = (error: Error | null, key?: Buffer) => void;

/** PBKDF2 (RFC 8018). */
function pbkdf2Sync(password: Data, salt: Data, c: number, dkLen: number, name: string): Buffer {
  const options = { c, dkLen };
  return Buffer.from(pbkdf2Noble(algorithm(name), toBytes(password), toBytes(salt), options));
}

/** {@link pbkdf2Sync} with a callback. */
function pbkdf2(
  ...[password, salt, c, dkLen, name, done]: [Data, Data, number, number, string, Done]
): void {
  later(done, () => pbkdf2Sync(password, salt, c, dkLen, name));
}

/** Cost parameters of scrypt, by either of their names. */
interface ScryptOptions {
  readonly N?: number;
  readonly r?: number;
  readonly p?: number;
  readonly cost?: number;
  readonly blockSize?: number;
  readonly parallelization?: number;
  /** Bytes of memory at most. */
  readonly maxmem?: number;
}

/** scrypt (RFC 7914). */
function scryptSync(
  password: Data,
  salt: Data,
  dkLen: number,
  options: ScryptOptions = {},
): Buffer {
  const N = options.N ?? options.cost ?? 16384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  // Node measures the work area alone; the library counts its own blocks as well.
  if (128 * N * r > (options.maxmem ?? 32 * 1024 * 1024)) {
    throw failure(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
  }
  const maxmem = 128 * r * (N + p) + 1024;
  return Buffer.from(
    scryptNoble(toBytes(password), toBytes(salt), { N, r, p, dkLen, maxmem }),
  );
}

/** {@link scryptSync} with a callback. */
function scrypt(
  ...args: [Data, Data, number, Done] | [Data, Data, number, ScryptOptions, Done]
): void {
  const [password, salt, dkLen] = args;
  const options = args.length === 5 ? args[3] : {};
  later(args.at(-1) as Done, () => scryptSync(password, salt, dkLen, options));
}

/** HKDF (RFC 5869). */
function hkdfSync(name: string, key: Data, salt: Data, info: Data, length: number): ArrayBuffer {
  const bytes = hkdf(algorithm(name), toBytes(key), toBytes(salt), toBytes(info), length);
  return bytes.slice().buffer as ArrayBuffer;
}

function later(done: Done, make: () => Buffer): void {
  queueMicrotask(() => {
    let key: Buffer;
    try {
      key = make();
    } catch (error) {
      return done(error as Error);
    }
    done(null, key);
  });
}

const webcrypto = globalThis.crypto;
const subtle = webcrypto.subtle;

const crypto = {
  createHash,
  createHmac,
  getHashes,
  getRandomValues,
  hash,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  subtle,
  timingSafeEqual,
  webcrypto,
};

export {
  createHash,
  createHmac,
  getHashes,
  getRandomValues,
  hash,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  subtle,
  timingSafeEqual,
  webcrypto,
};
export default crypto;
