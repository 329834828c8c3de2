import type { LoggedLine } from "../log/mod.ts";
import type { z } from "../lib/zod.ts";
import type { Caller } from "./caller.ts";
import type { lineShape } from "./shapes.ts";

type Line = z.input<typeof lineShape>;

/** Longest message that is shown whole, characters. */
const MAX_MESSAGE = 8192;

/** Lines that were logged while one request was answered, oldest first. */
export async function requestLines(
  { services: { appLog } }: Caller,
  { appId, requestId }: { readonly appId: string; readonly requestId: string },
): Promise<Line[]> {
  await appLog.flush();
  return appLog.list(appId, { limit: 500 })
    .filter((line) => line.requestId === requestId).slice(-100).map(shownLine);
}

/** A line as tools give it. */
export function shownLine({ message, at, ...line }: LoggedLine): Line {
  return {
    ...line,
    at: new Date(at).toISOString(),
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message,
  };
}
