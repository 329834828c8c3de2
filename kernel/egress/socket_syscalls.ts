import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { type Caller, type Syscall, syscall } from "../syscall/mod.ts";
import { netError } from "./errors.ts";
import type { AppSocket, Sockets } from "./sockets.ts";

/** A socket of an isolate: being opened, or open. */
interface Held {
  readonly abort: AbortController;
  socket: AppSocket | undefined;
}

/** What tells an isolate that one of its sockets is over: `{id, error?}`. */
const CLOSED = "socket.closed";
/** Sockets one isolate may be opening or have open; the app's own limit is lower. */
const MAX_HELD = 1000;
/** The most bytes one call may bring. */
const MAX_CHUNK = 1 << 18;

const id = z.int().min(1);
const tls = {
  serverName: z.string().max(255).optional(),
  ca: z.array(z.string().max(65_536)).max(20).optional(),
};
const ms = z.number().min(1).optional();

/**
 * Sockets of an isolate: the kernel owns each, the isolate names it by a number of its own and
 * asks for bytes one call at a time. No grant stands in the table: where an app may connect to is
 * judged by {@link Sockets} alone. What is open ends with the isolate.
 */
export function socketSyscalls(sockets: Sockets): Syscall[] {
  const held = new WeakMap<AbortSignal, Map<number, Held>>();
  const socketsOf = (caller: Caller): Map<number, Held> => {
    const ended = caller.isolate?.ended;
    if (ended === undefined) throw new FaztError("INVALID", "Cannot connect: no isolate asks");
    let mine = held.get(ended);
    if (mine === undefined) {
      const made = mine = new Map<number, Held>();
      held.set(ended, made);
      ended.addEventListener("abort", () => {
        for (const one of made.values()) drop(one);
      });
    }
    return mine;
  };
  const find = (caller: Caller, number: number): AppSocket => {
    const found = socketsOf(caller).get(number)?.socket;
    if (found !== undefined) return found;
    throw netError("NET_ERROR", "its socket is closed", { details: { reason: "closed" } });
  };

  return [
    syscall(
      "socket.connect",
      undefined,
      z.object({
        id,
        host: z.string().max(255),
        port: z.int(),
        tls: z.object(tls).optional(),
        timeoutMs: ms,
      }),
      async (caller, { id: number, ...request }) => {
        const mine = socketsOf(caller);
        if (mine.has(number) || mine.size >= MAX_HELD) {
          throw new FaztError("INVALID", "Cannot open a socket: its number is taken");
        }
        const one: Held = { abort: new AbortController(), socket: undefined };
        mine.set(number, one);
        try {
          one.socket = await sockets.open(caller, {
            ...request,
            signal: one.abort.signal,
            onEnd: (error) => {
              mine.delete(number);
              caller.isolate?.push(CLOSED, { id: number, error: error?.toBody() });
            },
          });
        } catch (error) {
          mine.delete(number);
          throw error;
        }
        // Taken back in the moment it was made.
        if (one.abort.signal.aborted) one.socket.close();
      },
    ),
    syscall(
      "socket.read",
      undefined,
      z.object({ id }),
      (caller, input) => find(caller, input.id).read(),
    ),
    syscall(
      "socket.write",
      undefined,
      z.object({
        id,
        chunk: z.instanceof(Uint8Array).refine((chunk) => chunk.byteLength <= MAX_CHUNK, {
          error: `a chunk is at most ${MAX_CHUNK} bytes`,
        }),
      }),
      (caller, input) => find(caller, input.id).write(input.chunk),
    ),
    syscall(
      "socket.end",
      undefined,
      z.object({ id }),
      (caller, input) => find(caller, input.id).end(),
    ),
    syscall(
      "socket.startTls",
      undefined,
      z.object({ id, ...tls, timeoutMs: ms }),
      (caller, { id: number, ...options }) => find(caller, number).startTls(options),
    ),
    syscall("socket.close", undefined, z.object({ id }), (caller, input) => {
      const one = socketsOf(caller).get(input.id);
      if (one !== undefined) drop(one);
    }),
  ];
}

function drop({ abort, socket }: Held): void {
  abort.abort();
  socket?.close();
}
