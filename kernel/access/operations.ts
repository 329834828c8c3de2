import { insertAccess, trimAccess } from "./access_operations.ts";

/** The writes of this folder. */
export const ACCESS_WRITES = [insertAccess, trimAccess];
