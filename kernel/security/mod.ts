import { KEY_WRITES } from "./keys.ts";
import { SESSION_WRITES } from "./sessions.ts";

export { type KeyInfo, Keys } from "./keys.ts";
export { LocalToken } from "./local_token.ts";
export { authorize, isAllowed, type Need, type Principal, unauthorized } from "./principal.ts";
export { SESSION_MS, Sessions } from "./sessions.ts";
/** The writes of this folder. */
export const SECURITY_WRITES = [...KEY_WRITES, ...SESSION_WRITES];
