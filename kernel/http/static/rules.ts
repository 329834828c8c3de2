import { type Glob, matchGlob, parseGlob, WORK, type Work } from "../../lib/glob.ts";
import type { Site } from "./site.ts";

/** A site's rules, made ready once. */
interface Rules {
  readonly headers: readonly { readonly on: Glob; readonly set: [string, string][] }[];
  readonly redirects: readonly {
    readonly from: Glob;
    readonly to: string;
    readonly status: number;
  }[];
}

/** Fields the server sets itself or that belong to the connection. */
const OWN =
  /^(?:connection|content-(?:length|range|encoding)|date|etag|keep-alive|te|trailer|transfer-encoding|upgrade|vary|set-cookie)$/i;

const ready = new WeakMap<Site, Rules>();

function rulesOf(site: Site): Rules {
  let rules = ready.get(site);
  if (rules === undefined) {
    rules = {
      headers: site.headers.map(({ path, set }) => ({
        on: parseGlob(encoded(path)),
        set: Object.entries(set).filter(([name, value]) =>
          !OWN.test(name) && !/[\r\n\0]/.test(value)
        ),
      })),
      redirects: site.redirects.map(({ from, to, status }) => ({
        from: parseGlob(encoded(from)),
        to: encoded(to),
        status,
      })),
    };
    ready.set(site, rules);
  }
  return rules;
}

/** The extra fields for a path; of two rules that set the same field the later wins. */
export function extraHeaders(site: Site, path: string): Record<string, string> {
  const out: Record<string, string> = {};
  const work: Work = { left: WORK };
  for (const rule of rulesOf(site).headers) {
    if (matchGlob(rule.on, path, work) === undefined) continue;
    for (const [name, value] of rule.set) out[name.toLowerCase()] = value;
  }
  return out;
}

/** Where a path is redirected to, with its query kept, or undefined. */
export function findRedirect(
  site: Site,
  path: string,
  query: string,
): { readonly location: string; readonly status: number } | undefined {
  const work: Work = { left: WORK };
  for (const rule of rulesOf(site).redirects) {
    const match = matchGlob(rule.from, path, work);
    if (match === undefined) continue;
    // Leading slashes of the splat would turn "/" + splat into "//host".
    const splat = match.replace(/^[/\\]+/, "");
    // A function, because a text could hold `$&` and its like.
    const to = rule.to.replaceAll(":splat", () => splat);
    if (to === path) continue;
    return { location: to.includes("?") ? to : withQuery(to, query), status: rule.status };
  }
  return undefined;
}

/** A rule's text as it stands in a URL: people write letters, requests and headers hold ASCII. */
function encoded(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

function withQuery(location: string, query: string): string {
  const mark = location.indexOf("#");
  return mark < 0 ? location + query : location.slice(0, mark) + query + location.slice(mark);
}
