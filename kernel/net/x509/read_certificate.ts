import { X509Certificate } from "node:crypto";
import ipaddr from "ipaddr.js";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  Certificate,
  id_ce_authorityKeyIdentifier,
} from "@peculiar/asn1-x509";
import { certificatesIn, toPem } from "../../lib/pem.ts";

/** What a chain says of its first certificate. */
export interface ReadCertificate {
  readonly names: readonly string[];
  /** Hexadecimal, lower case. */
  readonly serial: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  /** Unix ms. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The certificate's id in ARI (RFC 9773 §4.1); undefined without a key identifier. */
  readonly ariId: string | undefined;
  /** The first certificate alone, DER. */
  readonly der: Uint8Array<ArrayBuffer>;
  /** The whole chain, normalised. */
  readonly chain: string;
  readonly publicKey: Uint8Array;
  /** Whether each certificate is signed by the next. */
  readonly linked: boolean;
}

/** Certificates of one chain; a longer one is no honest answer. */
const MAX_CHAIN = 10;
const BASE64_URL = { alphabet: "base64url", omitPadding: true } as const;

/** Reads a PEM chain, leaf first. Throws when there is nothing readable in it. */
export function readChain(pem: string): ReadCertificate {
  const ders = certificatesIn(pem);
  if (ders.length === 0 || ders.length > MAX_CHAIN) {
    throw new Error("it is no chain of certificates");
  }
  const certificates = ders.map((der) => new X509Certificate(der));
  const [leaf, der] = [certificates[0]!, ders[0]!];
  const { tbsCertificate } = AsnConvert.parse(der, Certificate);
  const serial = new Uint8Array(tbsCertificate.serialNumber);
  const authority = tbsCertificate.extensions
    ?.find(({ extnID }) => extnID === id_ce_authorityKeyIdentifier);
  const keyId = authority &&
    AsnConvert.parse(authority.extnValue.buffer, AuthorityKeyIdentifier).keyIdentifier?.buffer;
  return {
    names: namesOf(leaf),
    serial: serial.toHex(),
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    ariId: keyId &&
      `${new Uint8Array(keyId).toBase64(BASE64_URL)}.${serial.toBase64(BASE64_URL)}`,
    der,
    chain: ders.map((one) => toPem("CERTIFICATE", one)).join(""),
    publicKey: new Uint8Array(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo)),
    linked: certificates.every((one, i) => {
      const issuer = certificates[i + 1];
      return issuer === undefined || one.checkIssued(issuer) && one.verify(issuer.publicKey);
    }),
  };
}

/** Host names in lower case and addresses in their short form. */
function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(/,\s*/).flatMap((entry) => {
    const dns = /^DNS:(.+)$/.exec(entry)?.[1];
    if (dns !== undefined) return [dns.toLowerCase()];
    const ip = /^IP Address:(.+)$/.exec(entry)?.[1];
    return ip !== undefined && ipaddr.isValid(ip) ? [ipaddr.parse(ip).toString()] : [];
  });
}
