import ignore from "ignore";

/** The files that say what a deploy leaves out; the later one has the last word. */
export const IGNORE_FILES = [".gitignore", ".faztignore"];

// Never shipped, whatever the rules say: history, dependencies, secrets, a node's own data.
const NEVER = new Set([".git", ".hg", ".svn", "node_modules", ".fazt", ...IGNORE_FILES]);
const CLUTTER = new Set([".ds_store", "thumbs.db", "__macosx"]);

/** Whether a file or folder of this name stays here in any case. */
export function isNeverShipped(name: string): boolean {
  const lower = name.toLowerCase();
  return NEVER.has(lower) || CLUTTER.has(lower) || lower === ".env" || lower.startsWith(".env.");
}

/** The rules of one folder: its text in gitignore(5) form, patterns relative to it. */
interface Level {
  readonly depth: number;
  readonly rules: ignore.Ignore;
}

/** What the ignore files from the top down to one folder say; as git, the deepest decides. */
export class IgnoreRules {
  static readonly none = new IgnoreRules([]);

  private constructor(private readonly levels: readonly Level[]) {}

  /** These rules with those of a folder `depth` segments below the top. */
  with(depth: number, texts: readonly string[]): IgnoreRules {
    if (texts.length === 0) return this;
    const rules = ignore({ ignorecase: false }).add(texts.join("\n"));
    return new IgnoreRules([...this.levels, { depth, rules }]);
  }

  /** @param segments of a path from the top, none of whose folders is ignored */
  ignores(segments: readonly string[], isFolder: boolean): boolean {
    for (const { depth, rules } of this.levels.toReversed()) {
      const path = segments.slice(depth).join("/");
      const verdict = rules.test(isFolder ? `${path}/` : path);
      if (verdict.unignored) return false;
      if (verdict.ignored && !inherited(rules, segments.slice(depth), verdict.rule)) return true;
    }
    return false;
  }
}

/** Whether a rule speaks of a folder above, which a deeper file has taken back in. */
function inherited(
  rules: ignore.Ignore,
  segments: readonly string[],
  rule: ignore.IgnoreRule | undefined,
): boolean {
  if (segments.length < 2) return false;
  const above = rules.test(`${segments.slice(0, -1).join("/")}/`);
  return above.ignored && above.rule === rule;
}
