import type { Context } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { isId } from "../../lib/ids.ts";
import { authorize, isAllowed } from "../../security/mod.ts";
import { need } from "./guards.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

/**
 * The id of the app that a query names, if the principal may read it; undefined, which takes
 * `read`, is every app. An id is taken as it is from who may read everything: what was written
 * about an app outlives it.
 * @throws {FaztError} `FORBIDDEN`, `NOT_FOUND`
 */
export function knownAppId(
  c: Context<ApiEnv>,
  services: ApiServices,
  ref: string | undefined,
): string | undefined {
  const principal = c.get("principal");
  if (ref === undefined || (isId("app", ref) && isAllowed(principal, { scope: "read" }))) {
    need(c, "read");
    return ref;
  }
  let app;
  try {
    app = services.apps.info(ref);
  } catch (error) {
    if (isAllowed(principal, { scope: "read" })) throw error;
    throw new FaztError("FORBIDDEN", "Cannot do this: the credential does not allow it", {
      hint: "fazt server create-key NAME --scope SCOPE makes a key that does",
    });
  }
  authorize(principal, { scope: "read", app });
  return app.id;
}
