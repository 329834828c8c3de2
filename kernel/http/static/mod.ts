export { matchesEtag, parseRange, pickEncoding } from "./conditions.ts";
export { decodePath, splitUrl } from "./request_path.ts";
export { serveStatic } from "./serve.ts";
export type { HeaderRule, RedirectRule, Site } from "./site.ts";
