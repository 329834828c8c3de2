import { latencyClass } from "../analytics/mod.ts";

/** What the node answered since it started, whoever was asked: numbers that are only added to. */
export class HttpMeter {
  /** By class of status: 1xx to 5xx. */
  readonly statuses = [0, 0, 0, 0, 0];
  /** By class of time until the answer began. */
  readonly latencies = new Array<number>(16).fill(0);
  /** Time of all answers together, ms. */
  totalMs = 0;

  /** Counts an answer and the time until it began, ms. */
  count(status: number, ms: number): void {
    this.statuses[Math.floor(status / 100) - 1]!++;
    this.latencies[latencyClass(ms)]!++;
    this.totalMs += ms;
  }
}
