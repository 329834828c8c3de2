/** The path and query of a request's URL, without parsing the rest of it. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const from = url.indexOf("/", url.indexOf("://") + 3);
  if (from < 0) return { path: "/", query: "" };
  const mark = url.indexOf("?", from);
  return mark < 0
    ? { path: url.slice(from), query: "" }
    : { path: url.slice(from, mark), query: url.slice(mark) };
}

/**
 * A URL path as a key of the virtual filesystem: decoded once, NFC, without its first slash.
 * Undefined for what could be read in two ways: encoded slashes, backslashes and NUL, broken
 * escapes. What is left is an opaque key: nothing in it is ever resolved against a directory.
 */
export function decodePath(path: string): string | undefined {
  let key = path.slice(1);
  if (key.includes("%")) {
    if (/%(?:2f|5c|00)/i.test(key)) return undefined;
    try {
      key = decodeURIComponent(key);
    } catch {
      return undefined;
    }
  }
  if (key.includes("\\") || key.includes("\0")) return undefined;
  // deno-lint-ignore no-control-regex -- ASCII needs no normal form
  return /^[\x00-\x7f]*$/.test(key) ? key : key.normalize("NFC");
}
