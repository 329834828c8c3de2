import type { Glob } from "../lib/glob.ts";
import { parseRate, type Rate } from "../lib/rate_text.ts";
import { routeGlob, routeMatcher } from "../lib/route_glob.ts";

/** What an app allows on some of its paths, ready to be applied. */
export interface RateRule {
  /** As it stands in `app.json`. */
  readonly path: string;
  readonly glob: Glob;
  readonly perAddress?: Rate;
  readonly perApp?: Rate;
  readonly perKey?: Rate;
}

/** Kinds of a rule, in the order they are asked. */
export const RULE_KINDS = ["perAddress", "perKey", "perApp"] as const;

/** Reads the `rate` of a checked manifest, once for each deploy. */
export function rateRules(
  rate: Readonly<Record<string, Partial<Record<typeof RULE_KINDS[number], string | undefined>>>>,
): RateRule[] {
  return Object.entries(rate).map(([path, texts]) => ({
    path,
    glob: routeGlob(path),
    ...Object.fromEntries(
      RULE_KINDS.flatMap((kind) => {
        const text = texts[kind];
        return text === undefined ? [] : [[kind, parseRate(text)]];
      }),
    ),
  }));
}

/** The rules for a path as it stands in a request. */
export function rulesFor(rules: readonly RateRule[], path: string): readonly RateRule[] {
  if (rules.length === 0) return rules;
  const matches = routeMatcher(path);
  return rules.filter(({ glob }) => matches(glob));
}
