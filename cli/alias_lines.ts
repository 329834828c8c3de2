import type { Alias } from "./api_types.ts";

/** Where a host label leads, in words: `app_…`, a URL, `blog 90%, blog-next 10%` or `nothing`. */
export function aliasTarget({ appId, target, split }: Alias): string {
  if (split === undefined) return target ?? appId ?? "nothing";
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  return split.map(({ app, weight }) => `${app} ${percent(weight / total)}`).join(", ");
}

function percent(part: number): string {
  return `${Math.round(part * 1000) / 10}%`;
}
