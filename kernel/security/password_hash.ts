import { randomBytes } from "node:crypto";
import { argon2id, argon2Verify } from "hash-wasm";

/** What a guess costs: 19 MiB and two passes (OWASP's recommendation for argon2id, RFC 9106). */
const COST = { memorySize: 19_456, iterations: 2, parallelism: 1 } as const;
const COST_TEXT = `$m=${COST.memorySize},t=${COST.iterations},p=${COST.parallelism}$`;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** One spelling of what a person typed: the same letters always give the same hash. */
const normal = (password: string) => password.normalize("NFKC");

/** An encoded argon2id hash with its salt and cost. Takes a tenth of a second. */
export function hashPassword(password: string): Promise<string> {
  return argon2id({
    ...COST,
    password: normal(password),
    salt: randomBytes(SALT_BYTES),
    hashLength: HASH_BYTES,
    outputType: "encoded",
  });
}

/** Whether a hash costs what a new one does. */
export function costsEnough(hash: string): boolean {
  return hash.includes(COST_TEXT);
}

/** Whether a password is the one of an encoded hash. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  // The library refuses an empty text at once; it takes as long as any other wrong one.
  return await argon2Verify({ password: normal(password) || "\0", hash }) && password !== "";
}

/**
 * A hash nobody has the password of: it is checked where there is no account, so that an answer
 * takes as long as where there is one.
 */
export const NOBODYS_HASH = `$argon2id$v=19${COST_TEXT}${"A".repeat(22)}$${"A".repeat(43)}`;
