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
   * Undefined refuses the handshake. A promise holds the handshake, at most until its deadline.
   *
   * The answer is kept by the listener, a refusal too, until {@link CertificateSource.onChange} says
   * that answers may differ.
   * `alpn` is {@link ACME_TLS} alone when the client proves to be an ACME server that checks a
   * challenge; that is seen only while {@link CertificateSource.challengePending} is true. It is empty
   * for everybody else.
   */
  certificateFor(
    serverName: string | undefined,
    alpn: readonly string[],
  ): ServedCertificate | undefined | Promise<ServedCertificate | undefined>;

  /** Calls `changed` whenever a name got, lost or changed its certificate, or a challenge began or ended. */
  onChange(changed: () => void): void;

  /** Whether a TLS-ALPN-01 challenge waits for an answer. */
  readonly challengePending: boolean;
}
