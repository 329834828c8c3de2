import type { Context } from "hono";
import type { Actor, App } from "../../apps/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { authorize, isAllowed, type Need, type Principal } from "../../security/mod.ts";
import type { ActivityEntry } from "../../log/mod.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

/** Whoever asks, as the rest of the kernel knows them. */
export function actorOf(c: Context<ApiEnv>): Actor {
  const actor: Actor = {
    ...actorFrom(c.get("principal"), c.env.address),
    ...(c.get("isProven")?.() === false ? { unproven: true } : {}),
  };
  c.set("actor", actor);
  return actor;
}

/** A principal as whoever asks for a change. */
export function actorFrom(principal: Principal, address: string | undefined): Actor {
  return {
    userId: principal.kind === "key" ? principal.id : "usr_owner",
    name: principal.name,
    admin: principal.scopes.includes("admin"),
    ...(address === undefined ? {} : { address }),
  };
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
  return allowedApp(services, c.get("principal"), { ref: c.req.param("ref") ?? "", scope });
}

/** The app a reference names, under the rules of {@link appFor}. */
export function allowedApp(
  { apps }: Pick<ApiServices, "apps">,
  principal: Principal,
  { ref, scope, tool = false }: {
    readonly ref: string;
    readonly scope: Need["scope"];
    readonly tool?: boolean;
  },
): App {
  let app: App;
  try {
    app = apps.info(ref);
  } catch (error) {
    if (isAllowed(principal, { scope: "read", tool })) throw error;
    throw new FaztError("FORBIDDEN", "Cannot do this: the credential does not allow it", {
      hint: "fazt server create-key NAME --scope SCOPE makes a key that does",
    });
  }
  authorize(principal, { scope, app, tool });
  return app;
}

/**
 * Decides whether a principal may deploy to what it names: a key for one app may deploy that app
 * and no other.
 * @returns the app, if there is one.
 * @throws {FaztError} `FORBIDDEN`.
 */
export function allowDeploy(
  { apps }: Pick<ApiServices, "apps">,
  principal: Principal,
  target: { readonly name?: string; readonly app?: string; readonly tool?: boolean },
): App | undefined {
  const tool = target.tool ?? false;
  const ref = target.app ?? target.name;
  const found = ref === undefined
    ? undefined
    : apps.list().find((app) => app.id === ref || app.name === ref);
  if (isAllowed(principal, { scope: "deploy", tool })) return found;
  if (ref === undefined) {
    throw new FaztError("FORBIDDEN", "Cannot deploy: a key for one app must name that app", {
      hint: "send its name or id with the deploy",
    });
  }
  authorize(principal, {
    scope: "deploy",
    app: { id: found?.id ?? "", name: found?.name ?? ref },
    tool,
  });
  return found;
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
