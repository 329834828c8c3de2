import { createSecureContext, type SecureContext } from "node:tls";
import type { CertificateSource, ServedCertificate } from "../../net/mod.ts";
import { NO_CERTIFICATE } from "./edge_counts.ts";

/** Most characters of a server name (RFC 1035 §2.3.4). */
const NAME_LENGTH = 253;

const ready = new WeakMap<ServedCertificate, SecureContext>();

/** The certificate for a name that a client asks for, if there is one. */
export async function certificateFor(
  certificates: CertificateSource,
  name: string,
  alpn: readonly string[],
): Promise<ServedCertificate | undefined> {
  if (name.length > NAME_LENGTH) return undefined;
  return await certificates.certificateFor(name === "" ? undefined : name.toLowerCase(), alpn);
}

/**
 * What a handshake for a name goes on with; parsed once for each certificate.
 * @throws {Error} {@link NO_CERTIFICATE}
 */
export async function contextFor(
  certificates: CertificateSource,
  name: string,
): Promise<SecureContext> {
  const found = await certificateFor(certificates, name, []);
  if (found === undefined) throw new Error(NO_CERTIFICATE);
  let context = ready.get(found);
  if (context === undefined) {
    const { cert, key } = found;
    ready.set(found, context = createSecureContext({ cert, key, minVersion: "TLSv1.2" }));
  }
  return context;
}
