import { startOf, type Step } from "./steps.ts";
import { VisitorSketch } from "./visitor_sketch.ts";

/** How many visitors came in the running minute, hour or day, in whole numbers that add up. */
export class VisitorTally {
  #at = NaN;
  #sketch = new VisitorSketch();
  /** What an estimate has in parts of a visitor. */
  #carry = 0;

  constructor(private readonly step: Step) {}

  /** Takes a visitor; returns how many more that are. */
  add(now: number, hash: number): number {
    const at = startOf(this.step, now);
    if (at !== this.#at) {
      this.#at = at;
      this.#sketch = new VisitorSketch();
      this.#carry = 0;
    }
    this.#carry += this.#sketch.add(hash);
    const whole = Math.floor(this.#carry);
    this.#carry -= whole;
    return whole;
  }
}
