import { RE2JS } from "re2js";
import { FaztError } from "../../../lib/fazt_error.ts";
import { type CompileRegex, provideRegex } from "../matcher.ts";
import { quoted } from "../path.ts";

/** What an expression may compile to: its size times a text's length bounds the time. */
const MAX_PROGRAM = 2000;
/** Steps for one text: about 50 ms. */
const MAX_STEPS = 20_000_000;
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * Compiles a regular expression that takes linear time whatever the text: RE2's syntax, so no
 * back-references and no look-around.
 * @throws {FaztError} `INVALID` for what is none.
 */
const compileRe2: CompileRegex = (source, flags) => {
  const bits = [...flags].reduce((sum, flag) => sum | (FLAGS[flag] ?? 0), 0);
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(source, bits);
  } catch (error) {
    const why = String((error as Error).message).replace(/^error parsing regexp: /, "");
    throw new FaztError("INVALID", `Cannot use $regex ${quoted(source)}: ${why}`, {
      hint: "back-references and look-around are not supported: they can take for ever",
    });
  }
  const size = regex.programSize();
  if (size > MAX_PROGRAM) {
    throw new FaztError("INVALID", `Cannot use $regex ${quoted(source)}: it is too large`, {
      hint: "make counted repetitions such as {1,500} smaller",
    });
  }
  return (text) => {
    if (text.length * size > MAX_STEPS) {
      throw new FaztError(
        "QUERY_TIMEOUT",
        `Cannot match $regex ${quoted(source)}: a text of ${text.length} characters is too long`,
        { hint: "make the expression smaller, or search texts that are shorter", status: 422 },
      );
    }
    return regex.matcher(text).find();
  };
};

// Whoever imports this file can match by expressions: the database workers do, nothing else.
provideRegex(compileRe2);
