import ipaddr from "ipaddr.js";

/** A range of addresses: one of them, and how many bits of it count. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** This machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/**
 * The ranges of a list such as `loopback, 10.0.0.5, fd00::/8`; undefined where one of them is none.
 * An empty list has none.
 */
export function addressRanges(text: string): AddressRange[] | undefined {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "")
    .flatMap((name) => name === "loopback" ? LOOPBACK : [name]);
  try {
    return names.map((name) => {
      if (name.includes("/")) return ipaddr.parseCIDR(name);
      const address = ipaddr.parse(name);
      return [address, address.kind() === "ipv4" ? 32 : 128];
    });
  } catch {
    return undefined;
  }
}

/** Whether an address is in one of the ranges; an IPv4 address in any spelling is itself. */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
  const asked = ipaddr.process(address);
  return ranges.some(([range, bits]) =>
    asked instanceof ipaddr.IPv4
      ? range instanceof ipaddr.IPv4 && asked.match(range, bits)
      : range instanceof ipaddr.IPv6 && asked.match(range, bits)
  );
}
