import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { type Caller, type Syscall, syscall } from "../syscall/mod.ts";
import type { Egress } from "./egress.ts";

/** One request of an isolate that is not over. */
interface Exchange {
  readonly abort: AbortController;
  /** What the app sends, while it sends. */
  readonly writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  /** What comes back, once it does. */
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
}

/** Open requests of one isolate. */
const MAX_OPEN = 100;
const id = z.int().min(1);
const bytes = z.instanceof(Uint8Array);

const request = z.object({
  id,
  url: z.string().max(16_384),
  method: z.string().max(64).optional(),
  headers: z.array(z.tuple([z.string(), z.string()])).max(200).optional(),
  body: bytes.optional(),
  /** The body follows in `net.send`. */
  streaming: z.boolean().optional(),
  redirect: z.enum(["follow", "error", "manual"]).optional(),
  timeoutMs: z.number().optional(),
  auth: z.string().max(200).optional(),
  authMode: z.string().max(200).optional(),
  cache: z.union([z.number(), z.string().max(20)]).optional(),
  cacheKey: z.string().max(1000).optional(),
  cacheRefresh: z.boolean().optional(),
  retry: z.number().optional(),
  retryDelay: z.union([z.number(), z.string().max(20)]).optional(),
  retryBackoff: z.number().optional(),
  retryOn: z.array(z.union([z.number(), z.string().max(20)])).max(50).optional(),
});

/**
 * `fetch` of an isolate, in pieces: `net.fetch` answers with the head, `net.send` takes the body
 * chunk by chunk and `net.read` gives it so. No grant stands in the table: which hosts an app may
 * reach is judged by {@link Egress} alone. What is open ends with the isolate.
 */
export function netSyscalls(egress: Egress): Syscall[] {
  const open = new WeakMap<AbortSignal, Map<number, Exchange>>();
  const exchangesOf = (caller: Caller): Map<number, Exchange> => {
    const ended = caller.isolate?.ended;
    if (ended === undefined) throw new FaztError("INVALID", "Cannot fetch: no isolate asks");
    let mine = open.get(ended);
    if (mine === undefined) {
      const made = mine = new Map<number, Exchange>();
      open.set(ended, made);
      ended.addEventListener("abort", () => {
        for (const { abort } of made.values()) abort.abort();
      });
    }
    return mine;
  };
  const find = (caller: Caller, number: number): Exchange => {
    const found = exchangesOf(caller).get(number);
    if (found === undefined) throw new FaztError("NET_ERROR", "Cannot go on: the request is over");
    return found;
  };

  return [
    syscall("net.fetch", undefined, request, async (caller, input) => {
      const mine = exchangesOf(caller);
      if (mine.size >= MAX_OPEN) {
        throw new FaztError("NET_LIMIT", `Cannot fetch: ${MAX_OPEN} requests are open`, {
          hint: "read or cancel the bodies of answers",
          details: { limit: "open requests", used: mine.size, max: MAX_OPEN },
        });
      }
      const { id: number, streaming, body, ...rest } = input;
      const pipe = streaming ? new TransformStream<Uint8Array, Uint8Array>() : undefined;
      const exchange: Exchange = {
        abort: new AbortController(),
        writer: pipe?.writable.getWriter(),
        reader: undefined,
      };
      mine.set(number, exchange);
      try {
        const response = await egress.fetch(caller, {
          ...rest,
          body: pipe?.readable ?? body,
          signal: exchange.abort.signal,
        });
        const { status, statusText, headers, url, redirected } = response;
        exchange.reader = response.body?.getReader();
        if (exchange.reader === undefined) mine.delete(number);
        return { status, statusText, headers, url, redirected, hasBody: response.body !== null };
      } catch (error) {
        mine.delete(number);
        throw error;
      }
    }),
    syscall(
      "net.send",
      undefined,
      z.object({ id, chunk: bytes.optional() }),
      async (caller, input) => {
        const { writer } = find(caller, input.id);
        if (input.chunk === undefined) await writer?.close();
        else await writer?.write(input.chunk);
      },
    ),
    syscall("net.read", undefined, z.object({ id }), async (caller, input) => {
      const mine = exchangesOf(caller);
      const { reader } = find(caller, input.id);
      try {
        const part = await reader?.read();
        if (part === undefined || part.done) mine.delete(input.id);
        return part?.value;
      } catch (error) {
        mine.delete(input.id);
        throw error;
      }
    }),
    syscall("net.abort", undefined, z.object({ id }), (caller, input) => {
      const mine = exchangesOf(caller);
      mine.get(input.id)?.abort.abort();
      mine.delete(input.id);
    }),
    syscall(
      "net.check",
      undefined,
      z.object({ url: z.string().max(16_384), follow: z.boolean() }),
      (caller, input) => egress.direct.check(caller, input),
    ),
    syscall(
      "net.logs",
      undefined,
      z.object({
        host: z.string().max(300).optional(),
        failed: z.boolean().optional(),
        since: z.number().optional(),
        before: z.int().optional(),
        limit: z.int().min(1).max(1000).optional(),
      }),
      async (caller, input) => {
        await egress.flush();
        return egress.logs({ ...input, appId: caller.appId });
      },
    ),
  ];
}
