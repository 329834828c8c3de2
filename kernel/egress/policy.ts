import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Caller } from "../syscall/mod.ts";
import { netError } from "./errors.ts";
import type { HostPort } from "../lib/host_pattern.ts";
import { type EgressRules, grantsHost, type NetGrant } from "./rules.ts";

/** What a request is judged by before its host is looked up. */
export interface PolicyDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly rules: EgressRules;
}

/**
 * Refuses a request that its app's grants, the owner's rules or the node itself do not allow.
 * @throws {FaztError} `NET_BLOCKED`
 */
export function refuseUnlessAllowed(
  deps: PolicyDeps,
  caller: Caller,
  { target, how = "net:fetch" }: { readonly target: HostPort; readonly how?: NetGrant },
): void {
  const { host } = target;
  if (!grantsHost(caller.grants, target, how)) {
    const grant = `${how}:${host}${how === "net:connect" ? `:${target.port}` : ""}`;
    throw netError("NET_BLOCKED", `${grant} is not granted`, {
      host,
      hint: `add it to "permissions" in app.json, then: fazt app grants approve ` +
        `${caller.appName} ${grant}`,
      details: { reason: "grant" },
    });
  }
  const objection = deps.rules.objection(caller.appId, target);
  if (objection !== undefined) {
    throw netError("NET_BLOCKED", objection, {
      host,
      hint: "the owner decides: fazt net allow list",
      details: { reason: "rule" },
    });
  }
  if (isOwnHost(deps, host)) {
    throw netError("NET_BLOCKED", "it is a host of this node", {
      host,
      details: { reason: "own" },
    });
  }
}

/** Whether a name leads back to this node: its domain, what is below it, and its apps' domains. */
export function isOwnHost(
  { db, settings }: Pick<PolicyDeps, "db" | "settings">,
  host: string,
): boolean {
  const domain = settings.get("server.domain");
  return host === domain || host.endsWith(`.${domain}`) ||
    db.reader.get(
        "SELECT 1 FROM domains WHERE fqdn IN (?, ?)",
        host,
        host.replace(/^www\./, ""),
      ) !== undefined;
}
