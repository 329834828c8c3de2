import { FaztError } from "../../lib/fazt_error.ts";

/** A record could not be changed. */
export function dnsUpdateError(why: string, options: { readonly cause?: unknown } = {}): FaztError {
  return new FaztError("DNS_UPDATE", `Cannot change the DNS: ${why}`, {
    status: 502,
    hint: "check acme.dns, acme.dnsServer, acme.dnsZone and fazt net cert secret",
    ...options,
  });
}
