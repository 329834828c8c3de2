/** What a pattern caught, decoded. */
export type Params = Readonly<Record<string, string>>;

/**
 * Matches a path against a pattern such as `/apps/:ref/:tab?`; a part with `?` may be missing.
 * Undefined where they differ, or the path cannot be decoded.
 */
export function matchRoute(pattern: string, path: string): Params | undefined {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  if (have.length > want.length) return undefined;
  const found: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const given = have[i];
    if (!part.startsWith(":")) {
      if (given !== part) return undefined;
      continue;
    }
    const optional = part.endsWith("?");
    if (given === undefined) {
      if (optional) continue;
      return undefined;
    }
    try {
      found[part.slice(1, optional ? -1 : undefined)] = decodeURIComponent(given);
    } catch {
      return undefined;
    }
  }
  return found;
}

/** Writes query parameters; empty values are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Encodes parts of a path: `path\`/api/apps/${name}\``. */
export function path(texts: TemplateStringsArray, ...values: (string | number)[]): string {
  return texts.reduce((all, text, i) => all + encodeURIComponent(String(values[i - 1])) + text);
}
