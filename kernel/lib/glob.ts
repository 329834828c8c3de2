/** A pattern of an app's rules, taken apart: texts with a wildcard between each two. */
export interface Glob {
  readonly texts: readonly string[];
  /** One fewer than the texts: `*` stays within a part of a path, `**` does not. */
  readonly stars: readonly string[];
}

/** How many steps may still be taken; shared by all rules that are tried on one path. */
export interface Work {
  left: number;
}

/** Steps for all rules of one request: each is a search in a path, so they take milliseconds. */
export const WORK = 10_000;

/** `*` matches within a part, `**` anything, a final `/*` everything below. */
export function parseGlob(pattern: string): Glob {
  const pieces = pattern.replace(/\/\*$/, "/**").split(/(\*\*?)/);
  return {
    texts: pieces.filter((_, i) => i % 2 === 0),
    stars: pieces.filter((_, i) => i % 2 === 1),
  };
}

/**
 * What the last wildcard stands for, "" without one, undefined when the path does not match.
 * Wildcards before the last take as little as they can. The pattern is an app's and the path a
 * visitor's, so this must not be a regular expression: few wildcards make one run for hours.
 */
export function matchGlob({ texts, stars }: Glob, path: string, work: Work): string | undefined {
  if (!path.startsWith(texts[0]!)) return undefined;
  let from = texts[0]!.length;
  if (stars.length === 0) return from === path.length ? "" : undefined;
  let star = 0;
  let at = from;
  let deep: { readonly star: number; readonly from: number; readonly at: number } | undefined;
  while (work.left-- > 0) {
    const isLast = star === stars.length - 1;
    const next = texts[star + 1]!;
    const end = isLast ? lastPlace(path, next) : path.indexOf(next, at);
    // No later start can help: what is left of the path only gets shorter.
    if (end < at) return undefined;
    const isDeep = stars[star] === "**";
    if (isDeep || !path.slice(from, end).includes("/")) {
      if (isLast) return path.slice(from, end);
      if (isDeep) deep = { star, from, at: end };
      star++;
      from = at = end + next.length;
      continue;
    }
    // A `*` met the end of its part: only the last `**` can take more and move it on.
    if (deep === undefined) return undefined;
    ({ star, from } = deep);
    at = deep.at + 1;
  }
  return undefined;
}

/** Where a text begins that the path ends with, or -1. */
function lastPlace(path: string, text: string): number {
  return path.endsWith(text) ? path.length - text.length : -1;
}
