import ipaddr from "ipaddr.js";
import { isPrivateName } from "../certificates/mod.ts";
import type { RecordType, Resolver } from "../dns/mod.ts";

/** A record of the DNS. */
export interface DnsRecord {
  readonly type: RecordType;
  readonly name: string;
  readonly value: string;
}

/** A record that would make a domain this node's. */
export interface WantedRecord extends DnsRecord {
  /** What it is for. */
  readonly why: string;
  readonly seen: boolean;
}

/** What this node is known as. */
export interface NodeNames {
  readonly domain: string;
  /** Public addresses; empty where nobody knows them. */
  readonly addresses: readonly string[];
}

/** What a look at the DNS gave. */
export interface DomainCheck {
  /** Whether the domain is shown to be the owner's. */
  readonly verified: boolean;
  readonly seen: readonly DnsRecord[];
  /** What to change; undefined when all is well. */
  readonly problem?: string;
}

/** Name of the record that proves a domain where no address leads here. */
export const proofName = (domain: string) => `_fazt.${domain}`;
/** What it has to say. */
export const proofValue = (proof: string) => `fazt-verify=${proof}`;

const MAX_CHAIN = 8;

/**
 * Looks at where a domain leads. It is the owner's when it leads to this node, or when a TXT record
 * says so (as behind a proxy of somebody else's). @throws {FaztError} `DNS_FAILED`
 */
export async function checkDomain(
  { domain, proof, node, resolver }: {
    readonly domain: string;
    readonly proof: string;
    readonly node: NodeNames;
    readonly resolver: Resolver;
  },
): Promise<DomainCheck> {
  // Nobody owns such names and no public DNS has them.
  if (isPrivateName(domain)) return { verified: true, seen: [] };
  const [chain, a, aaaa, texts] = await Promise.all([
    aliasesOf(domain, resolver),
    resolver.records(domain, "A"),
    resolver.records(domain, "AAAA"),
    resolver.records(proofName(domain), "TXT"),
  ]);
  const seen: DnsRecord[] = [
    ...chain,
    ...a.map((value) => ({ type: "A" as const, name: domain, value })),
    ...aaaa.map((value) => ({ type: "AAAA" as const, name: domain, value })),
    ...texts.filter((value) => value.startsWith("fazt-verify="))
      .map((value) => ({ type: "TXT" as const, name: proofName(domain), value })),
  ];
  const addresses = [...a, ...aaaa].map(plain);
  const ours = new Set(node.addresses.map(plain));
  const strangers = addresses.filter((one) => !ours.has(one));
  const here = addresses.some((one) => ours.has(one));
  const alias = chain.some(({ value }) => value === node.domain);
  const proved = texts.includes(proofValue(proof));
  const problem = here || alias
    ? strangers.length > 0 && here ? elsewhere(domain, strangers) : undefined
    : proved
    ? addresses.length === 0 ? `${domain} has no address: visitors cannot find it` : undefined
    : notHere(domain, { addresses, node });
  return { verified: here || alias || proved, seen, ...(problem === undefined ? {} : { problem }) };
}

/** What to put into the DNS, any one of the ways; `seen` tells what is there. */
export function wantedRecords(
  { domain, proof, node, seen }: {
    readonly domain: string;
    readonly proof: string;
    readonly node: NodeNames;
    readonly seen: readonly DnsRecord[];
  },
): WantedRecord[] {
  if (isPrivateName(domain)) return [];
  const wanted: Omit<WantedRecord, "seen">[] = [
    ...node.addresses.map((value) => ({
      type: value.includes(":") ? "AAAA" as const : "A" as const,
      name: domain,
      value,
      why: "leads visitors to this node",
    })),
    ...isPrivateName(node.domain) ? [] : [{
      type: "CNAME" as const,
      name: domain,
      value: node.domain,
      why: "instead of addresses; not possible for a domain with mail or other records of its own",
    }],
    {
      type: "TXT" as const,
      name: proofName(domain),
      value: proofValue(proof),
      why: "proves the domain where another service stands in front of this node",
    },
  ];
  return wanted.map((one) => ({
    ...one,
    seen: seen.some(({ type, name, value }) =>
      type === one.type && name === one.name && plain(value) === plain(one.value)
    ),
  }));
}

async function aliasesOf(domain: string, resolver: Resolver): Promise<DnsRecord[]> {
  const chain: DnsRecord[] = [];
  let name = domain;
  while (chain.length < MAX_CHAIN) {
    const [value] = await resolver.records(name, "CNAME");
    if (value === undefined || chain.some((one) => one.name === value)) break;
    chain.push({ type: "CNAME", name, value });
    name = value;
  }
  return chain;
}

function elsewhere(domain: string, strangers: readonly string[]): string {
  return `${domain} also leads to ${strangers.join(", ")}, which is not this node: remove that, ` +
    "or some visitors and certificates go wrong";
}

function notHere(
  domain: string,
  { addresses, node }: { readonly addresses: readonly string[]; readonly node: NodeNames },
): string {
  const found = addresses.length === 0
    ? `${domain} has no address in the DNS`
    : `${domain} leads to ${addresses.join(", ")}`;
  if (node.addresses.length === 0) {
    return `${found}, and this node does not know its own: fazt config set server.addresses ` +
      "ADDRESS, or add the TXT record";
  }
  return `${found}; it should lead to ${node.addresses.join(" or ")}: change its A or AAAA record`;
}

function plain(value: string): string {
  return ipaddr.isValid(value) ? ipaddr.parse(value).toString() : value;
}
