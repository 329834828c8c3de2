import { formatBytes, MIB } from "../../kernel/lib/bytes.ts";
import { type Check, fail, ok, warn } from "./finding.ts";

/** Before this version was written; a clock that says so is wrong. */
const EARLIEST = Date.UTC(2026, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
/** A node with a few apps fits into it, bytes. */
const LITTLE_MEMORY = 256 * MIB;

/** Certificates, sessions and ids all trust the clock. */
export const clockCheck: Check = () => {
  const now = Date.now();
  const about = `it is ${new Date(now).toISOString()}`;
  if (now > EARLIEST && now < LATEST) return ok("clock", about);
  return fail("clock", about, "set the machine's clock, best with NTP");
};

/** There is memory for isolates. */
export const memoryCheck: Check = () => {
  const { total, available } = Deno.systemMemoryInfo();
  const about = `${formatBytes(available)} of ${formatBytes(total)} available`;
  if (available >= LITTLE_MEMORY) return ok("memory", about);
  return warn("memory", about, "end other programs, or lower limits.runtime.isolatesPerApp");
};

/** The process was started with the flags that confine app code. */
export const flagsCheck: Check = () => {
  if (compilesText()) {
    const flag = "--v8-flags=--disallow-code-generation-from-strings";
    return fail("flags", "text can become code in this process", `start it with ${flag}`);
  }
  return ok("flags", "text cannot become code in this process");
};

/** Tries what the flag forbids, with text of our own that does nothing. */
function compilesText(): boolean {
  try {
    Reflect.construct(Function, [""]);
    return true;
  } catch {
    return false;
  }
}
