import type { Settings } from "../../config/mod.ts";
import type { Database } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";

/** How much of what may be ordered is. */
export interface OrderBudget {
  readonly hour: { readonly used: number; readonly max: number };
  readonly week: { readonly used: number; readonly max: number };
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Orders that run at once, and that wait for it. */
const MAX_RUNNING = 4;
const MAX_WAITING = 200;

/** Lets so many orders begin as the owner's budgets and the machine allow. */
export class OrderGate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly deps: {
      readonly db: Database;
      readonly settings: Settings;
      readonly clock: () => number;
    },
  ) {}

  /** What was ordered at the authority that is set. */
  budget(): OrderBudget {
    const { db, settings, clock } = this.deps;
    const directory = settings.get("acme.directory");
    const count = (since: number, kinds: string) =>
      db.reader.get<{ n: number }>(
        `SELECT count(*) AS n FROM certificate_orders WHERE at > ? AND directory = ? AND ${kinds}`,
        ...[since, directory],
      )!.n;
    return {
      hour: {
        used: count(clock() - HOUR_MS, "kind <> 'trial'"),
        max: settings.get("limits.certificates.ordersPerHour"),
      },
      week: {
        used: count(clock() - WEEK_MS, "kind = 'new'"),
        max: settings.get("limits.certificates.ordersPerWeek"),
      },
    };
  }

  /**
   * Runs an order when it is its turn.
   * @throws {FaztError} `ACME_BUDGET`, `BUSY`
   */
  async run<T>(kind: "new" | "renewal", order: () => Promise<T>): Promise<T> {
    this.#check(kind);
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new FaztError("BUSY", "Cannot order a certificate now: too many wait already");
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      // What went before may have used it up.
      this.#check(kind);
      return await order();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  #check(kind: "new" | "renewal"): void {
    const { hour, week } = this.budget();
    if (hour.used >= hour.max) throw spent("ordersPerHour", hour);
    if (kind === "new" && week.used >= week.max) throw spent("ordersPerWeek", week);
  }
}

function spent(
  limit: string,
  { used, max }: { readonly used: number; readonly max: number },
): FaztError {
  return new FaztError(
    "ACME_BUDGET",
    `Cannot order another certificate: ${used} of ${max} orders are used (${limit})`,
    {
      status: 429,
      hint: `fazt config set limits.certificates.${limit} N, or set acme.dns: one wildcard ` +
        "certificate serves every app",
      details: { limit: `certificates.${limit}`, used, max },
    },
  );
}
