import type { Principal } from "./principal.ts";
import { newToken, sameHash, tokenHash } from "./tokens.ts";

/** The secret that lets this machine's command line in; new at each start. */
export class LocalToken {
  readonly value = newToken("local_");
  readonly #hash = tokenHash(this.value);

  /** The principal behind the token; only a connection from this machine may use it. */
  verify(token: string, fromLoopback: boolean): Principal | undefined {
    if (!fromLoopback || !sameHash(tokenHash(token), this.#hash)) return undefined;
    return { kind: "local", id: "usr_owner", name: "local", scopes: ["admin"] };
  }
}
