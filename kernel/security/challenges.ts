import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { concat } from "../lib/concat.ts";

/** How long a person may take, ms. */
const LIFETIME_MS = 5 * 60_000;
const NONCE_BYTES = 16;
const TIME_BYTES = 6;
const MAC_BYTES = 32;

/**
 * Challenges of passkeys (Web Authentication §13.4.3) that nothing has to be kept of: a random
 * number, when it ends, and a code that only this process makes. Asking for many fills no table;
 * what was answered once is remembered until it would have ended.
 */
export class Challenges {
  readonly #key = randomBytes(32);
  readonly #used = new Map<string, number>();

  constructor(private readonly now: Clock) {}

  /** A challenge for one purpose, such as `sign-in`, in base64url. */
  make(purpose: string): string {
    const head = new Uint8Array(NONCE_BYTES + TIME_BYTES);
    head.set(randomBytes(NONCE_BYTES));
    const end = this.now() + LIFETIME_MS;
    const view = new DataView(head.buffer);
    view.setUint16(NONCE_BYTES, Math.floor(end / 2 ** 32));
    view.setUint32(NONCE_BYTES + 2, end % 2 ** 32);
    return concat([head, this.#mac(head, purpose)]).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  }

  /** Whether a challenge was made here for this purpose, has not ended and was not used. */
  isOpen(challenge: string, purpose: string): boolean {
    const bytes = decode(challenge);
    if (bytes?.length !== NONCE_BYTES + TIME_BYTES + MAC_BYTES) return false;
    const head = bytes.subarray(0, NONCE_BYTES + TIME_BYTES);
    const mac = bytes.subarray(NONCE_BYTES + TIME_BYTES);
    if (!timingSafeEqual(mac, this.#mac(head, purpose))) return false;
    return endOf(head) > this.now() && !this.#used.has(challenge);
  }

  /** Uses one up; false when somebody else just did. */
  use(challenge: string): boolean {
    const now = this.now();
    for (const [used, end] of this.#used) if (end <= now) this.#used.delete(used);
    if (this.#used.has(challenge)) return false;
    this.#used.set(challenge, now + LIFETIME_MS);
    return true;
  }

  #mac(head: Uint8Array, purpose: string): Uint8Array {
    return new Uint8Array(createHmac("sha256", this.#key).update(head).update(purpose).digest());
  }
}

function endOf(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset);
  return view.getUint16(NONCE_BYTES) * 2 ** 32 + view.getUint32(NONCE_BYTES + 2);
}

function decode(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
