import { KEY_WRITES } from "./keys.ts";
import { OWNER_WRITES } from "./owner_operations.ts";
import { SESSION_WRITES } from "./session_operations.ts";

/** The writes of this folder. */
export const SECURITY_WRITES = [...KEY_WRITES, ...SESSION_WRITES, ...OWNER_WRITES];
