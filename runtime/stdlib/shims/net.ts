/**
 * `node:net`: sockets over `fazt.net.connect`, as much of them as client libraries use. Apps
 * cannot listen.
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { Connect, GuestSocket } from "../../guest/mod.ts";
import { isIP, isIPv4, isIPv6 } from "./net_address.ts";

/** How a socket is connected; what else libraries pass is of no meaning here. */
export interface ConnectArgs {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string;
  readonly timeout?: number;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
}

type Callback = (error?: Error | null) => void;
type Written = { readonly chunk: Uint8Array }[];

/** Codes of Node for what went wrong on the way; refusals of the node keep theirs. */
const NODE_CODES: Readonly<Record<string, string>> = {
  connect: "ECONNREFUSED",
  dns: "ENOTFOUND",
  broken: "ECONNRESET",
  closed: "EPIPE",
};

const open: Connect = (host, port, options) =>
  (globalThis as unknown as Record<symbol, Connect>)[Symbol.for("fazt.connect")]!(
    host,
    port,
    options,
  );

/** A connection as a stream of Node. */
class Socket extends Duplex {
  connecting = false;
  bytesRead = 0;
  bytesWritten = 0;
  timeout = 0;
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  remoteFamily: string | undefined;
  localAddress: string | undefined;
  localPort: number | undefined;
  #socket: GuestSocket | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #opened: Promise<unknown> | undefined;
  #onOpen: ((socket: GuestSocket) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #host = "";

  constructor({ allowHalfOpen = false }: { readonly allowHalfOpen?: boolean } = {}) {
    super({ allowHalfOpen, autoDestroy: true, emitClose: true, decodeStrings: true });
    // A write before connect() waits for it, as in Node.
    this.#opened = new Promise((resolve) => this.#onOpen = resolve);
  }

  get pending(): boolean {
    return this.#reader === undefined;
  }

  get readyState(): string {
    if (this.connecting) return "opening";
    if (this.#reader === undefined || this.destroyed) return "closed";
    return this.writable ? (this.readable ? "open" : "writeOnly") : "readOnly";
  }

  /** `connect(options, cb?)`, `connect(port, host?, cb?)`. */
  connect(...args: unknown[]): this {
    const { options, callback } = connectArgs(args);
    if (options.path !== undefined) {
      throw new TypeError("Cannot connect to a path: apps have no files");
    }
    this.#host = options.host ?? "localhost";
    if (callback !== undefined) this.once("connect", callback);
    this.adopt(open(this.#host, Number(options.port), { allowHalfOpen: true }), {
      host: this.#host,
      port: Number(options.port),
      event: "connect",
    });
    if (options.timeout) this.setTimeout(options.timeout);
    return this;
  }

  /** Goes on with an open or opening socket; `event` says that it is open. */
  protected adopt(
    socket: GuestSocket,
    { host, port, event }: { readonly host: string; readonly port: number; readonly event: string },
  ): void {
    this.connecting = true;
    this.#socket = socket;
    socket.opened.then(() => {
      if (this.destroyed) return;
      this.connecting = false;
      [this.remoteAddress, this.remotePort] = [host, port];
      this.remoteFamily = isIPv6(host) ? "IPv6" : "IPv4";
      this.#reader = socket.readable.getReader();
      this.#writer = socket.writable.getWriter();
      // Told by the next read or write.
      this.#writer.closed.catch(() => {});
      this.#reader.closed.catch(() => {});
      this.#onOpen?.(socket);
      this.#active();
      this.emit(event);
      this.emit("ready");
    }, (error) => this.destroy(nodeError(error)));
  }

  /** Gives the connection away, for TLS over it; this stream carries nothing more. */
  async release(): Promise<{ socket: GuestSocket; host: string; port: number }> {
    await this.#opened;
    if (this.readableLength > 0) throw new Error("Cannot start TLS: something was sent before it");
    this.#reader!.releaseLock();
    this.#writer!.releaseLock();
    const socket = this.#socket!;
    this.#socket = undefined;
    return { socket, host: this.remoteAddress!, port: this.remotePort! };
  }

  override _read(): void {
    this.#opened!.then(() => this.#reader!.read()).then(({ done, value }) => {
      this.#active();
      if (done || value === undefined) return void this.push(null);
      this.bytesRead += value.byteLength;
      this.push(Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength));
    }).catch((error) => {
      if (this.#socket !== undefined) this.destroy(nodeError(error));
    });
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    this.#send(chunk, callback);
  }

  override _writev(chunks: Written, callback: Callback): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: Callback): void {
    if (this.#socket === undefined) return callback();
    this.#opened!.then(() => this.#writer!.close()).then(() => callback(), () => callback());
  }

  override _destroy(error: Error | null, callback: Callback): void {
    clearTimeout(this.#timer);
    this.connecting = false;
    this.#socket?.close().catch(() => {});
    callback(error);
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** Emits `timeout` after this long without a byte; 0 is never. */
  setTimeout(ms: number, callback?: () => void): this {
    this.timeout = ms;
    if (callback !== undefined) this.once("timeout", callback);
    this.#active();
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  address(): object {
    return {};
  }

  #send(bytes: Uint8Array, callback: Callback): void {
    this.#opened!.then(() => this.#writer!.write(bytes)).then(() => {
      this.bytesWritten += bytes.byteLength;
      this.#active();
      callback();
    }, (error) => callback(nodeError(error)));
  }

  #active(): void {
    clearTimeout(this.#timer);
    if (this.timeout > 0) this.#timer = setTimeout(() => this.emit("timeout"), this.timeout);
  }
}

/** An error with the code that Node would have given it. */
function nodeError(error: Error & { reason?: string; code?: string }): Error {
  const code = NODE_CODES[error.reason ?? ""];
  if (code !== undefined) error.code = code;
  return error;
}

/** Reads the arguments of `connect` in each of its forms. */
export function connectArgs(
  args: readonly unknown[],
): { readonly options: ConnectArgs; readonly callback: (() => void) | undefined } {
  const callback = args.find((arg) => typeof arg === "function") as (() => void) | undefined;
  const [first, second] = args;
  const options = typeof first === "object" && first !== null
    ? first as ConnectArgs
    : { port: first as number, ...(typeof second === "string" ? { host: second } : {}) };
  return { options, callback };
}

const connect = (...args: unknown[]): Socket =>
  new Socket(typeof args[0] === "object" ? args[0] as object : {}).connect(...args);

function createServer(): never {
  throw new Error("Cannot listen: apps open connections, they take none but requests");
}

export { connect, connect as createConnection, createServer, createServer as Server };
export { isIP, isIPv4, isIPv6, Socket, Socket as Stream };
export default {
  connect,
  createConnection: connect,
  createServer,
  Server: createServer,
  isIP,
  isIPv4,
  isIPv6,
  Socket,
  Stream: Socket,
};
