/** Reads numbers and vectors of TLS (RFC 8446 §3) from bytes that nobody vouches for. */
export class ByteReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Bytes that are left. */
  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** The next bytes. @throws {RangeError} where there are fewer */
  take(count: number): Uint8Array {
    if (count > this.left) throw new RangeError("it ends too early");
    return this.bytes.subarray(this.#at, this.#at += count);
  }

  /** A number of so many bytes, the most significant first. */
  number(bytes: 1 | 2 | 3): number {
    return this.take(bytes).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A vector whose length comes first, in so many bytes. */
  vector(lengthBytes: 1 | 2 | 3): ByteReader {
    return new ByteReader(this.take(this.number(lengthBytes)));
  }

  /** What is left. */
  rest(): Uint8Array {
    return this.take(this.left);
  }
}
