/** DER as PEM (RFC 7468), 64 characters a line. */
export function toPem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Every certificate of a PEM text as DER, in its order; what is no certificate is left out. */
export function certificatesIn(pem: string): Uint8Array<ArrayBuffer>[] {
  const blocks = pem.matchAll(
    /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/g,
  );
  return [...blocks].map(([, body]) => Uint8Array.fromBase64(body!.replace(/\s+/g, "")));
}
