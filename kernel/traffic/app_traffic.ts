/**
 * One app's month so far. Requests add to it as they are answered, so it is plain numbers: the cost
 * on the way of a static file is an addition.
 */
export class AppTraffic {
  requests = 0;
  /** Bodies that visitors sent, bytes. */
  bytesIn = 0;
  /** Bodies that visitors got, bytes. */
  bytesOut = 0;
  /** What `bytesOut` must stay below; Infinity without a budget. */
  budget = Infinity;
  #newIn = 0;
  #newOut = 0;

  /** Whether the month's budget is used up. */
  get spent(): boolean {
    return this.bytesOut >= this.budget;
  }

  received(bytes: number): void {
    this.bytesIn += bytes;
    this.#newIn += bytes;
  }

  sent(bytes: number): void {
    this.bytesOut += bytes;
    this.#newOut += bytes;
  }

  /** What came since the last time this was asked for. */
  take(): { readonly bytesIn: number; readonly bytesOut: number } {
    const taken = { bytesIn: this.#newIn, bytesOut: this.#newOut };
    this.#newIn = 0;
    this.#newOut = 0;
    return taken;
  }
}
