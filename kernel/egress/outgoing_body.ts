import { netError } from "./errors.ts";

/** The body of a request on its way out: counted, capped, and sent at the receiver's pace. */
export class OutgoingBody {
  #bytes = 0;
  #taken = false;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** @throws {FaztError} `NET_SIZE` when the bytes are known to be too many. */
  constructor(
    private readonly source: Uint8Array | ReadableStream<Uint8Array>,
    private readonly maxBytes: number,
  ) {
    if (this.length !== undefined && this.length > maxBytes) throw tooLarge(maxBytes);
  }

  /** Bytes, if that is known. */
  get length(): number | undefined {
    return this.source instanceof Uint8Array ? this.source.byteLength : undefined;
  }

  /** Whether it can be sent again: a stream that was read is gone. */
  get replayable(): boolean {
    return this.source instanceof Uint8Array || !this.#taken;
  }

  /** Bytes handed over so far, all sendings together. */
  get sent(): number {
    return this.#bytes;
  }

  /** Its parts; they end early once `closed`, without waiting for a sender that is silent. */
  async *chunks(closed: Promise<unknown>): AsyncGenerator<Uint8Array> {
    this.#taken = true;
    if (this.source instanceof Uint8Array) {
      this.#bytes += this.source.byteLength;
      if (this.source.byteLength > 0) yield this.source;
      return;
    }
    const reader = this.#reader = this.source.getReader();
    closed.then(() => reader.cancel()).catch(() => {});
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw netError("NET_ERROR", "the stream that is its body failed", {
          details: { reason: "body" },
        });
      });
      if (done) return;
      if (!(value instanceof Uint8Array)) {
        throw netError("NET_ERROR", "the stream that is its body does not give bytes", {
          details: { reason: "body" },
        });
      }
      this.#bytes += value.byteLength;
      if (this.#bytes > this.maxBytes) throw tooLarge(this.maxBytes);
      if (value.byteLength > 0) yield value;
    }
  }

  /** Tells whoever makes the body that no more of it is wanted. */
  release(): void {
    if (this.source instanceof Uint8Array) return;
    const gone = this.#reader ? this.#reader.cancel() : this.#taken ? undefined : this.#drop();
    gone?.catch(() => {});
  }

  #drop(): Promise<void> | undefined {
    this.#taken = true;
    return (this.source as ReadableStream).locked
      ? undefined
      : (this.source as ReadableStream).cancel();
  }
}

function tooLarge(max: number) {
  return netError("NET_SIZE", `its body has more than ${max} bytes`, {
    hint: "the owner can raise it: fazt config set limits.net.outMb <value>",
    details: { limit: "net.outMb", max },
  });
}
