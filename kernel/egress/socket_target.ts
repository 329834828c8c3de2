import { FaztError } from "../lib/fazt_error.ts";
import type { Settings } from "../config/mod.ts";
import type { Caller } from "../syscall/mod.ts";
import { type AddressJudge, isThisMachine, judgeSpelled } from "./addresses.ts";
import { MAIL_PORTS } from "./blocked_ports.ts";
import { netError } from "./errors.ts";
import { type PolicyDeps, refuseUnlessAllowed } from "./policy.ts";
import { addressOf, isPublicName } from "./target.ts";

/** Where a socket goes. */
export interface SocketTarget {
  /** As a URL spells it: lower case, an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  /** The host is an address, without brackets here. */
  readonly address: string | undefined;
}

/** What decides where sockets may go. */
export interface SocketPolicy extends PolicyDeps {
  readonly settings: Settings;
  readonly judge: AddressJudge;
  /** Every port the node itself listens on. */
  readonly ports: () => readonly number[];
  /** Addresses of this machine. */
  readonly ownAddresses: () => Iterable<string>;
}

/**
 * Reads where a socket is to go.
 * @throws {FaztError} `INVALID`
 */
export function socketTarget(host: string, port: number): SocketTarget {
  const bare = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const spelled = /^[\w.:[\]-]{1,255}$/.test(bare)
    ? URL.parse(`http://${bare}/`)?.hostname.replace(/\.$/, "")
    : undefined;
  if (
    spelled === undefined || spelled === "" || !Number.isInteger(port) || port < 1 || port > 65535
  ) {
    throw new FaztError("INVALID", "Cannot open a socket: its host or port cannot be read", {
      hint: 'write fazt.net.connect("db.example.com", 5432)',
    });
  }
  return { host: spelled, port, address: addressOf(spelled) };
}

/**
 * Refuses an address the grant spells that is the node itself. Gives what judges the addresses of
 * the host: a spelled one may be private, a name's never.
 * @throws {FaztError} `NET_BLOCKED`
 */
export function judgeFor(policy: SocketPolicy, target: SocketTarget): AddressJudge {
  const { host, port, address } = target;
  const refuse = (why: string, reason: string) =>
    netError("NET_BLOCKED", why, { host, details: { reason } });
  if (address === undefined) {
    if (isPublicName(host)) return policy.judge;
    throw refuse("it is no public host: a private one is granted by its address", "address");
  }
  if (policy.ports().includes(port) && isThisMachine(address, policy.ownAddresses())) {
    throw refuse("it is the node itself", "own");
  }
  return judgeSpelled;
}

/**
 * Refuses a socket that its app's grants, the owner's rules or the node do not allow.
 * @returns what judges the addresses of its host
 * @throws {FaztError} `NET_BLOCKED`
 */
export function admitSocket(
  policy: SocketPolicy,
  caller: Caller,
  target: SocketTarget,
): AddressJudge {
  const { host, port } = target;
  if (MAIL_PORTS.has(port)) {
    throw netError("NET_BLOCKED", `port ${port} takes mail and is never opened`, {
      host,
      details: { reason: "port" },
    });
  }
  refuseUnlessAllowed(policy, caller, { target, how: "net:connect" });
  return judgeFor(policy, target);
}
