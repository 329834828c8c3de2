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

/** The rules of one folder, `depth` segments below the top, in gitignore(5) form. */
interface Level {
  readonly depth: number;
  readonly text: string;
  readonly rules: ignore.Ignore;
}

/** What the ignore files from the top down to one folder say; as git, the deepest decides. */
export class IgnoreRules {
  static readonly none = new IgnoreRules([]);

  private constructor(private readonly levels: readonly Level[]) {}

  /** The rules inside a folder that is not ignored, with those of its own ignore files. */
  enter(segments: readonly string[], texts: readonly string[]): IgnoreRules {
    const above = this.levels.map((level) => takeBackIn(level, segments));
    if (texts.length === 0) return new IgnoreRules(above);
    return new IgnoreRules([...above, levelOf(segments.length, texts.join("\n"))]);
  }

  /** @param segments of a path from the top, none of whose folders is ignored */
  ignores(segments: readonly string[], isFolder: boolean): boolean {
    for (const level of this.levels.toReversed()) {
      const { ignored, unignored } = level.rules.test(pathIn(level, segments, isFolder));
      if (ignored || unignored) return ignored;
    }
    return false;
  }
}

function levelOf(depth: number, text: string): Level {
  return { depth, text, rules: ignore({ ignorecase: false }).add(text) };
}

function pathIn(level: Level, segments: readonly string[], isFolder: boolean): string {
  return segments.slice(level.depth).join("/") + (isFolder ? "/" : "");
}

/** A deeper file took this folder back in: what lies in it is judged by itself again. */
function takeBackIn(level: Level, segments: readonly string[]): Level {
  const path = pathIn(level, segments, true);
  if (path === "/" || !level.rules.test(path).ignored) return level;
  return levelOf(level.depth, `${level.text}\n!/${path.replace(/[\\*?[\]!# ]/g, "\\$&")}`);
}
