import type { ApiBindings } from "./services.ts";

/** How often a stream looks whether the node stops, ms. */
const LOOK_MS = 500;
/** Looks between two signs of life on a quiet stream: 15 s. */
const HEARTBEAT_LOOKS = 30;
/** Messages a slow reader may fall behind; then it is cut off. */
const MAX_BEHIND = 1000;

/**
 * Sends one event. Its promise resolves when the reader has room for another: who can wait for it
 * keeps little in memory, who cannot is cut off once the reader is too far behind.
 */
export type SendEvent = (data: unknown, id?: string | number) => Promise<void>;

/**
 * An answer of server-sent events (HTML standard §9.2) that lasts until the reader goes
 * away or the node stops. `begin` gets how to send and returns what to do at the end.
 */
export function eventStream(
  { draining }: Pick<ApiBindings, "draining">,
  begin: (send: SendEvent) => () => void,
): Response {
  let stop = () => {};
  let room = Promise.withResolvers<void>();
  const body = new ReadableStream<string>({
    start(controller) {
      const write = (text: string) => {
        if ((controller.desiredSize ?? 0) < -MAX_BEHIND) {
          stop();
          controller.error(new Error("the reader is too slow"));
        } else controller.enqueue(text);
        return (controller.desiredSize ?? 0) > 0 ? Promise.resolve() : room.promise;
      };
      write(": connected\n\n");
      const leave = begin((data, id) =>
        write(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`)
      );
      let looks = 0;
      const timer = setInterval(() => {
        if (draining()) {
          stop();
          controller.close();
        } else if (++looks % HEARTBEAT_LOOKS === 0) write(": still here\n\n");
      }, LOOK_MS);
      stop = () => {
        clearInterval(timer);
        leave();
        room.resolve();
      };
    },
    pull() {
      room.resolve();
      room = Promise.withResolvers();
    },
    cancel: () => stop(),
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}
