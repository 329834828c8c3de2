import ignore from "ignore";

/** What an app is called where nothing says. */
export const FALLBACK_NAME = "app";
/** Never shipped, as by `fazt app deploy`. */
const NEVER =
  /(?:^|\/)(?:\.git|\.hg|\.svn|\.fazt|node_modules|\.ds_store|thumbs\.db|__macosx|\.env(?:\.[^/]*)?|\.gitignore|\.faztignore)(?:\/|$)/i;

/**
 * Which of these paths are shipped, and the folder they all sit in, with its slash, that is taken
 * off. `.gitignore` and `.faztignore` hold from their folder down.
 * @param texts of those files, by path
 */
export function shippedFiles(
  paths: readonly string[],
  texts: ReadonlyMap<string, string>,
): { readonly root: string; readonly paths: ReadonlySet<string> } {
  const root = commonFolder(paths);
  const rules = [...texts].map(([path, text]) => ({
    folder: path.slice(0, path.lastIndexOf("/") + 1),
    rule: ignore().add(text),
  }));
  const kept = paths.filter((path) =>
    !NEVER.test(path) &&
    !rules.some(({ folder, rule }) =>
      path.startsWith(folder) && rule.ignores(path.slice(folder.length))
    )
  );
  return { root, paths: new Set(kept) };
}

function commonFolder(paths: readonly string[]): string {
  const [first = ""] = paths;
  const folder = first.slice(0, first.indexOf("/") + 1);
  return folder !== "" && paths.every((path) => path.startsWith(folder)) ? folder : "";
}

/** A name for an app, made from a folder's. */
export function slugOf(text: string): string {
  const slug = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").slice(0, 63).replace(/^-+|-+$/g, "");
  return slug === "" ? FALLBACK_NAME : slug;
}
