export { type LinkInfo, type LinkInput, type LinkPage, Links } from "./links.ts";
export { LINK_PATH, LINK_STATUSES, type LinkStatus, SLUG } from "./slug.ts";
