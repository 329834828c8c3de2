import type { Forgotten } from "./api_types.ts";
import { formatTime } from "./format.ts";

export type { Forgotten } from "./api_types.ts";

/** What is still to be known after something was forgotten for good. */
export function traceLines({ clean, copies }: Partial<Forgotten>): string[] {
  return [
    ...(clean === false
      ? ["its bytes are still in the database's log: a reader is at work, it is tried again"]
      : []),
    ...(copies ?? []).map(({ file, at, until }) =>
      `a copy of ${formatTime(at)} still holds it until ${until}: ${file}`
    ),
    "backups and exports made before still hold it until they are deleted",
  ];
}
