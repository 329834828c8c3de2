import { FaztError } from "../../lib/fazt_error.ts";
import { DONE } from "./ddl.ts";
import { type Token, tokenize } from "./tokens.ts";

/** What a statement does. */
export type StatementKind = "select" | "insert" | "update" | "delete";

/** A statement of an app, ready for SQLite. */
export interface Statement {
  readonly kind: StatementKind;
  /** With the names of views where the app named its tables. */
  readonly sql: string;
  /** How many `?` it has, or the names of its `:name`, `@name`, `$name`. */
  readonly params: number | readonly string[];
  /** What `WITH` and its like name, in lower case. */
  readonly parts: ReadonlySet<string>;
}

/** What {@link readStatement} needs to know of an app's tables. */
export interface TableNames {
  /** The view of a table, by the table's name in lower case. */
  readonly views: ReadonlyMap<string, string>;
  /** Whether the names of physical tables may be spelled: by the node's owner. */
  readonly physical?: boolean;
}

/** What to do instead of what cannot be done. */
export interface StatementHints {
  readonly tables: string;
  readonly several: string;
  readonly returning: string;
}

const APP_HINTS: StatementHints = {
  tables: "tables are made with define(table, schema)",
  several: "use transaction([…]) for several statements",
  returning: "exec gives changes and lastInsertId",
};

/** Names of physical tables and views, which no statement may spell. */
const PHYSICAL = /^rdv?_[1-9a-z]{12}(_|$)/i;
/** Names of what SQLite itself offers as tables. */
const OF_SQLITE = /^(sqlite_|pragma_|json_|dbstat|fts|rtree)/;
const KINDS: Readonly<Record<string, StatementKind>> = {
  SELECT: "select",
  VALUES: "select",
  INSERT: "insert",
  REPLACE: "insert",
  UPDATE: "update",
  DELETE: "delete",
};
/** How often the parts of a `WITH` may be multiplied: SQLite copies one for each use of it. */
const MAX_EXPANSIONS = 64;

/**
 * Reads one statement of an app and puts its views where it names its tables.
 * What the statement may do is not decided here but by the authorizer.
 * @throws {FaztError} `INVALID` for what an app cannot run.
 */
export function readStatement(
  sql: string,
  names: TableNames,
  hints: StatementHints = APP_HINTS,
): Statement {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ";") tokens.pop();
  if (tokens.length === 0) throw invalid("it is empty");
  if (tokens.some((token) => token.text === ";")) {
    throw invalid("it is more than one statement", hints.several);
  }
  for (const token of tokens) {
    if (isName(token) && token.value.toLowerCase() === DONE) throw invalid(`no such name: ${DONE}`);
  }
  for (const token of names.physical ? [] : tokens) {
    if (isName(token) && PHYSICAL.test(token.value)) throw invalid(`no such table: ${token.value}`);
  }
  const kind = kindOf(tokens, hints);
  if (topWords(tokens).some(([word]) => word === "RETURNING")) {
    throw invalid("RETURNING is not available", hints.returning);
  }
  const parts = partsOf(tokens, names);
  return { kind, sql: rename(tokens, names), params: paramsOf(tokens), parts };
}

function invalid(why: string, hint?: string): FaztError {
  return new FaztError(
    "INVALID",
    `Cannot run this statement: ${why}`,
    hint === undefined ? {} : { hint },
  );
}

function paramsOf(tokens: readonly Token[]): number | string[] {
  const all = tokens.filter((token) => token.kind === "param").map((token) => token.value);
  const named = [...new Set(all.filter((text) => text[0] !== "?").map((text) => text.slice(1)))];
  if (named.length > 0) {
    if (all.some((text) => text[0] === "?")) throw invalid("it mixes ? and named parameters");
    return named;
  }
  let last = 0;
  for (const text of all) last = text === "?" ? last + 1 : Math.max(last, Number(text.slice(1)));
  return last;
}

/** SQLite takes a string for a name where only a name can stand. */
const isName = (token: Token) =>
  token.kind === "word" || token.kind === "quoted" || token.kind === "string";

const upper = (token: Token | undefined) =>
  token?.kind === "word" ? token.value.toUpperCase() : token?.text;

/** The words outside of any parentheses, with their places. */
function topWords(tokens: readonly Token[]): [string, number][] {
  const words: [string, number][] = [];
  let depth = 0;
  tokens.forEach((token, i) => {
    if (token.text === "(") depth++;
    else if (token.text === ")") depth--;
    else if (depth === 0 && token.kind === "word") words.push([token.value.toUpperCase(), i]);
  });
  return words;
}

function kindOf(tokens: readonly Token[], hints: StatementHints): StatementKind {
  const words = topWords(tokens);
  const first = upper(tokens[0]) ?? "";
  const found = first === "WITH"
    ? words.map(([word]) => KINDS[word]).find((kind) => kind !== undefined)
    : KINDS[first];
  if (found !== undefined) return found;
  if (/^(CREATE|ALTER|DROP)$/.test(first)) {
    throw invalid(`${first} is not available`, hints.tables);
  }
  if (/^(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)$/.test(first)) {
    throw invalid(`${first} is not available`, hints.several);
  }
  throw invalid(`it starts with ${first.slice(0, 40)}, not with SELECT, INSERT, UPDATE or DELETE`);
}

/**
 * What a `WITH` names. Bounds how often SQLite copies the parts before it looks at any of them.
 */
function partsOf(tokens: readonly Token[], { views }: TableNames): Set<string> {
  const names = new Set<string>();
  tokens.forEach((token, i) => {
    if (token.text !== "(") return;
    let before = i - 1;
    if (upper(tokens[before]) === "MATERIALIZED") before--;
    if (upper(tokens[before]) === "NOT") before--;
    if (upper(tokens[before]) !== "AS") return;
    before--;
    if (tokens[before]?.text === ")") before = opening(tokens, before) - 1;
    const name = tokens[before];
    if (name !== undefined && isName(name)) names.add(name.value.toLowerCase());
  });
  let expansions = 1;
  for (const name of names) {
    if (views.has(name)) throw invalid(`WITH names "${name}", which is a table`);
    if (OF_SQLITE.test(name)) throw invalid(`WITH names "${name}", which is a name of SQLite's`);
    const uses = tokens.filter((t) => isName(t) && t.value.toLowerCase() === name).length - 1;
    expansions *= Math.max(1, uses);
  }
  if (expansions > MAX_EXPANSIONS) throw invalid("the parts of WITH are used too often");
  return names;
}

/** The place of the parenthesis that the one at `close` closes. */
function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (tokens[i]!.text === ")") depth++;
    else if (tokens[i]!.text === "(" && --depth === 0) return i;
  }
  return 0;
}

/** Words after which a comma no longer separates tables. */
const ENDS_FROM = new Set(
  "SELECT WHERE GROUP HAVING WINDOW ORDER LIMIT UNION EXCEPT INTERSECT SET VALUES".split(" "),
);
const BEFORE_TABLE = new Set(["FROM", "JOIN", "INTO", "UPDATE", "IN"]);
const OR_WHAT = new Set(["ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE"]);

/** Writes the statement out again, views in the place of tables. */
function rename(tokens: readonly Token[], { views }: TableNames): string {
  let out = "";
  /** For each open parenthesis, whether commas in it separate tables. */
  const from: boolean[] = [false];
  tokens.forEach((token, i) => {
    const before = upper(tokens[i - 1]);
    const startsTable = isFrom(tokens, i - 1) || (before === "," && from.at(-1)!) ||
      (before === "(" && from.at(-1)!);
    const view = token.kind === "word" || token.kind === "quoted"
      ? views.get(token.value.toLowerCase())
      : undefined;
    const qualifies = tokens[i + 1]?.text === "." && before !== ".";
    const ofMain = before === "." && /^main$/i.test(tokens[i - 2]?.value ?? "");
    const isTable = view !== undefined && (startsTable || qualifies || ofMain);
    if (token.text === "(") {
      // Tables in parentheses, as in FROM (a, b), but not a subquery.
      from.push(startsTable && before !== "IN");
    } else if (token.text === ")") {
      if (from.length === 1) throw invalid("a parenthesis is closed that is not open");
      from.pop();
    } else if (token.kind === "word") {
      const word = token.value.toUpperCase();
      if (word === "FROM") from[from.length - 1] = isFrom(tokens, i);
      else if (ENDS_FROM.has(word)) from[from.length - 1] = false;
    }
    out += (token.spaced && out !== "" ? " " : "") + (isTable ? `"${view}"` : token.text);
  });
  return out;
}

/** Whether the token at `i` is one after which a table is named. */
function isFrom(tokens: readonly Token[], i: number): boolean {
  const word = upper(tokens[i]);
  if (word === undefined) return false;
  // IS [NOT] DISTINCT FROM compares values.
  if (word === "FROM") return upper(tokens[i - 1]) !== "DISTINCT";
  if (OR_WHAT.has(word)) {
    return upper(tokens[i - 1]) === "OR" && upper(tokens[i - 2]) === "UPDATE";
  }
  return BEFORE_TABLE.has(word) && tokens[i]!.kind === "word";
}
