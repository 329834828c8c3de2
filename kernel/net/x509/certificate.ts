import { randomBytes } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  Certificate,
  Extension,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { signDer } from "./ecdsa_signature.ts";
import { generalName, octets } from "./general_name.ts";
import { publicKeyInfo } from "./key_pair.ts";

/** ecdsa-with-SHA256 (RFC 5758 §3.2). */
export const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";

/** A certificate to make. */
export interface CertificateSpec {
  /** Its subject; empty where names say it all. */
  readonly commonName: string;
  readonly names: readonly string[];
  readonly publicKey: CryptoKey;
  /** Who signs; the subject itself where left out. */
  readonly issuer?: { readonly commonName: string; readonly keys: CryptoKeyPair } | undefined;
  readonly privateKey?: CryptoKey | undefined;
  /** Unix ms. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Besides names and key identifiers. */
  readonly extensions?: readonly Extension[];
}

/** Signs a certificate (RFC 5280); returns its DER. */
export async function makeCertificate(spec: CertificateSpec): Promise<Uint8Array<ArrayBuffer>> {
  const info = await publicKeyInfo(spec.publicKey);
  const signer = spec.issuer?.keys.privateKey ?? spec.privateKey!;
  const issuerInfo = spec.issuer === undefined ? info : await publicKeyInfo(
    spec.issuer.keys.publicKey,
  );
  const serial = new Uint8Array(randomBytes(16));
  // Positive, and of the same length always (RFC 5280 §4.1.2.2).
  serial[0] = serial[0]! & 0x7f | 0x40;
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 });
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: serial.buffer,
    signature: algorithm,
    issuer: nameOf(spec.issuer?.commonName ?? spec.commonName),
    validity: new Validity({
      notBefore: new Date(spec.notBefore),
      notAfter: new Date(spec.notAfter),
    }),
    subject: nameOf(spec.commonName),
    subjectPublicKeyInfo: AsnConvert.parse(info, SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...spec.names.length === 0 ? [] : [
        new Extension({
          extnID: id_ce_subjectAltName,
          critical: spec.commonName === "",
          extnValue: octets(new SubjectAlternativeName(spec.names.map(generalName))),
        }),
      ],
      new Extension({
        extnID: id_ce_subjectKeyIdentifier,
        extnValue: octets(new SubjectKeyIdentifier(await keyIdentifier(info))),
      }),
      new Extension({
        extnID: id_ce_authorityKeyIdentifier,
        extnValue: octets(
          new AuthorityKeyIdentifier({
            keyIdentifier: new KeyIdentifier(await keyIdentifier(issuerInfo)),
          }),
        ),
      }),
      ...spec.extensions ?? [],
    ]),
  });
  const signature = await signDer(signer, new Uint8Array(AsnConvert.serialize(tbs)));
  return new Uint8Array(AsnConvert.serialize(
    new Certificate({
      tbsCertificate: tbs,
      signatureAlgorithm: algorithm,
      signatureValue: signature.buffer,
    }),
  ));
}

/** The first 160 bits of the key's SHA-256 (RFC 7093 §2). */
async function keyIdentifier(info: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return (await crypto.subtle.digest("SHA-256", info)).slice(0, 20);
}

function nameOf(commonName: string): Name {
  if (commonName === "") return new Name();
  return new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({
        type: COMMON_NAME,
        value: new AttributeValue({ utf8String: commonName }),
      }),
    ]),
  ]);
}
