/** Changes records of zones that the owner has somewhere. */
export interface DnsDriver {
  readonly name: "rfc2136" | "cloudflare";
  /**
   * Adds a TXT record beside others of its name; what it gives removes just that one.
   * @throws {FaztError} `DNS_UPDATE`
   */
  addTxt(name: string, value: string, signal: AbortSignal): Promise<() => Promise<void>>;
}

/** How long resolvers may remember a proof, s. */
export const PROOF_TTL = 60;
