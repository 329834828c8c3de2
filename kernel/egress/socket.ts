import type { Socket } from "node:net";
import { FaztError } from "../lib/fazt_error.ts";
import { netError } from "./errors.ts";

/** How a socket ended: `error` is what the app is told, if it did not end by itself. */
export interface SocketEnd {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly error: FaztError | undefined;
}

/** Options of an {@link EgressSocket}. */
export interface EgressSocketOptions {
  readonly host: string;
  /** Time without a byte either way until it is closed, ms. */
  readonly idleMs: number;
  /** Called once, when it is over. */
  readonly onEnd: (end: SocketEnd) => void;
}

/**
 * One open connection of an app. It holds no more than node's own buffers: bytes are taken from
 * the network when they are asked for, and the next are sent when the last ones left.
 */
export class EgressSocket {
  #stream!: Socket;
  #in = 0;
  #out = 0;
  #end: SocketEnd | undefined;
  #readEnded = false;
  #writeEnded = false;
  #writing = false;
  /** Goes on with the call that waits for bytes; true ends it. */
  #wake: ((given: boolean) => void) | undefined;
  #detach: () => void = () => {};
  #lastByte = performance.now();
  #timer: ReturnType<typeof setTimeout>;

  constructor(stream: Socket, private readonly options: EgressSocketOptions) {
    this.#attach(stream);
    this.#timer = this.#watchIdle(options.idleMs);
  }

  /**
   * The next bytes; undefined when the other side sends no more. One call at a time.
   * @throws {FaztError} why it ended
   */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#wake !== undefined) throw busy("read from");
    for (;;) {
      const bytes = this.#end === undefined ? this.#stream.read() as Uint8Array | null : null;
      if (bytes !== null) {
        this.#in += bytes.byteLength;
        this.#lastByte = performance.now();
        return bytes;
      }
      if (this.#readEnded) return undefined;
      if (this.#end !== undefined) throw this.#end.error ?? over(this.options.host);
      const given = await new Promise<boolean>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
      if (given) throw over(this.options.host);
    }
  }

  /**
   * Resolves when the bytes have left. One call at a time.
   * @throws {FaztError} why it ended
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#writing) throw busy("write to");
    if (this.#end !== undefined) throw this.#end.error ?? over(this.options.host);
    if (this.#writeEnded) throw over(this.options.host);
    this.#writing = true;
    try {
      await new Promise<void>((resolve) => this.#stream.write(bytes, () => resolve()));
    } finally {
      this.#writing = false;
    }
    const end = this.#end as SocketEnd | undefined;
    if (end !== undefined) throw end.error ?? over(this.options.host);
    this.#out += bytes.byteLength;
    this.#lastByte = performance.now();
  }

  /** Sends no more; the other side may go on. */
  end(): void {
    if (this.#writeEnded || this.#end !== undefined) return;
    this.#writeEnded = true;
    this.#stream.end();
    this.#endIfDone();
  }

  /**
   * Puts another stream in place of this one's, such as TLS over it.
   * @throws {FaztError} when bytes wait that were sent before: they were protected by nothing.
   */
  async upgrade(by: (plain: Socket) => Promise<Socket>): Promise<void> {
    if (this.#end !== undefined) throw this.#end.error ?? over(this.options.host);
    if (this.#writing) throw busy("upgrade");
    const plain = this.#stream;
    if (plain.readableLength > 0) {
      const early = netError("NET_ERROR", "it sent something before TLS began", {
        host: this.options.host,
        details: { reason: "tls" },
      });
      this.#finish(early);
      throw early;
    }
    this.#detach();
    // What comes from here on is for who reads after this.
    this.#wake?.(true);
    try {
      this.#attach(await by(plain));
      this.#lastByte = performance.now();
    } catch (error) {
      plain.destroy();
      this.#finish(error as FaztError);
      throw error;
    }
    // Closed meanwhile: nobody else will see to the new stream.
    if (this.#end !== undefined) this.#stream.destroy();
  }

  /** Ends it now. */
  close(error?: FaztError): void {
    this.#finish(error);
  }

  #attach(stream: Socket): void {
    const wake = () => this.#wake?.(false);
    const listeners = {
      readable: wake,
      end: () => {
        this.#readEnded = true;
        wake();
        this.#endIfDone();
      },
      error: () => this.#finish(broken(this.options.host)),
      close: () => this.#finish(this.#readEnded ? undefined : broken(this.options.host)),
    };
    this.#stream = stream;
    // An error that nobody listens to would end the node.
    stream.on("error", () => {});
    for (const [name, listener] of Object.entries(listeners)) stream.on(name, listener);
    this.#detach = () => {
      for (const [name, listener] of Object.entries(listeners)) stream.off(name, listener);
    };
  }

  #endIfDone(): void {
    if (this.#readEnded && this.#writeEnded) {
      this.#stream.once("finish", () => this.#finish());
      if (this.#stream.writableFinished) this.#finish();
    }
  }

  #finish(error?: FaztError): void {
    if (this.#end !== undefined) return;
    this.#end = { bytesIn: this.#in, bytesOut: this.#out, error };
    clearTimeout(this.#timer);
    this.#stream.destroy();
    this.#wake?.(false);
    this.options.onEnd(this.#end);
  }

  /** One timer, set again at its end for what is left: bytes do not touch it. */
  #watchIdle(ms: number): ReturnType<typeof setTimeout> {
    return this.#timer = setTimeout(() => {
      const left = this.options.idleMs - (performance.now() - this.#lastByte);
      if (left > 0) this.#watchIdle(left);
      else this.#finish(idle(this.options));
    }, Math.max(1, ms));
  }
}

function busy(what: string): FaztError {
  return new FaztError("INVALID", `Cannot ${what} this socket: another call does`);
}

function over(host: string): FaztError {
  return netError("NET_ERROR", "its socket is closed", { host, details: { reason: "closed" } });
}

function broken(host: string): FaztError {
  return netError("NET_ERROR", "the connection broke", { host, details: { reason: "broken" } });
}

function idle({ host, idleMs }: EgressSocketOptions): FaztError {
  return netError("NET_TIMEOUT", `its socket carried nothing for ${idleMs} ms`, {
    host,
    hint: "the owner can raise it: fazt config set limits.net.socketIdleSeconds <value>",
    details: { limit: "net.socketIdleSeconds", max: idleMs / 1000 },
  });
}
