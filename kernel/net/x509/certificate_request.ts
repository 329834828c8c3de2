import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Attribute,
  Extension,
  Extensions,
  id_ce_subjectAltName,
  Name,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import { ECDSA_SHA256 } from "./certificate.ts";
import { signDer } from "./ecdsa_signature.ts";
import { generalName, octets } from "./general_name.ts";
import { publicKeyInfo } from "./key_pair.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A request for a certificate of these names, signed with their key (RFC 2986), as DER. */
export async function certificateRequest(
  names: readonly string[],
  { privateKey, publicKey }: CryptoKeyPair,
): Promise<Uint8Array<ArrayBuffer>> {
  const alternatives = new SubjectAlternativeName(names.map(generalName));
  const extensions = new Extensions([
    new Extension({ extnID: id_ce_subjectAltName, extnValue: octets(alternatives) }),
  ]);
  const info = new CertificationRequestInfo({
    // CAs take the names from the extension and ignore the subject (CA/B BR 7.1.4.3).
    subject: new Name(),
    subjectPKInfo: AsnConvert.parse(await publicKeyInfo(publicKey), SubjectPublicKeyInfo),
    attributes: new Attributes([
      new Attribute({ type: EXTENSION_REQUEST, values: [AsnConvert.serialize(extensions)] }),
    ]),
  });
  const signature = await signDer(privateKey, new Uint8Array(AsnConvert.serialize(info)));
  return new Uint8Array(AsnConvert.serialize(
    new CertificationRequest({
      certificationRequestInfo: info,
      signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 }),
      signature: signature.buffer,
    }),
  ));
}
