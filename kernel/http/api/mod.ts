export { createApi } from "./api.ts";
export type { ApiBindings, ApiEnv, ApiServices } from "./services.ts";
export { bodyOf, checked, lengthOf, readBytes } from "./input.ts";
