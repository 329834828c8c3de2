import ipaddr from "ipaddr.js";

/** Where a request came from, as far as it can be believed. */
export interface Client {
  /** Of the peer, or what a trusted proxy says; undefined where that is no internet address. */
  readonly address: string | undefined;
  /**
   * What it is counted by: an IPv4 address, or the /64 of an IPv6 one, which is the least that one
   * customer gets (RFC 6177). Undefined for this machine itself, which is not counted.
   */
  readonly counted: string | undefined;
}

/** Whether a peer's address is this machine's (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined &&
    (/^127\./.test(address) || address === "::1" || /^::ffff:127\./i.test(address));
}

/** Whether a proxy at this address is believed: `server.trustedProxies`. */
export type Trusts = (address: string) => boolean;

/** Of a client about whom nothing is believed but that it came through somebody. */
const UNKNOWN: Client = { address: undefined, counted: "unknown" };

/**
 * The client of a request. Only a trusted proxy is believed, and of what it forwards only the last
 * address: the one it saw itself. What came before it was written by the client.
 */
export function clientOf(peer: Deno.NetAddr, headers: Headers, trusts: Trusts): Client {
  const address = peer.hostname;
  const forwarded = headers.get("x-forwarded-for");
  if (forwarded === null) return { address, counted: countedBy(address) };
  const isLocal = isLoopback(address);
  // On this machine somebody forwards who is not to be believed: it is not the owner's command line.
  if (!trusts(address)) return isLocal ? UNKNOWN : { address, counted: countedBy(address) };
  const last = withoutPort(forwarded.slice(forwarded.lastIndexOf(",") + 1).trim());
  // What is no address still came through the proxy: it is counted, with all others like it.
  // Nor is anybody this machine because a proxy elsewhere says so.
  if (!ipaddr.isValid(last) || (isLoopback(last) && !isLocal)) return UNKNOWN;
  return { address: last, counted: sliceOf(last) };
}

/** What an address is counted by; undefined for this machine. */
export function countedBy(address: string): string | undefined {
  return isLoopback(address) ? undefined : sliceOf(address);
}

const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

function sliceOf(address: string): string {
  if (IPV4.test(address) || !ipaddr.IPv6.isValid(address)) return address;
  const six = ipaddr.IPv6.parse(address);
  if (six.isIPv4MappedAddress()) return six.toIPv4Address().toString();
  return six.parts.slice(0, 4).map((part) => part.toString(16)).join(":");
}

/** `192.0.2.1:5000` and `[2001:db8::1]:5000` as some proxies write them. */
function withoutPort(text: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ??
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}
