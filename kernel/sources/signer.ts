import { FaztError } from "../lib/fazt_error.ts";

/** By whom code has to be signed. */
export interface SignerRule {
  /** The key of the marketplace, or of the code that is served. */
  readonly pinned: string | undefined;
  /** The owner's word: this key, or `none`. */
  readonly trust: string | undefined;
  /** Whose code it is, for the message. */
  readonly who: string;
}

/** What the owner says to take code without a signature. */
export const UNSIGNED = "none";

/**
 * Judges who signed; gives the key that is pinned from here on. Who was trusted once stays so: code
 * of another key, or of none, is taken only when the owner names exactly what is there.
 * @throws {FaztError} `SIGNER_CHANGED`
 */
export function judgeSigner(found: string | undefined, rule: SignerRule): string | undefined {
  const { pinned, trust, who } = rule;
  if (
    trust === undefined ? pinned === undefined || found === pinned : trust === (found ?? UNSIGNED)
  ) {
    return found;
  }
  const is = found === undefined ? "is not signed" : `is signed with ${found}`;
  const wanted = trust !== undefined
    ? `${trust} was said to be trusted`
    : `${who} is signed with ${pinned}`;
  throw new FaztError("SIGNER_CHANGED", `Cannot use this code: it ${is}, and ${wanted}`, {
    hint: `if you know why, say it: --trust ${found ?? UNSIGNED}`,
    status: 409,
    details: { found: found ?? null, expected: trust ?? pinned },
  });
}
