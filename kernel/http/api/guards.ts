import type { Context } from "hono";
import type { Actor, App } from "../../apps/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { authorize, isAllowed, type Need } from "../../security/mod.ts";
import type { ActivityEntry } from "../../log/mod.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

/** Whoever asks, as the rest of the kernel knows them. */
export function actorOf(c: Context<ApiEnv>): Actor {
  const principal = c.get("principal");
  const { address } = c.env;
  const actor: Actor = {
    userId: principal.kind === "key" ? principal.id : "usr_owner",
    name: principal.name,
    admin: principal.scopes.includes("admin"),
    ...(address === undefined ? {} : { address }),
    ...(c.get("isProven")?.() === false ? { unproven: true } : {}),
  };
  c.set("actor", actor);
  return actor;
}

/** @throws {FaztError} `FORBIDDEN` unless the principal has the scope. */
export function need(c: Context<ApiEnv>, scope: Need["scope"]): void {
  authorize(c.get("principal"), { scope });
}

/**
 * The app a route names, if the principal may do this with it. Who may not even see apps learns
 * nothing about which there are.
 */
export function appFor(
  c: Context<ApiEnv>,
  services: ApiServices,
  scope: Need["scope"],
): App {
  const principal = c.get("principal");
  const ref = c.req.param("ref") ?? "";
  let app: App;
  try {
    app = services.apps.info(ref);
  } catch (error) {
    if (isAllowed(principal, { scope: "read" })) throw error;
    throw new FaztError("FORBIDDEN", "Cannot do this: the credential does not allow it", {
      hint: "fazt server create-key NAME --scope SCOPE makes a key that does",
    });
  }
  authorize(principal, { scope, app });
  return app;
}

/** Writes an activity row for a change that no other part of the kernel records. */
export function recordChange(
  c: Context<ApiEnv>,
  services: ApiServices,
  entry: Pick<ActivityEntry, "action" | "target" | "details">,
): void {
  const actor = actorOf(c);
  c.set("recorded", true);
  services.activity.record({
    ...entry,
    userId: actor.userId,
    actor: actor.name,
    address: actor.address,
    result: "ok",
  });
}
