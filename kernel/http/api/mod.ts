export { createApi } from "./api.ts";
export type { ApiBindings, ApiEnv, ApiServices } from "./services.ts";
export { actorFrom, allowDeploy, allowedApp } from "./guards.ts";
export { bodyOf, checked, lengthOf, present, readBytes } from "./input.ts";
export { callApp } from "./call_app.ts";
export { toJson } from "./sql.ts";
