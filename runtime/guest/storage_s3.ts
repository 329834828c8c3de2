import type { LifetimeOption } from "./lifetime.ts";
import type { PillarDeps } from "./storage.ts";

/**
 * Builds `fazt.storage.s3`: for the whole app, or for one person.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createS3({ syscall, lifetime }: PillarDeps): object {
  type Bytes = Uint8Array<ArrayBuffer>;
  type Head = { readonly size: number } & Record<string, unknown>;
  type Part = { readonly start: number; readonly end: number };
  type Opened = { head: Head; part: Part; bytes?: Bytes; id?: number };
  type About = { type?: string; metadata?: Record<string, string> };
  const PIECE = 1_048_576;
  const NativeBlob = Blob;
  const NativeResponse = Response;

  const about = (path: unknown, { type, metadata }: About) => ({
    path: String(path),
    ...(type === undefined ? {} : { type }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  /** Sends what `next` gives, a piece at a time, each after the one before was taken. */
  const send = async (
    input: object,
    next: () => Promise<Uint8Array | undefined>,
  ): Promise<unknown> => {
    const id = await syscall("s3.begin", input);
    try {
      for (;;) {
        const chunk = await next();
        if (chunk === undefined) return await syscall("s3.commit", { id });
        if (!(chunk instanceof Uint8Array)) {
          throw new TypeError("Cannot store a stream that does not give bytes");
        }
        for (let at = 0; at < chunk.length; at += PIECE) {
          // A copy: a view would travel with all of its buffer.
          await syscall("s3.write", { id, chunk: chunk.slice(at, at + PIECE) });
        }
      }
    } catch (error) {
      await syscall("s3.abort", { id }).catch(() => {});
      throw error;
    }
  };
  const sendBytes = (input: object, bytes: Uint8Array) => {
    if (bytes.length <= PIECE) return syscall("s3.put", { ...input, bytes: bytes.slice() });
    let rest: Uint8Array | undefined = bytes;
    return send({ ...input, size: bytes.length }, async () => {
      const all = rest;
      rest = undefined;
      return await all;
    });
  };
  const sendStream = async (input: object, stream: ReadableStream<Uint8Array>) => {
    const reader = stream.getReader();
    try {
      return await send(input, async () => (await reader.read()).value);
    } catch (error) {
      reader.cancel(error).catch(() => {});
      throw error;
    }
  };
  const receive = (id: number) =>
    new ReadableStream<Bytes>({
      async pull(controller) {
        const chunk = await syscall("s3.read", { id }) as Bytes | undefined;
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      async cancel() {
        await syscall("s3.close", { id });
      },
    }, { highWaterMark: 0 });
  const once = (bytes: Bytes) =>
    new ReadableStream<Bytes>({
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
      },
    });

  return {
    put: async (path: string, content: unknown, options: About = {}) => {
      const input = about(path, options);
      if (typeof content === "string") {
        return await sendBytes(input, new TextEncoder().encode(content));
      }
      if (content instanceof NativeBlob) {
        const type = options.type ?? content.type;
        const typed = type === "" ? input : { ...input, type };
        return await sendBytes(typed, new Uint8Array(await content.arrayBuffer()));
      }
      if (content instanceof ReadableStream) return await sendStream(input, content);
      if (content instanceof ArrayBuffer) return await sendBytes(input, new Uint8Array(content));
      if (ArrayBuffer.isView(content)) {
        const { buffer, byteOffset, byteLength } = content;
        return await sendBytes(input, new Uint8Array(buffer, byteOffset, byteLength));
      }
      throw new TypeError("Cannot store this: give text, bytes, a Blob or a stream of bytes");
    },
    get: async (path: string, { range }: { range?: string | Partial<Part> } = {}) => {
      const opened = await syscall("s3.open", {
        path: String(path),
        ...(range === undefined ? {} : { range }),
      }) as Opened | undefined;
      if (opened === undefined) return undefined;
      const { head, part, bytes, id } = opened;
      const body = bytes === undefined ? receive(id!) : once(bytes);
      const whole = part.start === 0 && part.end === head.size;
      const all = () => new NativeResponse(body);
      return {
        ...head,
        ...(whole ? {} : { range: part }),
        body,
        bytes: async () => new Uint8Array(await all().arrayBuffer()),
        text: () => all().text(),
        json: () => all().json(),
      };
    },
    head: (path: string) => syscall("s3.head", { path: String(path) }),
    delete: (path: string) => syscall("s3.delete", { path: String(path) }),
    list: (prefix = "", options: { limit?: number; cursor?: string; delimiter?: "/" } = {}) =>
      syscall("s3.list", { prefix: String(prefix), ...options }),
    copy: (from: string, to: string) => syscall("s3.copy", { from: String(from), to: String(to) }),
    url: (
      path: string,
      { expires, ...options }: { expires?: LifetimeOption } & Record<string, unknown> = {},
    ) => {
      const { ttlMs } = lifetime(expires);
      return syscall("s3.url", {
        path: String(path),
        ...options,
        ...(ttlMs === undefined ? {} : { expiresMs: ttlMs }),
      });
    },
  };
}
