import ipaddr from "ipaddr.js";

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Names that no public authority signs (RFC 6761, 6762, 8375, 9476 and what routers use). */
export const PRIVATE_DOMAINS: readonly string[] = [
  "localhost",
  "test",
  "local",
  "internal",
  "home.arpa",
  "lan",
];

/**
 * The name of a handshake in its one spelling; undefined where it is none: too long, with other
 * characters, or empty. An address stays one.
 */
export function serverNameOf(text: string): string | undefined {
  if (text.length > 254) return undefined;
  const name = text.toLowerCase().replace(/\.$/, "");
  const address = name.replace(/^\[(.*)\]$/, "$1");
  if (ipaddr.isValid(address) && /[.:]/.test(address)) return ipaddr.parse(address).toString();
  if (name.length > 253 || !name.split(".").every((label) => LABEL.test(label))) return undefined;
  return name;
}

/** Whether a name is a domain itself or below it. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** Whether only this machine or its network can mean anything by a name. */
export function isPrivateName(name: string): boolean {
  if (ipaddr.isValid(name)) return ipaddr.parse(name).range() !== "unicast";
  return !name.includes(".") || PRIVATE_DOMAINS.some((domain) => isWithin(name, domain));
}
