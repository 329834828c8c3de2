import { usageError } from "./usage_error.ts";

/** How a short link redirects, as typed; undefined stays so. @throws {FaztError} `USAGE` */
export function readStatus(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^30[1278]$/.test(text)) return Number(text);
  throw usageError(`Cannot redirect with "${text}"`, "use 301, 302, 307 or 308");
}
