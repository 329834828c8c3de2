export { storageDsRoutes } from "./ds.ts";
export { storageKvRoutes } from "./kv.ts";
export { storageUsageRoutes } from "./usage.ts";
