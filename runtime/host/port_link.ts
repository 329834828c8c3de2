import type { FromGuest, ToGuest } from "../guest/mod.ts";
import type { CellLink } from "./cell_link.ts";

/** Most messages taken from one post: an isolate that floods is not listened to further. */
const MAX_BATCH = 10_000;

/**
 * A {@link CellLink} over a message port. `kill` ends the isolate; `onAbuse` hears that it sent
 * what the bootstrap never sends.
 */
export function portLink(
  port: MessagePort,
  { kill, onAbuse }: { readonly kill: () => void; readonly onAbuse: (text: string) => void },
): CellLink {
  let outgoing: ToGuest[] = [];
  const flush = () => {
    const batch = outgoing;
    outgoing = [];
    port.postMessage(batch);
  };
  const close = () => {
    port.onmessage = null;
    port.close();
  };
  return {
    post(message) {
      if (outgoing.push(message) === 1) queueMicrotask(flush);
    },
    on(handler) {
      port.onmessage = (event) => {
        const batch: unknown = event.data;
        if (!Array.isArray(batch) || batch.length > MAX_BATCH) {
          return onAbuse("it sent too much at once");
        }
        for (const message of batch) {
          if (!Array.isArray(message)) return onAbuse("it sent something unknown");
          try {
            handler(message as unknown as FromGuest);
          } catch {
            // App code can change what the bootstrap sends, such as a text into an object that
            // cannot be made one: an error of the kernel's, past anything that could catch it.
            return onAbuse("it sent something unreadable");
          }
        }
      };
      // A post the isolate made unreadable on purpose.
      port.onmessageerror = () => onAbuse("it sent something unreadable");
    },
    close,
    kill() {
      close();
      kill();
    },
  };
}
