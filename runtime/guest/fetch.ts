/** What {@link createFetch} needs. */
export interface FetchDeps {
  readonly syscall: (name: string, input: unknown) => Promise<unknown>;
}

/** What the kernel answers to `net.fetch`. */
interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: [string, string][];
  readonly url: string;
  readonly redirected: boolean;
  readonly hasBody: boolean;
}

/**
 * `fetch` through the kernel's egress, streaming both ways; beside the standard options it takes
 * those of `fazt.net.fetch` (contract §3).
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createFetch({ syscall }: FetchDeps): typeof fetch {
  const NativeRequest = Request;
  const NativeResponse = Response;
  const CACHE_MODES = ["default", "no-store", "reload", "no-cache", "force-cache"];
  const NULL_BODY = [101, 103, 204, 205, 304];
  const EXTRA = [
    "auth",
    "authMode",
    "cacheKey",
    "cacheRefresh",
    "retry",
    "retryDelay",
    "retryBackoff",
    "retryOn",
  ];
  const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let last = 0;

  const milliseconds = (time: unknown): number => {
    if (typeof time === "number") return time;
    const match = /^(\d+)(ms|s|m|h)$/.exec(String(time));
    if (!match) throw new TypeError(`Cannot read the time "${time}": write 30s, 5m or 1h`);
    return Number(match[1]) * UNITS[match[2]!]!;
  };
  const send = async (id: number, body: ReadableStream<Uint8Array>) => {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        await syscall("net.send", done ? { id } : { id, chunk: value });
        if (done) return;
      }
    } catch (error) {
      reader.cancel(error).catch(() => {});
      throw error;
    }
  };
  const receive = (id: number, release: () => void) =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const chunk = await syscall("net.read", { id }) as Uint8Array<ArrayBuffer> | undefined;
          if (chunk !== undefined) return controller.enqueue(chunk);
          release();
          controller.close();
        } catch (error) {
          release();
          controller.error(error);
        }
      },
      async cancel() {
        release();
        await syscall("net.abort", { id });
      },
    }, { highWaterMark: 0 });

  const read = (input: unknown, init: Record<string, unknown>) => {
    const standard: Record<string, unknown> = { ...init };
    const extra: Record<string, unknown> = {};
    for (const name of EXTRA) {
      if (init[name] !== undefined) extra[name] = init[name];
      delete standard[name];
    }
    if (init.cache !== undefined && !CACHE_MODES.includes(String(init.cache))) {
      extra.cache = init.cache;
      delete standard.cache;
    }
    const { timeout } = init;
    if (timeout !== undefined) {
      extra.timeoutMs = milliseconds(timeout);
      delete standard.timeout;
    }
    return { request: new NativeRequest(input as Request, standard), extra };
  };

  return async function fetch(input: unknown, init: object = {}): Promise<Response> {
    const { request, extra } = read(input, init as Record<string, unknown>);
    const { signal } = request;
    signal.throwIfAborted();
    const id = ++last;
    const streaming = (init as { body?: unknown }).body instanceof ReadableStream;
    const body = request.body === null || streaming ? undefined : await request.bytes();
    const headers: [string, string][] = [];
    request.headers.forEach((value, name) => headers.push([name, value]));
    const abort = () => syscall("net.abort", { id }).catch(() => {});
    signal.addEventListener("abort", abort);
    const release = () => signal.removeEventListener("abort", abort);
    try {
      const answer = syscall("net.fetch", {
        id,
        url: request.url,
        method: request.method,
        headers,
        redirect: request.redirect,
        streaming,
        ...(body === undefined ? {} : { body }),
        ...extra,
      });
      // An upload that fails makes the answer fail too, and says why there.
      if (streaming) send(id, request.body!).catch(abort);
      const head = await answer as Head;
      const content = head.hasBody && !NULL_BODY.includes(head.status)
        ? receive(id, release)
        : null;
      if (content === null) release();
      const response = new NativeResponse(content, {
        status: head.status,
        statusText: head.statusText,
        headers: head.headers,
      });
      Object.defineProperties(response, {
        url: { value: head.url },
        redirected: { value: head.redirected },
      });
      return response;
    } catch (error) {
      release();
      signal.throwIfAborted();
      throw error;
    }
  } as typeof globalThis.fetch;
}
