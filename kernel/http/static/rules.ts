import type { Site } from "./site.ts";

/** A site's rules, made ready once. */
interface Rules {
  readonly headers: readonly { readonly test: RegExp; readonly set: [string, string][] }[];
  readonly redirects: readonly {
    readonly test: RegExp;
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
        test: glob(path),
        set: Object.entries(set).filter(([name, value]) =>
          !OWN.test(name) && !/[\r\n\0]/.test(value)
        ),
      })),
      redirects: site.redirects.map(({ from, to, status }) => ({ test: glob(from), to, status })),
    };
    ready.set(site, rules);
  }
  return rules;
}

/** `*` matches within a part, `**` anything, a final `/*` everything below. */
function glob(pattern: string): RegExp {
  const body = pattern.replace(/\/\*$/, "/**").split(/(\*\*?)/).map((piece) =>
    piece === "**"
      ? "(.*)"
      : piece === "*"
      ? "([^/]*)"
      : piece.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
  );
  return new RegExp(`^${body.join("")}$`);
}

/** The extra fields for a path; of two rules that set the same field the later wins. */
export function extraHeaders(site: Site, path: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const rule of rulesOf(site).headers) {
    if (rule.test.test(path)) {
      for (const [name, value] of rule.set) out.set(name.toLowerCase(), value);
    }
  }
  return out;
}

/** Where a path is redirected to, with its query kept, or undefined. */
export function findRedirect(
  site: Site,
  path: string,
  query: string,
): { readonly location: string; readonly status: number } | undefined {
  for (const rule of rulesOf(site).redirects) {
    const match = rule.test.exec(path);
    if (match === null) continue;
    // Leading slashes of the splat would turn "/" + splat into "//host".
    const splat = (match.at(-1) ?? "").replace(/^[/\\]+/, "");
    const to = rule.to.replaceAll(":splat", match.length > 1 ? splat : "");
    if (to === path) continue;
    return { location: to.includes("?") ? to : to + query, status: rule.status };
  }
  return undefined;
}
