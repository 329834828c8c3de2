/** Visitors that are told apart exactly; of more, the number is an estimate. */
const EXACT = 1024;
/** Registers of the estimate: 2^12, a standard error of 1.3 %. */
const BITS = 12;
const REGISTERS = 1 << BITS;
/** Bits of a hash that are left behind a register's number. */
const REST = 48 - BITS;

/**
 * How many different visitors came, in bounded memory: a set while they are few, then HyperLogLog
 * with the martingale estimator (Ting 2014), which says of each visitor how many it stands for.
 */
export class VisitorSketch {
  #exact: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;
  /** Chance that a new visitor changes a register. */
  #chance = 1;

  /**
   * Takes a visitor by a hash of 48 bits. Returns how many visitors there are more now: 0 or 1
   * while they are few, 0 or more than 1 when one stands for many.
   */
  add(hash: number): number {
    const exact = this.#exact;
    if (exact === undefined) return this.#estimate(hash);
    const before = exact.size;
    exact.add(hash);
    if (exact.size > EXACT) {
      this.#exact = undefined;
      this.#registers = new Uint8Array(REGISTERS);
      for (const seen of exact) this.#estimate(seen);
    }
    return exact.size - before;
  }

  #estimate(hash: number): number {
    const registers = this.#registers!;
    const rest = hash % 2 ** REST;
    const at = Math.floor(hash / 2 ** REST);
    const rank = rest === 0 ? REST + 1 : REST - Math.floor(Math.log2(rest));
    const old = registers[at]!;
    if (rank <= old) return 0;
    const more = 1 / this.#chance;
    registers[at] = rank;
    this.#chance -= (2 ** -old - 2 ** -rank) / REGISTERS;
    return more;
  }
}
