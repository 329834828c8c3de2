import { latencyClass } from "../analytics/mod.ts";

/** What the node answered since it started, whoever was asked: numbers that are only added to. */
export class HttpMeter {
  /** By class of status: 1xx to 5xx. */
  readonly statuses = [0, 0, 0, 0, 0];
  /** By class of time until the answer began. */
  readonly latencies = new Array<number>(16).fill(0);
  /** Time of all answers together, ms. */
  totalMs = 0;

  /** Counts an answer to a request that came at `began` (`performance.now()`). */
  count(response: Response, began: number): void {
    const ms = performance.now() - began;
    this.statuses[Math.floor(response.status / 100) - 1]!++;
    this.latencies[latencyClass(ms)]!++;
    this.totalMs += ms;
  }
}
