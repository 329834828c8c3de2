import { FaztError } from "../lib/fazt_error.ts";
import type { HostPort } from "../lib/host_pattern.ts";
import { BLOCKED_PORTS } from "./blocked_ports.ts";
import { netError } from "./errors.ts";

/** One place a request may be meant for; its name not yet resolved. */
export interface Target extends HostPort {
  /** Without credentials, fragment and trailing dot. */
  readonly url: URL;
  /** TLS. */
  readonly secure: boolean;
  /** The host is an address, without brackets here. */
  readonly address: string | undefined;
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Names that are never public (RFC 6761, 6762, 8375, 9476 and what networks use instead). */
const LOCAL_SUFFIX = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home\.arpa)$/;
/** The longest URL that is sent. */
const MAX_URL = 16_384;

/**
 * Reads where a request wants to go and refuses what no request may name. The URL standard's
 * parser has already turned every spelling of an IPv4 address (`0x7f.1`, `2130706433`) into one.
 * @throws {FaztError} `INVALID` for what is no URL, `NET_BLOCKED`.
 */
export function targetOf(input: string, base?: URL): Target {
  const target = readTarget(input, base);
  if (target.address !== undefined || isPublicName(target.host)) return target;
  throw blocked(`"${target.host.slice(0, 100)}" is no public host`);
}

/**
 * The same where a private name may be meant: whoever calls judges it.
 * @throws {FaztError} as {@link targetOf}.
 */
export function readTarget(input: string, base?: URL): Target {
  const url = input.length > MAX_URL ? null : URL.parse(input, base);
  if (url === null) {
    throw new FaztError("INVALID", "Cannot send this request: its URL cannot be read", {
      hint: 'write an absolute one, such as "https://api.example.com/v1/things"',
    });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw blocked("only http: and https: URLs can be fetched");
  }
  if (url.username !== "" || url.password !== "") {
    throw blocked("its URL carries a user name or password", {
      hint: 'keep it as a secret and name it: {auth: "NAME", authMode: "basic"}',
    });
  }
  url.hash = "";
  if (url.hostname.endsWith(".")) url.hostname = url.hostname.slice(0, -1);
  const host = url.hostname;
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  if (BLOCKED_PORTS.has(port)) throw blocked(`port ${port} is never opened for a request`);
  return { url, host, port, secure, address: addressOf(host) };
}

/** The same scheme, host and port (the Fetch standard's same origin). */
export function sameOrigin(a: Target, b: Target): boolean {
  return a.secure === b.secure && a.host === b.host && a.port === b.port;
}

/** What the `Host` header says: the name as asked for, whatever address it has. */
export function hostHeader(target: Target): string {
  return target.url.host;
}

/** The address a URL's host spells, without brackets; undefined for a name. */
export function addressOf(host: string): string | undefined {
  if (host.startsWith("[")) return host.slice(1, -1);
  // The URL parser lets a host end in a number only if it is an IPv4 address.
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? host : undefined;
}

/** Names without a dot are found through the local network's search list: never public. */
export function isPublicName(host: string): boolean {
  return host.length <= 253 && host.includes(".") && !LOCAL_SUFFIX.test(host) &&
    host.split(".").every((label) => LABEL.test(label));
}

function blocked(why: string, options: { readonly hint?: string } = {}): FaztError {
  return netError("NET_BLOCKED", why, options);
}
