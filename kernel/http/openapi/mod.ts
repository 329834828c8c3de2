export { describe, described, type RouteDoc, type RouteScope } from "./describe.ts";
export { openApi } from "./document.ts";
