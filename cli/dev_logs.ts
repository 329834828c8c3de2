import { setTimeout as delay } from "node:timers/promises";
import type { LogLine } from "./api_types.ts";
import { apiPath, type Client } from "./client.ts";
import { readEvents } from "./sse.ts";

/** How long until a stream that ended is opened again, milliseconds. */
const AGAIN_MS = 1000;

/** Options of {@link devLogs}. */
export interface DevLogsOptions {
  readonly signal: AbortSignal;
  /** A node that was started again has another address and token: asked for at every attempt. */
  api(): Client;
}

/** What an app prints from now on, over restarts of its node, until the signal aborts. */
export async function* devLogs(
  appId: string,
  { signal, api }: DevLogsOptions,
): AsyncGenerator<LogLine, void, void> {
  let after: number | undefined;
  while (!signal.aborted) {
    try {
      const node = api();
      // Opened first, so that no line falls between the past and the stream.
      const stream = await node.stream(apiPath`/api/apps/${appId}/logs/stream`);
      const past = await node.get<LogLine[]>(apiPath`/api/apps/${appId}/logs`);
      const newest = past.at(-1)?.id ?? 0;
      const missed = past.filter((line) => line.id > (after ?? newest));
      after = Math.max(after ?? 0, newest);
      yield* missed;
      for await (const data of readEvents(stream)) {
        const line = JSON.parse(data) as LogLine;
        if (line.id <= after) continue;
        after = line.id;
        yield line;
      }
    } catch {
      // The deploys say what is wrong with the node; the stream only waits until it is well.
    }
    await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}
