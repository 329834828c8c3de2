export { AppServices, type AppServicesDeps } from "./app_services.ts";
