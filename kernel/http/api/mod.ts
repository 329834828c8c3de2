export { createApi } from "./api.ts";
export type { ApiBindings, ApiEnv, ApiServices } from "./services.ts";
export { bodyOf, lengthOf } from "./input.ts";
