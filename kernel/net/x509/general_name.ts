import { GeneralName } from "@peculiar/asn1-x509";
import ipaddr from "ipaddr.js";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";

/** A host name or an address as certificates name it (RFC 5280 §4.2.1.6, RFC 8738). */
export function generalName(name: string): GeneralName {
  return ipaddr.isValid(name)
    // The library reads and writes addresses as text.
    ? new GeneralName({ iPAddress: name })
    : new GeneralName({ dNSName: name });
}

/** An extension's value: its DER inside an OCTET STRING. */
export function octets(value: unknown): OctetString {
  return new OctetString(AsnConvert.serialize(value));
}
