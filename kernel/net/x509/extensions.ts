import {
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  NameConstraints,
} from "@peculiar/asn1-x509";
import { OctetString } from "@peculiar/asn1-schema";
import { octets } from "./general_name.ts";

const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";

/** What makes a certificate a server's. */
export const SERVER_EXTENSIONS: readonly Extension[] = [
  critical(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature)),
  critical(id_ce_basicConstraints, new BasicConstraints({ cA: false })),
  new Extension({
    extnID: id_ce_extKeyUsage,
    extnValue: octets(new ExtendedKeyUsage([id_kp_serverAuth])),
  }),
];

/** What makes a certificate an authority that signs names of these domains and addresses only. */
export function authorityExtensions(domains: readonly string[]): Extension[] {
  const permitted = [
    ...domains.map((dNSName) => new GeneralName({ dNSName })),
    new GeneralName({ iPAddress: "127.0.0.0/8" }),
    new GeneralName({ iPAddress: "::1/128" }),
  ];
  return [
    critical(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
    critical(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    critical(
      id_ce_nameConstraints,
      new NameConstraints({
        permittedSubtrees: new GeneralSubtrees(
          permitted.map((base) => new GeneralSubtree({ base })),
        ),
      }),
    ),
  ];
}

/** What proves a name to an authority that connects to it (id-pe-acmeIdentifier, RFC 8737 §3). */
export async function acmeIdentifier(keyAuthorization: string): Promise<Extension> {
  const text = new TextEncoder().encode(keyAuthorization);
  return critical(ACME_IDENTIFIER, new OctetString(await crypto.subtle.digest("SHA-256", text)));
}

function critical(extnID: string, value: unknown): Extension {
  return new Extension({ extnID, critical: true, extnValue: octets(value) });
}
