import type { BusEvent } from "./api_types.ts";
import { formatTime, styled } from "./format.ts";
import type { Line } from "./output.ts";

/** One event of the bus on a line: when, what, and its data as JSON. */
export function eventLine(event: BusEvent): Line {
  const data = event.data === null ? "" : `  ${JSON.stringify(event.data)}`;
  return [styled("dim", formatTime(event.at)), "  ", event.type, styled("dim", data)];
}
