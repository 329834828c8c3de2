/** `fazt.expr`: small expressions that people other than the app's author may write. */
import { Evaluation } from "./expr_evaluation.ts";
import { parse } from "./expr_syntax.ts";
import { failure } from "./failure.ts";

/** Longest expression, characters. */
const MAX_LENGTH = 10_000;
/** Values and characters of a result, written out as JSON would be. */
const MAX_RESULT = 2_000_000;

/**
 * The value of an expression over the names of `env`: JavaScript's operators, without assignment,
 * loops, methods and whatever is inherited, and a fixed list of functions. It always comes to an
 * end, soon.
 * @throws {Error} with `code` `EXPR_INVALID` for what means nothing, `EXPR_LIMIT` for too much
 */
export function evaluate(text: string, env: object = {}): unknown {
  if (typeof text !== "string") throw failure("EXPR_INVALID", "Cannot evaluate: it is no text");
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  try {
    if (typeof env !== "object" || env === null) {
      throw failure("EXPR_INVALID", "the second argument is no object");
    }
    if (text.length > MAX_LENGTH) {
      throw failure("EXPR_LIMIT", `it is longer than ${MAX_LENGTH} characters`);
    }
    const result = new Evaluation(env as Record<string, unknown>).run(parse(text));
    checkSize(result);
    return result;
  } catch (thrown) {
    // V8's word for an expression that is nested too deep.
    const tooDeep = thrown instanceof RangeError;
    const { code = "EXPR_INVALID", message } = thrown as Error & { readonly code?: string };
    throw failure(
      tooDeep ? "EXPR_LIMIT" : code,
      `Cannot evaluate "${shown}": ${tooDeep ? "it is nested too deep" : message}`,
    );
  }
}

/** What names a list many times is small in memory and endless once it is written out. */
function checkSize(result: unknown): void {
  const pending = [result];
  let size = 0;
  while (pending.length > 0) {
    const value = pending.pop();
    size += typeof value === "string" ? value.length + 1 : 1;
    if (size + pending.length > MAX_RESULT) {
      throw failure("EXPR_LIMIT", `its result holds more than ${MAX_RESULT} values`);
    }
    if (typeof value !== "object" || value === null) continue;
    for (const element of Object.values(value)) pending.push(element);
  }
}
