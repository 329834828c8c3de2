import type { FromGuest, ToGuest } from "./protocol.ts";

/** The isolate's end of its line to the kernel. */
export interface Channel {
  send(message: FromGuest): void;
  onMessage(handler: (message: ToGuest) => void): void;
}

/** The part of a `MessagePort` the channel uses. */
export interface PortLike {
  onmessage: ((event: { data: readonly ToGuest[] }) => void) | null;
  postMessage(message: unknown): void;
}

/**
 * Wraps the port: what is sent within one turn of the event loop travels as one post, and what
 * arrives is handled by `defer`, node's `process.nextTick`.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createChannel(
  port: PortLike,
  defer: (task: (batch: readonly ToGuest[]) => void, batch: readonly ToGuest[]) => void,
): Channel {
  const MAX_POST = 1000;
  let outgoing: FromGuest[] = [];
  const flush = () => {
    if (outgoing.length === 0) return;
    const batch = outgoing;
    outgoing = [];
    port.postMessage(batch);
  };
  return {
    send(message) {
      const length = outgoing.push(message);
      if (length === 1) queueMicrotask(flush);
      // The kernel stays free to do something else between two posts.
      else if (length === MAX_POST) flush();
    },
    onMessage(handler) {
      // Not in the port's own turn: there, running out of heap would end nothing and tell nobody.
      const take = (batch: readonly ToGuest[]) => {
        for (const message of batch) handler(message);
      };
      port.onmessage = (event) => defer(take, event.data);
    },
  };
}
