import { GUIDE } from "../kernel/guide/mod.ts";
import { FAZT_TYPES } from "../runtime/stdlib/mod.ts";

/** The files of the skill by path: the guide, and the types of the API. */
export function skillFiles(): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(GUIDE.map(({ path, text }) => [path, text])),
    "reference/fazt.d.ts": FAZT_TYPES,
  };
}
