import { FaztError } from "../../kernel/lib/fazt_error.ts";
import type { RuntimeLimits } from "../../kernel/proc/mod.ts";

/** Refusals that may wait for the end of their second; an honest bootstrap never has so many. */
const MAX_HELD = 20_000;

/**
 * Counts the syscalls of one app. What is past the limit is refused; a refusal costs the kernel as
 * much as a call, so whoever goes on past twice the limit hears of it only when the second is over.
 */
export class SyscallMeter {
  #second = 0;
  #used = 0;
  #held: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The refusal of a call with `open` others of its isolate open; undefined if it may go ahead. */
  refusal(
    { syscallsInFlight, syscallsPerSecond }: RuntimeLimits,
    open: number,
  ): FaztError | undefined {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#used = 0;
    }
    this.#used++;
    if (open >= syscallsInFlight) return refused("syscallsInFlight", open, syscallsInFlight);
    if (this.#used <= syscallsPerSecond) return undefined;
    return refused("syscallsPerSecond", this.#used, syscallsPerSecond);
  }

  /** Tells an isolate of a refusal, now or later; false when too many wait already. */
  tell(send: () => void, { syscallsPerSecond }: RuntimeLimits): boolean {
    if (this.#used <= 2 * syscallsPerSecond) {
      send();
      return true;
    }
    if (this.#held.length >= MAX_HELD) return false;
    this.#held.push(send);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const held of this.#held.splice(0)) held();
    }, 1000 - performance.now() % 1000);
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held = [];
  }
}

function refused(name: keyof RuntimeLimits, used: number, max: number): FaztError {
  const limit = `runtime.${name}`;
  return new FaztError("RATE_LIMITED", `Cannot call the kernel: ${limit} is ${max}`, {
    hint: `the owner can raise it: fazt config set limits.${limit} <value>`,
    details: { limit, used, max },
  });
}
