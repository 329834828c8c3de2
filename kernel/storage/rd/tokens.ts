import { FaztError } from "../../lib/fazt_error.ts";

/** One token of SQL, as SQLite's own tokenizer cuts it. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "blob" | "param" | "op";
  /** As SQLite is to see it; a quoted name is always in double quotes. */
  readonly text: string;
  /** A name or a string without its quotes, else the text. */
  readonly value: string;
  /** Whether a space or comment stood before it. */
  readonly spaced: boolean;
}

const SPACE = /(?:[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y;
/** Each in the order in which SQLite tries them (sqlite.org/lang.html, tokenize.c). */
const RULES: readonly (readonly [Token["kind"], RegExp])[] = [
  ["blob", /[xX]'(?:[0-9a-fA-F]{2})*'/y],
  ["word", /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y],
  ["string", /'(?:[^']|'')*'/y],
  ["quoted", /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  [
    "number",
    /(?:0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)(?![A-Za-z0-9_$\u0080-\uffff])/y,
  ],
  ["param", /\?\d*|[:@$][A-Za-z_][A-Za-z0-9_]*/y],
  ["op", /->>|->|\|\||<=|<>|<<|>=|>>|==|!=|[-+*/%=<>|,&~().;]/y],
];

/**
 * Cuts a statement into tokens; comments become spaces.
 * @throws {FaztError} `INVALID` for what is no SQL, or could be read in two ways.
 */
export function tokenize(sql: string): Token[] {
  if (sql.includes("\0") || !sql.isWellFormed()) {
    throw new FaztError("INVALID", "Cannot run this statement: it is not valid text");
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    const spaced = SPACE.test(sql);
    if (spaced) at = SPACE.lastIndex;
    if (at >= sql.length) return tokens;
    const found = match(sql, at);
    if (found === undefined) {
      const near = sql.slice(at, at + 20).replaceAll(/[^\x20-\x7e]/g, "?");
      throw new FaztError("INVALID", `Cannot run this statement: no SQL near "${near}"`);
    }
    tokens.push({ ...found, spaced });
    at = found.end;
  }
}

function match(sql: string, at: number): (Omit<Token, "spaced"> & { end: number }) | undefined {
  // "/*" without an end would else be a division of a product.
  if (sql.startsWith("/*", at)) return undefined;
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const raw = rule.exec(sql)?.[0];
    if (raw === undefined) continue;
    const end = at + raw.length;
    if (kind === "quoted") {
      const close = raw.at(-1)!;
      const inner = raw.slice(1, -1);
      const value = raw[0] === "[" ? inner : inner.replaceAll(close + close, close);
      return { kind, value, text: `"${value.replaceAll('"', '""')}"`, end };
    }
    if (kind === "string") {
      return { kind, value: raw.slice(1, -1).replaceAll("''", "'"), text: raw, end };
    }
    return { kind, value: raw, text: raw, end };
  }
  return undefined;
}
