import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";

/** What one statement may use. */
export interface BudgetOptions {
  /** Milliseconds, and the setting they come from. */
  readonly ms: number;
  readonly setting: string;
  /** How much the memory of the process may grow meanwhile. */
  readonly growMb: number;
}

/** How long memory is not looked at: reading it takes longer than visiting a row. */
const MEMORY_EVERY_MS = 4;

/**
 * The time and memory of one statement. SQLite cannot be interrupted here, so that everything a
 * statement does over and over calls {@link check}.
 */
export class Budget {
  readonly #started = performance.now();
  #deadline: number;
  #looked = this.#started;
  #resident: number | undefined;

  constructor(private readonly options: BudgetOptions) {
    this.#deadline = this.#started + options.ms;
  }

  /** @throws {FaztError} `TIMEOUT` or `TOO_LARGE` once the statement has used what it may. */
  check(): void {
    const now = performance.now();
    if (now > this.#deadline) {
      const { ms, setting } = this.options;
      const used = Math.round(now - this.#started);
      throw new FaztError("TIMEOUT", `Cannot run this statement: it may take ${ms} ms`, {
        hint: `ask for less at once, add an index, or let the owner raise limits.${setting}`,
        details: { limit: setting, used, max: ms },
      });
    }
    if (now - this.#looked < MEMORY_EVERY_MS) return;
    this.#looked = now;
    const { rss } = Deno.memoryUsage();
    this.#resident ??= rss;
    const grown = (rss - this.#resident) / MIB;
    if (grown > this.options.growMb) {
      throw new FaztError(
        "TOO_LARGE",
        `Cannot run this statement: it collects more than ${this.options.growMb} MB`,
        { hint: "ask for less at once, or add an index for its order" },
      );
    }
  }
}
