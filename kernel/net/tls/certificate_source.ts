/** What the node proves a name with. */
export interface ServedCertificate {
  /** PEM, its own certificate first, then the chain. */
  readonly cert: string;
  /** PEM (PKCS #8, or what OpenSSL writes for EC and RSA keys). */
  readonly key: string;
}

/** ALPN name of a connection that answers a TLS-ALPN-01 challenge (RFC 8737 §3). */
export const ACME_TLS = "acme-tls/1";

/** Where the listener has the certificates from. */
export interface CertificateSource {
  /**
   * The certificate for a name (lower case; undefined when the client names none, as for an address).
   * Asked at every handshake. Undefined refuses it; a promise holds it, at most until its deadline,
   * `limits.request.handshakeSeconds`. The same certificate should be the same object each time.
   * @param alpn the protocols the client offers, such as {@link ACME_TLS} alone
   */
  certificateFor(
    serverName: string | undefined,
    alpn: readonly string[],
  ): ServedCertificate | undefined | Promise<ServedCertificate | undefined>;
  /** Whether an authority may come to check a name now, which it does by {@link ACME_TLS}. */
  readonly expectsCheck: boolean;
}
