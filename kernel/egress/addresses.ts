import ipaddr from "ipaddr.js";

/** An address that was judged: one spelling to connect to, or why nobody may. */
export type Verdict =
  | { readonly address: string; readonly refused?: undefined }
  | { readonly address?: undefined; readonly refused: string };

/** Judges one address as text; the only way to an address that may be connected to. */
export type AddressJudge = (address: string) => Verdict;

/** Special-purpose addresses that the library counts as ordinary ones. */
const SPECIAL_IPV4: readonly [ipaddr.IPv4, number][] = [
  // Azure's wire server: answers with credentials to any machine inside, from public space.
  [ipaddr.IPv4.parse("168.63.129.16"), 32],
  [ipaddr.IPv4.parse("0.0.0.0"), 8],
];
/** The only IPv6 space that is handed out for the public internet (RFC 4291 §2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parse("2000::");
/** NAT64's well-known prefix (RFC 6052): an IPv4 address seen from an IPv6-only network. */
const NAT64 = ipaddr.IPv6.parse("64:ff9b::");

/**
 * Judges an address of any form. Only public unicast addresses pass; an IPv6 address that stands
 * for an IPv4 one is judged by what it stands for. The text that passes is rewritten from the
 * parsed bits, so that what is connected to is what was judged.
 */
export function judgeAddress(text: string): Verdict {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return judgeIpv4(ipaddr.IPv4.parse(text));
  if (!text.includes(":") || text.includes("%") || !ipaddr.IPv6.isValid(text)) {
    return { refused: "not an address" };
  }
  const six = ipaddr.IPv6.parse(text);
  if (six.isIPv4MappedAddress()) return judgeIpv4(six.toIPv4Address());
  if (six.match(NAT64, 96)) {
    const four = judgeIpv4(new ipaddr.IPv4(six.toByteArray().slice(12)));
    return four.refused === undefined ? { address: six.toString() } : four;
  }
  const range = six.range();
  if (range !== "unicast") return { refused: range };
  return six.match(GLOBAL_UNICAST, 3) ? { address: six.toString() } : { refused: "reserved" };
}

/** Ranges of an address that is not public and yet one machine. */
const ONE_MACHINE = new Set(["private", "loopback", "carrierGradeNat", "linkLocal", "uniqueLocal"]);

/**
 * Judges an address that the owner spelled in a grant: beside public ones, those of private
 * networks and of this machine pass. What stands for many machines or for none never does.
 */
export function judgeSpelled(text: string): Verdict {
  const verdict = judgeAddress(text);
  if (verdict.address !== undefined || text.includes("%") || !ipaddr.isValid(text)) return verdict;
  const address = ipaddr.process(text);
  const six = address.kind() === "ipv6";
  const passes = ONE_MACHINE.has(address.range()) && !(six && address.range() === "linkLocal");
  return passes ? { address: address.toString() } : verdict;
}

/** Whether an address is this machine's, whatever its form. `own` are those of its interfaces. */
export function isThisMachine(text: string, own: Iterable<string>): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() === "loopback" || address.range() === "unspecified") return true;
  const same = address.toString();
  for (const one of own) {
    if (ipaddr.isValid(one) && ipaddr.process(one).toString() === same) return true;
  }
  return false;
}

function judgeIpv4(four: ipaddr.IPv4): Verdict {
  const range = four.range();
  if (range !== "unicast") return { refused: range };
  if (SPECIAL_IPV4.some(([net, bits]) => four.match(net, bits))) return { refused: "reserved" };
  return { address: four.toString() };
}

/**
 * A judge that also refuses the machine's own addresses, public ones included: what listens on
 * them, the node itself before all, sees a neighbour where a stranger stands.
 */
export function judgeBeside(
  ownAddresses: () => Iterable<string>,
  judge: AddressJudge = judgeAddress,
): AddressJudge {
  return (text) => {
    const verdict = judge(text);
    if (verdict.address === undefined) return verdict;
    for (const own of ownAddresses()) {
      if (judge(own).address === verdict.address) return { refused: "this machine" };
    }
    return verdict;
  };
}
