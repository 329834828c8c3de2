import { toPem } from "../../lib/pem.ts";
import type { ServedCertificate } from "../tls/certificate_source.ts";

const HOUR_MS = 3_600_000;

/** The certificate that answers a TLS-ALPN-01 challenge for a name or an address (RFC 8737 §3). */
export async function checkCertificate(
  { name, keyAuthorization, now }: {
    readonly name: string;
    readonly keyAuthorization: string;
    readonly now: number;
  },
): Promise<ServedCertificate> {
  const x509 = await import("../x509/mod.ts");
  const { privateKey, publicKey } = await x509.newKeyPair();
  const der = await x509.makeCertificate({
    commonName: "",
    names: [name],
    publicKey,
    privateKey,
    notBefore: now - HOUR_MS,
    notAfter: now + 24 * HOUR_MS,
    extensions: [await x509.acmeIdentifier(keyAuthorization)],
  });
  return { cert: toPem("CERTIFICATE", der), key: await x509.keyToPem(privateKey) };
}
