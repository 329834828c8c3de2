import type { Settings } from "../config/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** A request that is about to be answered. */
export interface Entering {
  /** What the client is counted by; undefined for this machine itself. */
  readonly counted: string | undefined;
  /** Settles when the answer has been sent whole, or nobody is there to take it. */
  readonly completed: Promise<unknown>;
  /** Whether the asker proved who it is: strangers never keep out those who are known. */
  readonly known?: boolean;
}

/** Places past the limit that only those get who proved who they are. */
const KEPT = 100;

/**
 * How many requests are open at once; connections are counted by the listener. This
 * counts each from its first line until its answer was sent.
 */
export class InFlight {
  #total = 0;
  #peak = 0;
  readonly #addresses = new Map<string, number>();

  constructor(private readonly settings: Settings) {}

  /** Requests open now. */
  get total(): number {
    return this.#total;
  }

  /** Addresses with an open request. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** The most there were since this was last asked, as a part of the limit. */
  takePeak(): number {
    const part = this.#peak / this.settings.get("limits.global.connections");
    this.#peak = this.#total;
    return part;
  }

  /** Counts a request until it is complete, or tells why it is not taken. */
  enter({ counted, completed, known = false }: Entering): FaztError | undefined {
    const max = this.settings.get("limits.global.connections");
    if (this.#total >= max + (known ? KEPT : 0)) {
      return tooMany("global.connections", this.#total, max);
    }
    if (counted !== undefined) {
      const open = this.#addresses.get(counted) ?? 0;
      const most = this.settings.get("limits.global.perAddress");
      if (open >= most) return tooMany("global.perAddress", open, most);
      this.#addresses.set(counted, open + 1);
    }
    this.#total++;
    this.#peak = Math.max(this.#peak, this.#total);
    const leave = () => {
      this.#total--;
      if (counted === undefined) return;
      const open = this.#addresses.get(counted)! - 1;
      if (open === 0) this.#addresses.delete(counted);
      else this.#addresses.set(counted, open);
    };
    completed.then(leave, leave);
    return undefined;
  }
}

function tooMany(limit: string, used: number, max: number): FaztError {
  return new FaztError("BUSY", `Cannot answer: ${used} requests are open, ${max} may be`, {
    hint: `try again in a moment, or raise it: fazt config set limits.${limit} <value>`,
    details: { limit, used, max },
  });
}
