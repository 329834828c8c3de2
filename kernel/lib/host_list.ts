import { type HostPattern, parseHostPattern } from "./host_pattern.ts";

/**
 * Host patterns with spaces or commas between them.
 * @throws {FaztError} `INVALID`
 */
export function parseHostList(text: string): HostPattern[] {
  return text.split(/[\s,]+/).filter((part) => part !== "").map(parseHostPattern);
}

/** Whether a text is one. */
export function isHostList(text: string): boolean {
  try {
    parseHostList(text);
    return true;
  } catch {
    return false;
  }
}
