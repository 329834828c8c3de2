import ipaddr from "ipaddr.js";
import type { ChallengeSolver } from "../acme/mod.ts";
import type { ServedCertificate } from "../tls/certificate_source.ts";
import { checkCertificate } from "./check_certificate.ts";
import { LRU } from "./lru.ts";

const MAX_ANSWERS = 1000;

/** Answers of open challenges, where the doors find them. */
export class ChallengeBoard {
  readonly #tokens = new LRU<string>(MAX_ANSWERS);
  readonly #checks = new LRU<ServedCertificate>(MAX_ANSWERS);

  constructor(private readonly now: () => number) {}

  readonly http: ChallengeSolver = {
    type: "http-01",
    prepare: ({ name, token, keyAuthorization }) => {
      const key = `${plainHost(name)} ${token}`;
      this.#tokens.set(key, keyAuthorization);
      return Promise.resolve(() => this.#tokens.delete(key));
    },
  };

  readonly tls: ChallengeSolver = {
    type: "tls-alpn-01",
    prepare: async ({ name, keyAuthorization }) => {
      const key = nameInHello(name);
      this.#checks.set(key, await checkCertificate({ name, keyAuthorization, now: this.now() }));
      return () => this.#checks.delete(key);
    },
  };

  /** The body of `/.well-known/acme-challenge/TOKEN` at a host (RFC 8555 §8.3). */
  token(host: string, token: string): string | undefined {
    return this.#tokens.get(`${plainHost(host)} ${token}`);
  }

  /** What an authority is shown that connects for a name (RFC 8737 §3). */
  check(serverName: string): ServedCertificate | undefined {
    return this.#checks.get(serverName);
  }

  /** Whether any authority may connect. */
  get expectsCheck(): boolean {
    return this.#checks.size > 0;
  }
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** How a hello names it: an address by its name in the reverse DNS (RFC 8738 §6). */
function nameInHello(name: string): string {
  if (!ipaddr.isValid(name)) return name;
  const address = ipaddr.parse(name);
  const bytes = address.toByteArray().reverse();
  if (address.kind() === "ipv4") return `${bytes.join(".")}.in-addr.arpa`;
  const nibbles = bytes.flatMap((byte) => [byte & 15, byte >> 4]);
  return `${nibbles.map((nibble) => nibble.toString(16)).join(".")}.ip6.arpa`;
}
