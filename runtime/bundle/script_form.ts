import { refuse } from "./build_failure.ts";

/** The one export statement at the end of what esbuild writes. */
const EXPORTS = /export\s*\{([^{}]*)\};?\s*$/;

/** Lines the form puts before the module's own first line. */
export const LINES_BEFORE = 1;

/**
 * A finished module as a script whose value is an async function that gives the module's exports.
 * An isolate evaluates a module outside of any time limit, but a script within one.
 * @throws {BuildFailure} when the module does not end with its exports
 */
export function scriptForm(code: string): string {
  const match = EXPORTS.exec(code);
  if (match === null) return refuse({ message: "the finished module has no exports" });
  const pairs = match[1]!.split(",").map((pair) => pair.trim()).filter((pair) => pair !== "")
    .map((pair) => {
      const [local, exported = local] = pair.split(/\s+as\s+/);
      return `${exported}: ${local}`;
    });
  return `(async function () { "use strict";\n${code.slice(0, match.index)}return { ${
    pairs.join(", ")
  } };\n})`;
}
