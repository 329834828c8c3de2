import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";

/** What an answer of a browser has to be about. */
export interface Expected {
  readonly challenge: string;
  readonly origin: string;
  readonly rpId: string;
}

/** A passkey a browser made, as far as it is kept. */
export interface MadePasskey {
  readonly id: string;
  /** COSE_Key (RFC 9052 §7). */
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
}

/** What a use of a passkey says besides that it is right. */
export interface UsedPasskey {
  readonly counter: number;
  readonly backedUp: boolean;
}

// Large, with much of X.509 in it: read when somebody first uses a passkey.
const library = () => import("@simplewebauthn/server");

/**
 * The checks of Web Authentication level 3, §7.1 and §7.2, as a worker does them: undefined for
 * whatever is forged, foreign or broken.
 */
export const PASSKEY_TASKS = {
  "passkey.register": async (
    { response, expected }: { readonly response: unknown; readonly expected: Expected },
  ): Promise<MadePasskey | undefined> => {
    const { verifyRegistrationResponse } = await library();
    const found = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      ...asked(expected),
    }).catch(() => undefined);
    if (!found?.verified) return undefined;
    const { credential, credentialBackedUp } = found.registrationInfo;
    return {
      id: credential.id,
      publicKey: new Uint8Array(credential.publicKey),
      counter: credential.counter,
      transports: [...credential.transports ?? []],
      backedUp: credentialBackedUp,
    };
  },
  "passkey.verify": async ({ response, expected, passkey }: {
    readonly response: unknown;
    readonly expected: Expected;
    readonly passkey: Pick<MadePasskey, "id" | "publicKey" | "counter">;
  }): Promise<UsedPasskey | undefined> => {
    const { verifyAuthenticationResponse } = await library();
    const found = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      ...asked(expected),
      credential: { ...passkey, publicKey: new Uint8Array(passkey.publicKey) },
    }).catch(() => undefined);
    if (!found?.verified) return undefined;
    const { newCounter, credentialBackedUp } = found.authenticationInfo;
    return { counter: newCounter, backedUp: credentialBackedUp };
  },
};

function asked({ challenge, origin, rpId }: Expected) {
  return {
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
  };
}
