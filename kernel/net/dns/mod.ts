export { cloudflareDriver } from "./cloudflare.ts";
export type { DnsDriver } from "./dns_driver.ts";
export { dnsUpdateError } from "./dns_error.ts";
export { dnsResolver, parseServer, type RecordType, type Resolver } from "./resolver.ts";
export { rfc2136Driver } from "./rfc2136.ts";
export { TSIG_ALGORITHMS, type TsigKey } from "./tsig.ts";
