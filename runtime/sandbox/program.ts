import { type Node, parse, type Program as Tree } from "acorn";
import type { CodeFault } from "../../kernel/proc/mod.ts";

/** Code that can be run, as the script an isolate compiles. */
export interface Program {
  /** A script whose value is an async function without parameters. */
  readonly script: string;
  /** Where text was put into the code; undefined where it stands as it was written. */
  readonly inserted: Insertion | undefined;
}

/** Text that was put into a line of the code. Line and column start at 1, as everywhere here. */
export interface Insertion {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

const BEFORE = '(async function () { "use strict";\n';
const AFTER = "\n})";
/** Lines the script has before the code's own first line. */
export const LINES_BEFORE = 1;

/** As in an async function, which the code becomes the body of; the same rules as V8's scripts. */
const OPTIONS = {
  ecmaVersion: "latest",
  sourceType: "script",
  strict: true,
  locations: true,
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  allowHashBang: false,
} as const;

const TOO_DEEP = "The code is nested too deeply";
const NO_MODULES = "Cannot import or export: code in a sandbox is no module and has none";

/**
 * Reads code: what is wrong with it, or the program it is. A program answers what it returns, or
 * else the value of its last statement where that is an expression.
 */
export function readProgram(code: string): Program | readonly CodeFault[] {
  const object = readObject(code);
  const tree = object ?? readTree(code);
  if (!("body" in tree)) return [tree];
  const faults = findImports(tree, object === undefined ? 0 : 1);
  if (faults.length > 0) return faults;
  if (object !== undefined) {
    return program(code, { at: 0, line: 1, column: 1 }, ["return (", "\n)"]);
  }
  const last = tree.body.at(-1);
  if (last?.type !== "ExpressionStatement") return program(code);
  const { line, column } = last.loc!.start;
  return program(code, { at: last.start, line, column: column + 1 }, ["return ", ""]);
}

function program(
  code: string,
  place?: { readonly at: number; readonly line: number; readonly column: number },
  [before, after]: readonly [string, string] = ["", ""],
): Program {
  if (place === undefined) return { script: BEFORE + code + AFTER, inserted: undefined };
  const { at, line, column } = place;
  return {
    script: BEFORE + code.slice(0, at) + before + code.slice(at) + after + AFTER,
    inserted: { line, column, length: before.length },
  };
}

/** Code that begins with a brace is an object where it can be one, as in a console. */
function readObject(code: string): Tree | undefined {
  if (!/^\s*\{/.test(code)) return undefined;
  const tree = readTree(`(${code}\n)`);
  if (!("body" in tree) || tree.body.length !== 1) return undefined;
  const [only] = tree.body;
  return only?.type === "ExpressionStatement" && only.end === code.length + 3 ? tree : undefined;
}

function readTree(code: string): Tree | CodeFault {
  try {
    return parse(code, OPTIONS);
  } catch (error) {
    const { message, loc } = error as { message: string; loc?: { line: number; column: number } };
    // The recursion of the parser, or of its reader of regular expressions, ends before the code.
    if (loc === undefined) return { message: TOO_DEEP, line: 1, column: 1 };
    const said = message.replace(/ \(\d+:\d+\)$/, "");
    return {
      message: /'import' and 'export'|'import\.meta'/.test(said)
        ? NO_MODULES
        : said.startsWith("Not enough stack")
        ? TOO_DEEP
        : said,
      line: loc.line,
      column: loc.column + 1,
    };
  }
}

/** Where code asks for a module while it runs; V8 refuses that too, but only then. */
function findImports(tree: Tree, columnsBefore: number): CodeFault[] {
  const faults: CodeFault[] = [];
  const pending: Node[] = [tree];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.type === "ImportExpression") {
      const { line, column } = node.loc!.start;
      const shift = line === 1 ? columnsBefore : 0;
      faults.push({ message: NO_MODULES, line, column: column + 1 - shift });
    }
    for (const child of Object.values(node) as unknown[]) {
      if (Array.isArray(child)) { for (const item of child) if (isNode(item)) pending.push(item); }
      else if (isNode(child)) pending.push(child);
    }
  }
  return faults.sort((a, b) => a.line - b.line || a.column - b.column).slice(0, 20);
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === "string";
}
