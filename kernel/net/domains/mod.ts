export { type DnsRecord, type WantedRecord } from "./domain_check.ts";
export { parseDomain, showDomain } from "./domain_name.ts";
export { Domains, type DomainsDeps } from "./domains.ts";
export type { AppDomain, Domain, DomainInput, DomainRole } from "./shapes.ts";
