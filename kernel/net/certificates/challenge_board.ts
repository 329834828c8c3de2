import type { ChallengeSolver } from "../acme/mod.ts";
import { LRU } from "./lru.ts";

const MAX_ANSWERS = 1000;

/** Answers of open challenges, where the plain HTTP door finds them. */
export class ChallengeBoard {
  readonly #tokens = new LRU<string>(MAX_ANSWERS);

  readonly http: ChallengeSolver = {
    type: "http-01",
    prepare: ({ name, token, keyAuthorization }) => {
      const key = `${plainHost(name)} ${token}`;
      this.#tokens.set(key, keyAuthorization);
      return Promise.resolve(() => this.#tokens.delete(key));
    },
  };

  /** The body of `/.well-known/acme-challenge/TOKEN` at a host (RFC 8555 §8.3). */
  token(host: string, token: string): string | undefined {
    return this.#tokens.get(`${plainHost(host)} ${token}`);
  }
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
