import ipaddr from "ipaddr.js";
import type { ChallengeAnswer, ChallengeSolver } from "../acme/mod.ts";
import type { ServedCertificate } from "../tls/certificate_source.ts";
import { LRU } from "./lru.ts";

const HOUR_MS = 3_600_000;
/** A refused proof may be asked for again: answers outlive their order by a moment. */
const MAX_ANSWERS = 1000;

/** Answers of open challenges, where the listener finds them. */
export class ChallengeBoard {
  readonly #tokens = new LRU<string>(MAX_ANSWERS);
  readonly #certificates = new LRU<ServedCertificate>(MAX_ANSWERS);

  #pending = 0;

  constructor(private readonly clock: () => number) {}

  /** Whether a TLS-ALPN-01 challenge waits for an answer. */
  get tlsPending(): boolean {
    return this.#pending > 0;
  }

  /** The body of `/.well-known/acme-challenge/TOKEN` at a host (RFC 8555 §8.3). */
  token(host: string, token: string): string | undefined {
    return this.#tokens.get(`${plainHost(host)} ${token}`);
  }

  /** The certificate of a TLS-ALPN-01 handshake (RFC 8737). */
  certificate(serverName: string): ServedCertificate | undefined {
    return this.#certificates.get(serverName);
  }

  readonly http: ChallengeSolver = {
    type: "http-01",
    prepare: ({ name, token, keyAuthorization }) => {
      const key = `${plainHost(name)} ${token}`;
      this.#tokens.set(key, keyAuthorization);
      return Promise.resolve(() => this.#tokens.delete(key));
    },
  };

  readonly tlsAlpn: ChallengeSolver = {
    type: "tls-alpn-01",
    prepare: async (answer) => {
      const serverName = serverNameOf(answer.name);
      const made = await challengeCertificate(answer, this.clock());
      this.#certificates.set(serverName, made);
      this.#pending++;
      return () => {
        if (this.#certificates.get(serverName) === made) this.#certificates.delete(serverName);
        this.#pending--;
      };
    },
  };
}

/** The server name of a challenge: an address is asked for by its reverse name (RFC 8738 §6). */
function serverNameOf(name: string): string {
  if (!ipaddr.isValid(name)) return name;
  const address = ipaddr.parse(name);
  const bytes = address.toByteArray();
  if (address.kind() === "ipv4") return `${bytes.toReversed().join(".")}.in-addr.arpa`;
  const nibbles = [...Uint8Array.from(bytes).toHex()].toReversed();
  return `${nibbles.join(".")}.ip6.arpa`;
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

async function challengeCertificate(
  { name, keyAuthorization }: ChallengeAnswer,
  now: number,
): Promise<ServedCertificate> {
  const x509 = await import("../x509/mod.ts");
  const keys = await x509.newKeyPair();
  const text = new TextEncoder().encode(keyAuthorization);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const der = await x509.makeCertificate({
    commonName: "",
    names: [name],
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    notBefore: now - HOUR_MS,
    notAfter: now + 24 * HOUR_MS,
    extensions: [x509.acmeIdentifier(digest)],
  });
  return { cert: x509.toPem("CERTIFICATE", der), key: await x509.keyToPem(keys.privateKey) };
}
