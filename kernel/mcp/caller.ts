import type { Actor, App } from "../apps/mod.ts";
import { actorFrom, allowDeploy, allowedApp, type ApiServices } from "../http/api/mod.ts";
import { authorize, isAllowed, type Need, type Principal } from "../security/mod.ts";

type Scope = Need["scope"];

/** Whoever calls a tool, and what they may do: every tool asks here before it does anything. */
export class Caller {
  readonly actor: Actor;

  /** @param address the network address the call came from */
  constructor(
    readonly services: ApiServices,
    readonly principal: Principal,
    readonly address: string | undefined,
  ) {
    this.actor = actorFrom(principal, address);
  }

  /** @throws {FaztError} `FORBIDDEN`. */
  need(scope: Scope): void {
    authorize(this.principal, { scope, tool: true });
  }

  /** The app of an id, name or alias. @throws {FaztError} `FORBIDDEN`, `NOT_FOUND`. */
  app(ref: string, scope: Scope): App {
    return allowedApp(this.services, this.principal, { ref, scope, tool: true });
  }

  /** The app that a deploy is for, if there is one. @throws {FaztError} `FORBIDDEN`. */
  deployTarget(ref: string): App | undefined {
    return allowDeploy(this.services, this.principal, { name: ref, tool: true });
  }

  /** The apps the caller may see. */
  apps(): App[] {
    return this.services.apps.list()
      .filter((app) => isAllowed(this.principal, { scope: "read", app, tool: true }));
  }
}
