export { storageDsRoutes } from "./ds.ts";
export { storageKvRoutes } from "./kv.ts";
export { storageUsageRoutes } from "./usage.ts";
export { storageProviderRoutes } from "./providers.ts";
export { storageRdRoutes } from "./rd.ts";
export { storageS3Routes } from "./s3.ts";
