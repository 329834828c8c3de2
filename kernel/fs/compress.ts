import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { MIB } from "../lib/bytes.ts";
import { isCompressible } from "./mime.ts";

/** Compressed forms of one file; each only where it is worth having. */
export interface Variants {
  readonly brotli?: Uint8Array;
  readonly gzip?: Uint8Array;
}

const MIN_BYTES = 256;
const MAX_BYTES = 5 * MIB;
/** A variant must save at least this part of the file. */
const WORTH = 0.95;

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** Compresses a file once, at deploy, off the event loop (RFC 7932, RFC 1952). */
export async function compress(bytes: Uint8Array, type: string): Promise<Variants> {
  if (!isCompressible(type) || bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) return {};
  const [small, plain] = await Promise.all([
    brotliAsync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    gzipAsync(bytes, { level: 6 }),
  ]);
  const worth = (made: Uint8Array) => made.length <= bytes.length * WORTH;
  return {
    ...(worth(small) ? { brotli: new Uint8Array(small) } : {}),
    ...(worth(plain) ? { gzip: new Uint8Array(plain) } : {}),
  };
}
