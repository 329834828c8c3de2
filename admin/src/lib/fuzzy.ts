/** How well a query fits a text; undefined where it does not. Higher is better. */
export function fuzzyScore(query: string, text: string): number | undefined {
  const [want, have] = [query.toLowerCase().trim(), text.toLowerCase()];
  if (want === "") return 0;
  const whole = have.indexOf(want);
  if (whole >= 0) return 1000 - whole - have.length / 100 + (startsWord(have, whole) ? 500 : 0);
  let score = 0;
  let at = -1;
  for (const letter of want) {
    if (letter === " ") continue;
    const next = have.indexOf(letter, at + 1);
    if (next < 0) return undefined;
    score += next === at + 1 ? 5 : startsWord(have, next) ? 4 : 1;
    at = next;
  }
  return score - have.length / 100;
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || /[\s\-_/.:]/.test(text[at - 1]!);
}

/** The items that fit, best first. */
export function fuzzyFilter<T>(
  query: string,
  items: readonly T[],
  text: (item: T) => string,
): T[] {
  return items.map((item) => ({ item, score: fuzzyScore(query, text(item)) }))
    .filter((found): found is { item: T; score: number } => found.score !== undefined)
    .sort((a, b) => b.score - a.score).map(({ item }) => item);
}
