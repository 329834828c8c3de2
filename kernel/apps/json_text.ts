/** Where and why a text is not JSON (RFC 8259). */
export interface JsonFault {
  readonly message: string;
  /** Both start at 1. */
  readonly line: number;
  readonly column: number;
}

type Expecting = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma" | "end";

const SPACE = /[ \t\n\r]*/y;
// deno-lint-ignore no-control-regex -- JSON strings cannot hold these (RFC 8259 §7)
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * The first fault of a text that `JSON.parse` refused; V8 itself often gives no position.
 * A text without fault gives one at its end.
 */
export function findJsonFault(text: string): JsonFault {
  const open: ("{" | "[")[] = [];
  let expecting: Expecting = "value";
  let at = 0;
  const after = (): Expecting => open.length === 0 ? "end" : "comma";
  for (;;) {
    at = skip(SPACE, text, at) ?? at;
    const char = text[at];
    if (char === undefined || expecting === "end") return fault(text, at, expecting);
    if (expecting.startsWith("value")) {
      const end = skip(STRING, text, at) ?? skip(SCALAR, text, at);
      if (end !== undefined) [at, expecting] = [end, after()];
      else if (char === "{" || char === "[") {
        open.push(char);
        at++;
        expecting = char === "{" ? "key or }" : "value or ]";
      } else if (char === "]" && expecting === "value or ]") {
        open.pop();
        at++;
        expecting = after();
      } else return fault(text, at, expecting);
    } else if (expecting.startsWith("key")) {
      const end = skip(STRING, text, at);
      if (end !== undefined) [at, expecting] = [end, "colon"];
      else if (char === "}" && expecting === "key or }") {
        open.pop();
        at++;
        expecting = after();
      } else return fault(text, at, expecting);
    } else if (expecting === "colon") {
      if (char !== ":") return fault(text, at, expecting);
      at++;
      expecting = "value";
    } else {
      const top = open.at(-1)!;
      if (char === ",") expecting = top === "{" ? "key" : "value";
      else if (char === (top === "{" ? "}" : "]")) {
        open.pop();
        expecting = after();
      } else return fault(text, at, expecting);
      at++;
    }
  }
}

function skip(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function fault(text: string, at: number, expecting: Expecting): JsonFault {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return { message: explain(text[at], expecting), line, column };
}

function explain(char: string | undefined, expecting: Expecting): string {
  if (char === undefined) return "the text ends too early";
  if (char === "'") return "strings and keys stand in double quotes";
  if (char === "/") return "JSON has no comments";
  if (expecting === "key" && char === "}" || expecting === "value" && char === "]") {
    return `there is a comma too many before ${char}`;
  }
  const found = char < " " || char > "~" ? "a character that cannot stand here" : `"${char}"`;
  if (expecting === "end") return `${found} comes after the end`;
  const wanted = expecting === "colon"
    ? 'a ":"'
    : expecting === "comma"
    ? "a comma or the closing bracket"
    : expecting.startsWith("key")
    ? "a key in double quotes"
    : "a value";
  return `${found} stands where ${wanted} should be`;
}
