import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { noteFailures } from "./owner_operations.ts";

/** How fast failing gets slower. Times are ms. */
interface Pace {
  /** Failures in a row that cost nothing. */
  readonly free: number;
  /** Longest wait. */
  readonly maxMs: number;
  /** Quiet time after which the failures are forgotten. */
  readonly calmMs: number;
}

const HOUR_MS = 3_600_000;
const ADDRESS: Pace = { free: 5, maxMs: HOUR_MS / 4, calmMs: HOUR_MS };
const ACCOUNT: Pace = { free: 10, maxMs: HOUR_MS / 12, calmMs: 24 * HOUR_MS };
/** Addresses remembered at once; past it those that failed least are forgotten. */
const MAX_ADDRESSES = 10_000;

interface Count {
  readonly failures: number;
  readonly at: number;
}

/** One try to sign in, which counts as failed until it says otherwise. */
export interface Try {
  /** It was the owner: all is forgotten. */
  succeeded(): void;
  /** It neither failed nor was it enough: as if it had not been. */
  undecided(): void;
}

/** Who tries. */
export interface TryFrom {
  /** What the client is counted by; undefined for this machine. */
  readonly counted: string | undefined;
  /** Whether the owner signed in from there lately: strangers' failures do not hold them up. */
  readonly known: boolean;
}

/**
 * Makes guessing slow: after some failures each next try has to wait twice as long, by address in
 * memory and by account in the database, so that neither many addresses nor a restart help. A try
 * counts when it begins: many at once are not cheaper than one after the other. Nobody is locked
 * out for good, and owner links are not counted at all.
 */
export class SignInThrottle {
  readonly #addresses = new Map<string, Count>();
  readonly #accounts = new Map<string, Count>();

  constructor(
    private readonly db: Database,
    private readonly now: Clock,
    private readonly onError: (error: unknown) => void,
  ) {
    const rows = db.reader.all<{ user_id: string; count: number; last_at: number }>(
      "SELECT user_id, count, last_at FROM sign_in_failures",
    );
    for (const row of rows) {
      this.#accounts.set(row.user_id, { failures: row.count, at: row.last_at });
    }
  }

  /**
   * Begins a try. Without an account only the address is held up: nobody guesses a passkey.
   * @throws {FaztError} `RATE_LIMITED`
   */
  begin(userId: string | undefined, { counted, known }: TryFrom): Try {
    const at = this.now();
    const address = counted ?? "local";
    const account = userId === undefined ? undefined : this.#accounts.get(userId);
    const before = {
      address: current(this.#addresses.get(address), { pace: ADDRESS, at }),
      account: current(account, { pace: ACCOUNT, at }),
    };
    const wait = Math.max(
      waitOf(before.address, { pace: ADDRESS, at }),
      known ? 0 : waitOf(before.account, { pace: ACCOUNT, at }),
    );
    if (wait > 0) throw tooMany(Math.ceil(wait / 1000));
    this.#setAddress(address, { failures: before.address.failures + 1, at });
    this.#setAccount(userId, { failures: before.account.failures + 1, at });
    let open = true;
    const end = (then: () => void) => () => {
      if (open) then();
      open = false;
    };
    return {
      succeeded: end(() => {
        this.#addresses.delete(address);
        this.#setAccount(userId, { failures: 0, at });
      }),
      undecided: end(() => {
        const less = (count: Count | undefined, was: Count) => ({
          failures: Math.max(0, (count?.failures ?? 0) - 1),
          at: was.at,
        });
        this.#setAddress(address, less(this.#addresses.get(address), before.address));
        if (userId !== undefined) {
          this.#setAccount(userId, less(this.#accounts.get(userId), before.account));
        }
      }),
    };
  }

  #setAddress(address: string, count: Count): void {
    this.#addresses.delete(address);
    if (count.failures === 0) return;
    if (this.#addresses.size >= MAX_ADDRESSES) this.#prune();
    this.#addresses.set(address, count);
  }

  #setAccount(userId: string | undefined, count: Count): void {
    if (userId === undefined) return;
    this.#accounts.set(userId, count);
    this.db.write(noteFailures, { userId, count: count.failures, at: count.at })
      .catch(this.onError);
  }

  #prune(): void {
    const now = this.now();
    for (const [address, { at }] of this.#addresses) {
      if (at + ADDRESS.calmMs <= now) this.#addresses.delete(address);
    }
    const many = this.#addresses.size - MAX_ADDRESSES / 2;
    if (many <= 0) return;
    const least = [...this.#addresses].sort(([, a], [, b]) => a.failures - b.failures);
    for (const [address] of least.slice(0, many)) this.#addresses.delete(address);
  }
}

const NEVER: Count = { failures: 0, at: 0 };

function current(
  count: Count | undefined,
  { pace, at }: { readonly pace: Pace; readonly at: number },
): Count {
  return count === undefined || count.at + pace.calmMs <= at ? NEVER : count;
}

function waitOf(
  { failures, at: last }: Count,
  { pace, at }: { readonly pace: Pace; readonly at: number },
): number {
  if (failures < pace.free) return 0;
  return last + Math.min(pace.maxMs, 1000 * 2 ** (failures - pace.free)) - at;
}

function tooMany(seconds: number): FaztError {
  return new FaztError(
    "RATE_LIMITED",
    `Cannot sign in: too many tries failed, the next one can be in ${seconds} s`,
    {
      hint: "wait, or make a link on the machine itself: fazt server set-credentials",
      details: { limit: "signIn", retryAfter: seconds },
    },
  );
}
