import { invalidate } from "./query.ts";
import type { BusEvent } from "./shapes.ts";
import { useStream } from "./stream.ts";

/** What the node says of itself makes what is shown of it fresh at once. */
export function useLive(): void {
  useStream("/api/events/stream?type=system.*", (data) => {
    const { type } = data as BusEvent;
    if (type.startsWith("system.mode") || type.startsWith("system.limit")) {
      void invalidate("/api/system/health");
    }
    if (type.startsWith("system.app")) void invalidate("/api/apps");
    if (type.startsWith("system.certificate")) void invalidate("/api/certificates");
    if (type.startsWith("system.domain")) void invalidate("/api/domains");
  });
}
