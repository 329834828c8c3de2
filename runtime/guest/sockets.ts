/** What {@link createSockets} needs. */
export interface SocketsDeps {
  readonly syscall: (name: string, input: unknown) => Promise<unknown>;
  /** Takes what the kernel sends of its own accord under a name. */
  readonly onPush: (topic: string, listener: (value: unknown) => void) => void;
  /** The error that the kernel's words stand for. */
  readonly errorOf: (body: unknown) => Error;
}

/** How a socket is opened. */
export interface ConnectOptions {
  /** TLS from the first byte; the certificate must be for the host. */
  readonly tls?: boolean;
  /** The name the certificate must be for instead. */
  readonly serverName?: string;
  /** PEM certificates to trust instead of the well-known ones. */
  readonly ca?: string | readonly string[];
  /** Time until it is open, ms. */
  readonly timeoutMs?: number;
  /** Whether it goes on sending when the other side sends no more. */
  readonly allowHalfOpen?: boolean;
}

/** A socket as apps have it: the shape of the Sockets API (WinterTC, `cloudflare:sockets`). */
export interface GuestSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<{ readonly remoteAddress: string }>;
  readonly closed: Promise<void>;
  /** As asked for, with the port. */
  readonly remoteAddress: string;
  readonly secureTransport: "on" | "off";
  /** Whether another socket, with TLS, took this one's place. */
  readonly upgraded: boolean;
  close(): Promise<void>;
  startTls(options?: Pick<ConnectOptions, "serverName" | "ca" | "timeoutMs">): GuestSocket;
}

/** Opens a socket; `opened` says when it is open. */
export type Connect = (host: string, port: number, options?: ConnectOptions) => GuestSocket;

/**
 * Sockets through the kernel, which owns each of them: bytes are asked for one piece at a time and
 * the next are sent when the last have left, so that no side runs ahead of the other.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createSockets({ syscall, onPush, errorOf }: SocketsDeps): Connect {
  const CHUNK = 65_536;
  const PAUSE_MS = 20;
  const { setTimeout } = globalThis;
  const live = new Map<number, (error: Error | undefined) => void>();
  let last = 0;
  onPush("socket.closed", (value) => {
    const { id, error } = value as { id: number; error?: unknown };
    live.get(id)?.(error === undefined ? undefined : errorOf(error));
  });

  // A syscall too many was not run: waiting is what a full socket would do too.
  const ask = async (name: string, input: { id: number; chunk?: Uint8Array }) => {
    for (;;) {
      try {
        return await syscall(name, input);
      } catch (error) {
        const tooMany = (error as { code?: unknown }).code === "RATE_LIMITED";
        if (!tooMany || !live.has(input.id)) throw error;
        await new Promise((resolve) => setTimeout(() => resolve(undefined), PAUSE_MS));
      }
    }
  };
  const bytesOf = (chunk: unknown): Uint8Array => {
    if (chunk instanceof Uint8Array) return chunk;
    if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
    if (ArrayBuffer.isView(chunk)) {
      return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    throw new TypeError("Cannot write this to a socket: it is no bytes (see TextEncoder)");
  };
  const authorities = (ca: ConnectOptions["ca"]) =>
    ca === undefined ? {} : { ca: typeof ca === "string" ? [ca] : ca };
  const nobodyWaits = (promise: Promise<unknown>) => void promise.catch(() => {});

  function socketOf(
    id: number,
    ready: Promise<unknown>,
    about: { remoteAddress: string; secure: boolean; allowHalfOpen: boolean },
  ): GuestSocket {
    const { remoteAddress, secure, allowHalfOpen } = about;
    const closed = Promise.withResolvers<void>();
    const end: { over: boolean; error?: Error | undefined } = { over: false };
    let upgraded = false;
    let pulling = false;
    let reading: ReadableByteStreamController;
    let writing: WritableStreamDefaultController;

    const endReading = (error: Error | undefined) => {
      try {
        if (error !== undefined) return reading.error(error);
        reading.close();
        reading.byobRequest?.respond(0);
      } catch {
        // It had ended before.
      }
    };
    const finish = (error: Error | undefined) => {
      if (end.over) return;
      Object.assign(end, { over: true, error });
      if (!upgraded) live.delete(id);
      // Bytes may be on their way to who asked for them.
      if (!pulling) endReading(error);
      writing.error(error ?? new TypeError("Cannot write: the socket is closed"));
      if (error === undefined) closed.resolve();
      else closed.reject(error);
    };
    live.set(id, finish);
    const opened = ready.then(() => ({ remoteAddress }));
    ready.catch(finish);
    nobodyWaits(opened);
    nobodyWaits(closed.promise);
    const close = () => {
      if (!end.over) syscall("socket.close", { id }).catch(() => {});
      finish(undefined);
      return closed.promise;
    };

    const readable = new ReadableStream({
      type: "bytes",
      start: (controller) => void (reading = controller),
      async pull() {
        if (end.over) return endReading(end.error);
        pulling = true;
        let chunk: Uint8Array<ArrayBuffer> | undefined;
        try {
          await opened;
          chunk = await ask("socket.read", { id }) as typeof chunk;
        } catch (error) {
          return endReading(upgraded ? undefined : end.over ? end.error : error as Error);
        } finally {
          pulling = false;
        }
        if (chunk !== undefined) {
          reading.enqueue(chunk);
          if (end.over) endReading(end.error);
        } else {
          endReading(undefined);
          if (!allowHalfOpen) close();
        }
      },
      cancel: () => void close(),
    });
    const writable = new WritableStream<Uint8Array>({
      start: (controller) => void (writing = controller),
      async write(data) {
        const bytes = bytesOf(data);
        await opened;
        for (let at = 0; at < bytes.byteLength; at += CHUNK) {
          await ask("socket.write", { id, chunk: bytes.slice(at, at + CHUNK) });
        }
      },
      close: async () => {
        await opened;
        await syscall("socket.end", { id });
      },
      abort: () => void close(),
    });

    return {
      readable: readable as ReadableStream<Uint8Array>,
      writable,
      opened,
      closed: closed.promise,
      remoteAddress,
      secureTransport: secure ? "on" : "off",
      get upgraded() {
        return upgraded;
      },
      close,
      startTls({ ca, serverName, timeoutMs } = {}) {
        if (secure || upgraded || end.over) {
          throw new TypeError("Cannot start TLS: the socket has it already or is closed");
        }
        upgraded = true;
        finish(undefined);
        const options = { serverName, timeoutMs, ...authorities(ca) };
        const secured = opened.then(() => syscall("socket.startTls", { id, ...options }));
        return socketOf(id, secured, { ...about, secure: true });
      },
    };
  }

  return function connect(host, port, options = {}) {
    const { tls = false, serverName, ca, timeoutMs, allowHalfOpen = false } = options;
    const id = ++last;
    const opened = syscall("socket.connect", {
      id,
      host,
      port,
      timeoutMs,
      ...(tls ? { tls: { serverName, ...authorities(ca) } } : {}),
    });
    const remoteAddress = `${host}:${port}`;
    return socketOf(id, opened, { remoteAddress, secure: tls, allowHalfOpen });
  };
}
