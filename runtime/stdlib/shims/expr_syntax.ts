import jsep, { type Expression } from "jsep";
import { failure } from "./failure.ts";

jsep.removeAllBinaryOps();
jsep.removeAllUnaryOps();
for (
  const [precedence, operators] of [
    [1, "?? ||"],
    [2, "&&"],
    [3, "== != === !=="],
    [4, "< > <= >= in"],
    [5, "+ -"],
    [6, "* / %"],
  ] as const
) {
  for (const operator of operators.split(" ")) jsep.addBinaryOp(operator, precedence);
}
for (const operator of ["-", "!"]) jsep.addUnaryOp(operator);
jsep.addLiteral("undefined", undefined);

/**
 * The syntax tree of an expression (ESTree).
 * @throws {Error} `EXPR_INVALID` with the place, counted from 1.
 */
export function parse(text: string): Expression {
  try {
    return jsep(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const { index = 0, description = "it cannot be read" } = error as JsepError;
    throw failure("EXPR_INVALID", `${description} at character ${index + 1}`);
  }
}

interface JsepError {
  readonly index?: number;
  readonly description?: string;
}
