import type { Settings } from "../../config/mod.ts";
import {
  cloudflareDriver,
  type DnsDriver,
  dnsUpdateError,
  parseServer,
  rfc2136Driver,
} from "../dns/mod.ts";
import { type CertificateKeys, decodeKey } from "./certificate_keys.ts";

/**
 * What changes the DNS, as it is set now; undefined where nothing does.
 * @throws {FaztError} `DNS_UPDATE` when something of it is missing, `SECRETS_LOCKED`.
 */
export function openDriver(
  { settings, keys, clock }: {
    readonly settings: Settings;
    readonly keys: CertificateKeys;
    readonly clock: () => number;
  },
): DnsDriver | undefined {
  switch (settings.get("acme.dns")) {
    case "off":
      return undefined;
    case "cloudflare": {
      const token = keys.secret("cloudflareToken");
      if (token === undefined) throw dnsUpdateError("its token is not kept");
      const url = settings.get("acme.dnsUrl");
      return cloudflareDriver({ url, token, fetch: (to, init) => fetch(to, init) });
    }
    case "rfc2136": {
      const server = settings.get("acme.dnsServer");
      if (server === "") throw dnsUpdateError("acme.dnsServer is not set");
      const { ipAddr: hostname, port } = parseServer(server);
      const name = settings.get("acme.dnsKeyName");
      const secret = decodeKey(keys.secret("tsigKey") ?? "");
      if (name !== "" && secret === undefined) throw dnsUpdateError("the TSIG key is not kept");
      const algorithm = settings.get("acme.dnsKeyAlgorithm");
      const key = name === "" ? undefined : { name, algorithm, secret: secret! };
      return rfc2136Driver({ hostname, port, zone: settings.get("acme.dnsZone"), key, clock });
    }
  }
}
