import ipaddr from "ipaddr.js";

/** How addresses stand in the access log. */
export type AddressForm = "short" | "full" | "none";

/**
 * An address as it is kept. Shortened to the /24 of IPv4 and the /48 of IPv6 it still tells networks
 * apart, and no person.
 */
export function shortAddress(address: string | undefined, form: AddressForm): string {
  if (address === undefined || form === "none" || !ipaddr.isValid(address)) return "";
  if (form === "full") return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv4
    ? `${parsed.octets.slice(0, 3).join(".")}.0`
    : `${parsed.parts.slice(0, 3).map((part) => part.toString(16)).join(":")}::`;
}
