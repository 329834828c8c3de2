import { createHash } from "node:crypto";
import { CHUNK_BYTES, fileDag, type FilePart, leafOf } from "./file_dag.ts";

/**
 * Computes the CIDv1 of a file piece by piece: raw leaves of 256 KiB under a balanced UnixFS DAG,
 * as IPFS tools do with `--cid-version=1` (IPLD UnixFS v1 spec). One chunk is its own leaf.
 */
export class CidBuilder {
  readonly #leaves: FilePart[] = [];
  #hash = createHash("sha256");
  #inChunk = 0;
  #size = 0;

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  update(bytes: Uint8Array): this {
    let rest = bytes;
    while (rest.length > 0) {
      const part = rest.subarray(0, CHUNK_BYTES - this.#inChunk);
      this.#hash.update(part);
      this.#inChunk += part.length;
      this.#size += part.length;
      if (this.#inChunk === CHUNK_BYTES) this.#closeChunk();
      rest = rest.subarray(part.length);
    }
    return this;
  }

  /** The cid, base32. The builder is used up. */
  digest(): string {
    if (this.#inChunk > 0 || this.#leaves.length === 0) this.#closeChunk();
    return fileDag(this.#leaves).cid.toString();
  }

  #closeChunk(): void {
    this.#leaves.push(leafOf(this.#hash.digest(), this.#inChunk));
    this.#hash = createHash("sha256");
    this.#inChunk = 0;
  }
}

/** The cid of bytes in memory. */
export function cidOf(bytes: Uint8Array): string {
  return new CidBuilder().update(bytes).digest();
}

/** Whether `text` is written as our cids are: CIDv1, base32, sha2-256, raw or dag-pb. */
export function isCid(text: string): boolean {
  return /^baf(?:krei|ybei)[a-z2-7]{52}$/.test(text);
}
