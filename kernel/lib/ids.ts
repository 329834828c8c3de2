import { randomBytes } from "node:crypto";

/** Every kind of id the node hands out; an id is `<kind>_` plus 12 base58 characters. */
export type IdKind = "app" | "rev" | "key" | "usr" | "ses" | "evt" | "job" | "dom" | "req" | "act";

// The base58 characters that survive a host label, which has no upper case (RFC 4343).
const ALPHABET = "123456789abcdefghijkmnopqrstuvwxyz";
const FAIR = 256 - 256 % ALPHABET.length;

/** Where randomness comes from; tests put their own in. */
export type RandomSource = (length: number) => Uint8Array;

/** `length` unbiased lower-case base58 characters (34^12 is about 2^61). */
export function base58(length: number, random: RandomSource = randomBytes): string {
  let out = "";
  while (out.length < length) {
    for (const byte of random(length * 2)) {
      if (byte < FAIR) out += ALPHABET[byte % ALPHABET.length];
      if (out.length === length) break;
    }
  }
  return out;
}

/** A new id such as `app_7Yc3…`. */
export function newId(kind: IdKind, random?: RandomSource): string {
  return `${kind}_${base58(12, random)}`;
}

/** Whether `text` has the form of an id of this kind. */
export function isId(kind: IdKind, text: string): boolean {
  return text.length === kind.length + 13 && text.startsWith(`${kind}_`) &&
    /^[1-9a-km-z]{12}$/.test(text.slice(kind.length + 1));
}

/** `system` owns what belongs to nobody else; `anonymous` is a visitor without a name. */
export const SYSTEM_USER = "usr_system";
/** See {@link SYSTEM_USER}. */
export const ANONYMOUS_USER = "usr_anonymous";

/** The host label at which an app without an alias answers: `app_7yc3…` is `app-7yc3…`. */
export function appIdLabel(id: string): string {
  return id.replace("_", "-");
}
