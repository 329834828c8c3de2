import type { Settings } from "../config/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { netError } from "./errors.ts";
import { RateWindows } from "./rate.ts";

/** What is in use now and was in the last minute. */
export interface EgressUsage {
  /** Requests of the last minute, all apps. */
  readonly minute: number;
  /** Requests without their last byte, all apps. */
  readonly open: number;
  /** Open sockets, all apps. */
  readonly sockets: number;
  readonly apps: readonly {
    readonly appId: string;
    readonly minute: number;
    readonly open: number;
    readonly sockets: number;
  }[];
}

/** Requests an app may have open at once. */
const OPEN_PER_APP = 64;
/** Requests all apps may have open at once: each holds a socket and some buffers. */
const OPEN_IN_ALL = 256;
/** Sockets all apps may have open at once. */
const SOCKETS_IN_ALL = 500;
const ALL = "";

/** Counts what apps send, and stops who sends too much. */
export class Meter {
  readonly #rate = new RateWindows();
  readonly #open = new Places();
  readonly #sockets = new Places();

  constructor(private readonly settings: Settings, private readonly now: Clock) {}

  /**
   * Counts one request that is about to leave.
   * @throws {FaztError} `NET_RATE`
   */
  count(appId: string): void {
    const now = this.now();
    const max = this.settings.get("limits.net.perMinute");
    const own = this.#rate.take(appId, max, now);
    if (!own.ok) throw tooMany("net.perMinute", max, own);
    const maxInAll = this.settings.get("limits.net.perMinuteGlobal");
    const all = this.#rate.take(ALL, maxInAll, now);
    if (all.ok) return;
    this.#rate.giveBack(appId, now);
    throw tooMany("net.perMinuteGlobal", maxInAll, all);
  }

  /**
   * Takes one of the places for open requests; the function gives it back, once.
   * @throws {FaztError} `NET_LIMIT`
   */
  enter(appId: string): () => void {
    const own = this.#open.of(appId);
    if (own >= OPEN_PER_APP) throw tooManyOpen("open requests of one app", OPEN_PER_APP);
    if (this.#open.inAll >= OPEN_IN_ALL) throw tooManyOpen("open requests", OPEN_IN_ALL);
    return this.#open.take(appId);
  }

  /**
   * Takes one of the places for sockets; the function gives it back, once.
   * @throws {FaztError} `NET_LIMIT`
   */
  enterSocket(appId: string): () => void {
    const used = this.#sockets.of(appId);
    const max = this.settings.get("limits.net.sockets");
    if (used >= max) {
      throw netError("NET_LIMIT", `net.sockets is ${max}, in use ${used}`, {
        hint: "close a socket first; the owner can raise it: " +
          "fazt config set limits.net.sockets <value>",
        details: { limit: "net.sockets", used, max },
      });
    }
    if (this.#sockets.inAll >= SOCKETS_IN_ALL) {
      throw netError("NET_LIMIT", `all apps have ${SOCKETS_IN_ALL} sockets open`, {
        hint: "try again later",
        details: { limit: "sockets of all apps", used: this.#sockets.inAll, max: SOCKETS_IN_ALL },
      });
    }
    return this.#sockets.take(appId);
  }

  /** What is in use, by app. */
  usage(): EgressUsage {
    const now = this.now();
    const ids = new Set([...this.#rate.keys(now), ...this.#open.apps(), ...this.#sockets.apps()]);
    ids.delete(ALL);
    return {
      minute: this.#rate.used(ALL, now),
      open: this.#open.inAll,
      sockets: this.#sockets.inAll,
      apps: [...ids].sort().map((appId) => ({
        appId,
        minute: this.#rate.used(appId, now),
        open: this.#open.of(appId),
        sockets: this.#sockets.of(appId),
      })),
    };
  }
}

/** Things that are open, counted per app. */
class Places {
  readonly #taken = new Map<string, number>();
  inAll = 0;

  of(appId: string): number {
    return this.#taken.get(appId) ?? 0;
  }

  apps(): Iterable<string> {
    return this.#taken.keys();
  }

  /** Takes a place; the function gives it back, once. */
  take(appId: string): () => void {
    this.#taken.set(appId, this.of(appId) + 1);
    this.inAll++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.inAll--;
      const rest = this.of(appId) - 1;
      if (rest === 0) this.#taken.delete(appId);
      else this.#taken.set(appId, rest);
    };
  }
}

function tooMany(
  limit: string,
  max: number,
  { used, retryAfterMs }: { readonly used: number; readonly retryAfterMs: number },
) {
  return netError("NET_RATE", `${limit} is ${max}, in use ${used}`, {
    hint: `the owner can raise it: fazt config set limits.${limit} <value>`,
    details: { limit, used, max, retryAfterMs },
  });
}

function tooManyOpen(what: string, max: number) {
  return netError("NET_LIMIT", `there are ${max} ${what} already`, {
    hint: "read or cancel the bodies of answers, then send the next",
    details: { limit: "open", max },
  });
}
