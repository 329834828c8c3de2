import { formatBytes, MIB } from "../../kernel/lib/bytes.ts";
import { type Check, fail, ok, warn } from "./finding.ts";

/** A node with a few apps fits into it, bytes. */
const LITTLE_MEMORY = 256 * MIB;

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
