import type { FromGuest, ToGuest } from "../guest/mod.ts";
import type { CellLink } from "./cell_link.ts";

/** Most messages taken from one post: an isolate that floods is not listened to further. */
const MAX_BATCH = 10_000;

/** A {@link CellLink} over a message port. */
export function portLink(port: MessagePort, kill: () => void): CellLink {
  let outgoing: ToGuest[] = [];
  const flush = () => {
    const batch = outgoing;
    outgoing = [];
    port.postMessage(batch);
  };
  return {
    post(message) {
      if (outgoing.push(message) === 1) queueMicrotask(flush);
    },
    on(handler) {
      port.onmessage = (event) => {
        const batch: unknown = event.data;
        if (!Array.isArray(batch) || batch.length > MAX_BATCH) return kill();
        for (const message of batch) {
          if (!Array.isArray(message)) return kill();
          handler(message as unknown as FromGuest);
        }
      };
      // A post the isolate made unreadable on purpose.
      port.onmessageerror = () => kill();
    },
    kill() {
      port.onmessage = null;
      port.close();
      kill();
    },
  };
}
