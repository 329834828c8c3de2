import type { Market } from "./api_types.ts";
import { count, styled } from "./format.ts";
import type { Line } from "./output.ts";

/** A marketplace that was read. */
export function marketLines(market: Market): Line[] {
  return [
    [
      styled("bold", market.name),
      ` offers ${count(market.apps, "app")} (${market.spec} at ${market.commit.slice(0, 12)})`,
    ],
    ...market.problems.map((text): Line => [styled("yellow", "left out: "), text]),
    `See them: fazt market search --market ${market.name}`,
  ];
}
