import { type StreamHandle, streams } from "./stream_handle.ts";

/** Bytes that may wait to be written before no more are read. */
const WAITING_BYTES = 256 * 1024;

/** Where every read goes: what it holds is written, or copied, before the next one. */
const BUFFER = new Uint8Array(64 * 1024);

/** How one direction of a relay ends. */
export interface CarryEvents {
  /** Everything was read and is written. */
  readonly onEnd: () => void;
  /** The side that is read from broke. */
  readonly onBroken: () => void;
}

/**
 * Carries bytes from one handle to another; one read is one write. Without Node's streams between, for
 * they take several times as long as the rest. What cannot be written is dropped: the other direction
 * may still have something to say.
 */
export class Carry {
  #to: StreamHandle | undefined;
  /** What waits while another write is under way: of TLS there may be one at a time. */
  #queue: Uint8Array[] = [];
  #queued = 0;
  #isWriting = false;
  #isStopped = false;
  #hasEnded = false;
  #isDropped = false;
  #isOver = false;
  #request = new streams.WriteWrap();

  /** Takes over what is read; nothing is until it begins. */
  constructor(private readonly from: StreamHandle, private readonly events: CarryEvents) {
    from.onread = () => this.#read();
    from._installNativeOnread?.(from.onread);
    from.useUserBuffer(BUFFER);
    from.readStop();
  }

  /** Takes what was read before, or is in the buffer. */
  push(bytes: Uint8Array): void {
    if (this.#isDropped) return;
    if (this.#to !== undefined && !this.#isWriting) return this.#write(this.#to, bytes);
    this.#queue.push(bytes.slice());
    this.#queued += bytes.length;
    if (this.#queued < WAITING_BYTES || this.#isStopped) return;
    this.#isStopped = true;
    this.from.readStop();
  }

  /** Begins to write, with what comes before everything else. */
  begin(to: StreamHandle, first?: Uint8Array): void {
    this.#to = to;
    if (first !== undefined) this.#queue.unshift(first);
    this.#goOn();
    if (!this.#isStopped && !this.#hasEnded) this.from.readStart();
  }

  /** Whatever comes from now on goes nowhere. */
  drop(): void {
    this.#isDropped = true;
    this.#queue = [];
    this.#resume();
  }

  #read(): void {
    const count = streams.streamBaseState[streams.kReadBytesOrError]!;
    if (count > 0) return this.push(BUFFER.subarray(0, count));
    if (count === 0) return;
    this.#hasEnded = true;
    if (count === UV_EOF) this.#endIfDone();
    else this.events.onBroken();
  }

  #write(to: StreamHandle, bytes: Uint8Array): void {
    const request = this.#request;
    if (to.writeBuffer(request, bytes) !== 0) return this.drop();
    if (streams.streamBaseState[streams.kLastWriteWasAsync] === 0) return;
    // It holds the request until it is done.
    this.#request = new streams.WriteWrap();
    this.#isWriting = true;
    request.oncomplete = (status) => {
      this.#isWriting = false;
      if (status < 0) this.drop();
      this.#goOn();
    };
  }

  #goOn(): void {
    if (this.#queue.length > 0) {
      const bytes = joined(this.#queue);
      this.#queue = [];
      this.#queued = 0;
      this.#write(this.#to!, bytes);
      this.#resume();
    }
    if (this.#hasEnded) this.#endIfDone();
  }

  #resume(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    if (!this.#hasEnded) this.from.readStart();
  }

  #endIfDone(): void {
    if (this.#to === undefined || this.#isWriting || this.#queue.length > 0 || this.#isOver) return;
    this.#isOver = true;
    this.events.onEnd();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Says on a handle that nothing more comes. */
export function shutdown(handle: StreamHandle): void {
  const request = new streams.ShutdownWrap();
  request.oncomplete = () => {};
  handle.shutdown(request);
}

/** The end of a stream, as libuv says it. */
const UV_EOF = -4095;
