import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { appFor } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

const logQuery = z.object({
  limit: queryInt.optional(),
  level: z.enum(["debug", "info", "warn", "error"]).optional(),
  before: queryInt.optional(),
});
/** How often a quiet stream says that it lives, ms. */
const HEARTBEAT_MS = 15_000;
/** Lines a slow reader may fall behind; then it is cut off. */
const MAX_BEHIND = 1000;

/** `/api/apps/{ref}/logs` and its live stream. */
export function appLogRoutes(services: ApiServices): Hono<ApiEnv> {
  const { appLog } = services;
  const routes = new Hono<ApiEnv>();
  routes.get("/:ref/logs", async (c) => {
    const { id } = appFor(c, services, "read");
    const query = readQuery(c, logQuery);
    await appLog.flush();
    return c.json({ data: appLog.list(id, query) });
  });
  routes.get("/:ref/logs/stream", (c) => {
    const { id } = appFor(c, services, "read");
    let stop = () => {};
    const body = new ReadableStream<string>({
      start(controller) {
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) < -MAX_BEHIND) {
            stop();
            controller.error(new Error("the reader is too slow"));
          } else controller.enqueue(text);
        };
        send(": connected\n\n");
        const leave = appLog.subscribe(
          id,
          (line) => send(`id: ${line.id}\ndata: ${JSON.stringify(line)}\n\n`),
        );
        const timer = setInterval(() => send(": still here\n\n"), HEARTBEAT_MS);
        const end = () => {
          stop();
          controller.close();
        };
        services.stopping.addEventListener("abort", end);
        stop = () => {
          clearInterval(timer);
          leave();
          services.stopping.removeEventListener("abort", end);
        };
      },
      cancel: () => stop(),
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  });
  return routes;
}
