import { createHash, randomBytes } from "node:crypto";
import { startOf } from "./steps.ts";

/**
 * Names visitors by what they send, mixed with a salt that lives in memory for one day of UTC and
 * is never written anywhere: nobody, the node's owner included, can tell later who a name was, or
 * that two names of different days are one person.
 */
export class DailySalt {
  #day = NaN;
  #salt: Uint8Array = new Uint8Array(0);

  constructor(private readonly random: (length: number) => Uint8Array = randomBytes) {}

  /** A number of 48 bits for who is told from others by `visitor`, on the day of `at`. */
  nameOf(at: number, visitor: string): number {
    const day = startOf("day", at);
    // Also when the clock goes back: what was thrown away does not return.
    if (day !== this.#day) {
      this.#day = day;
      this.#salt = this.random(32);
    }
    return createHash("sha256").update(this.#salt).update(visitor).digest().readUIntBE(0, 6);
  }
}
