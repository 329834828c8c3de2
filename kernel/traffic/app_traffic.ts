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
  /** Since the node started, which no month ends. */
  readonly ever = { bytesIn: 0, bytesOut: 0 };
  readonly #taken = { bytesIn: 0, bytesOut: 0 };

  /** Whether the month's budget is used up. */
  get spent(): boolean {
    return this.bytesOut >= this.budget;
  }

  received(bytes: number): void {
    this.bytesIn += bytes;
    this.ever.bytesIn += bytes;
  }

  sent(bytes: number): void {
    this.bytesOut += bytes;
    this.ever.bytesOut += bytes;
  }

  /** What came since the last time this was asked for. */
  take(): { readonly bytesIn: number; readonly bytesOut: number } {
    const { ever } = this;
    const fresh = {
      bytesIn: ever.bytesIn - this.#taken.bytesIn,
      bytesOut: ever.bytesOut - this.#taken.bytesOut,
    };
    Object.assign(this.#taken, ever);
    return fresh;
  }
}
