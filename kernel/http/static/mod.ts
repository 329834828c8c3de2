export { matchesEtag, parseRange, pickEncoding } from "./conditions.ts";
export { decodePath, splitUrl } from "./request_path.ts";
export { type Fields, NOTHING, serveStatic } from "./serve.ts";
export type { HeaderRule, RedirectRule, Site } from "./site.ts";
