import { dirname } from "node:path";
import { isPublicName, MAIL_PORTS } from "../egress/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { type Grant, parseGrant } from "./grants.ts";
import type { Actor } from "./shapes.ts";

/** What of this node no grant may reach. */
export interface NodeSecrets {
  /** The database file. */
  readonly databasePath: string;
  /** Every port the kernel listens on. */
  readonly ports: readonly number[];
  /** Whether a name leads back to the node. */
  readonly isOwnHost: (host: string) => boolean;
}

/** Grants that reach the machine and its network past the egress proxy. */
const OPENING: ReadonlySet<string> = new Set([
  "fs:read",
  "fs:write",
  "sys",
  "net:direct",
  "net:connect",
]);

/** Whether a grant opens the machine to an app; so does what is no grant. */
export function opensMachine(text: string): boolean {
  try {
    return OPENING.has(parseGrant(text).kind);
  } catch {
    return true;
  }
}

/** Of what an app asks for, what somebody approves by deploying it. */
export function approvedBy(by: Actor, permissions: readonly string[]): readonly string[] {
  if (!by.admin) return [];
  return by.unproven ? permissions.filter((text) => !opensMachine(text)) : permissions;
}

/**
 * Refuses a grant that would open the node itself: its database, its own ports.
 * @throws {FaztError} `INVALID`
 */
export function refuseUnsafe(text: string, node: NodeSecrets): void {
  const why = danger(parseGrant(text), node);
  if (why === undefined) return;
  throw new FaztError("INVALID", `Cannot grant "${text}": ${why}`, {
    hint: "ask for exactly the folder, or the host and port, that the app needs",
  });
}

function danger(grant: Grant, node: NodeSecrets): string | undefined {
  if (grant.kind === "fs:read" || grant.kind === "fs:write") {
    return holds(grant.dir, node.databasePath) ? "the node keeps its database there" : undefined;
  }
  if (grant.kind !== "net:direct" && grant.kind !== "net:connect") return undefined;
  const { host, port } = grant;
  if (grant.kind === "net:connect" && MAIL_PORTS.has(grant.port)) {
    return `port ${grant.port} takes mail, which apps may not send past the node`;
  }
  if (!isAddress(host)) {
    if (node.isOwnHost(host)) return "it is a name of this node";
    if (isPublicName(host)) return undefined;
    return "a name that is not public must be spelled as its address, such as 127.0.0.1:5432";
  }
  // Deno compares what is written, the node what it means: there is one spelling of each.
  const spelled = URL.parse(`http://${host}/`)?.hostname;
  if (spelled !== host) return `that address is written ${spelled ?? "otherwise"}`;
  if (port === undefined) return "an address needs a port";
  return node.ports.includes(port) ? `port ${port} is the node's own` : undefined;
}

/** Whether the folder is, is inside, or contains the database's folder, links followed. */
function holds(dir: string, databasePath: string): boolean {
  const [granted, own] = [real(dir), real(dirname(databasePath))];
  const inside = (a: string, b: string) => a === b || a.startsWith(b.replace(/\/*$/, "/"));
  return inside(own, granted) || inside(granted, own);
}

function real(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Not there (yet): its own spelling has to do.
    return path;
  }
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^[0-9.]+$/.test(host) || /^0x/i.test(host);
}
