import type { Settings } from "../config/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { Rate } from "../lib/rate_text.ts";
import { type Allowance, TokenBuckets } from "../lib/token_bucket.ts";
import { type RateRule, RULE_KINDS } from "./rate_rules.ts";

/** What was decided of one request. */
export interface RateVerdict {
  /** The refusal, when there is one: `RATE_LIMITED`. */
  readonly refused?: FaztError;
  /** The bucket of the asker's own that is nearest to its end, if any counts this request. */
  readonly allowance?: Allowance;
}

/** One request for an app's code. */
export interface AppRequest {
  readonly appId: string;
  /** What the client is counted by; undefined for this machine itself. */
  readonly counted: string | undefined;
  /** The app's own rules for the path. */
  readonly rules: readonly RateRule[];
  /** The API key the request carries; asked only where a rule needs it. */
  readonly keyId: () => string | undefined;
}

/** What {@link RateLimits} work with. */
export interface RateLimitsDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  /** Told of an app that is asked more than it may be, once until a minute passed without. */
  readonly onAppExceeded: (appId: string) => void;
}

/** Keys remembered of each kind: some megabytes in all, however many addresses there are. */
const MAX_KEYS = 20_000;
/** What an address may send at once, in seconds of its rate. */
const ADDRESS_BURST = 3;
const OPEN: RateVerdict = {};
/** Time without a refusal after which the next one is news, ms. */
const CALM_MS = 60_000;

/**
 * How often app code and API may be asked. Buckets live in memory: a restart begins with full ones,
 * and past {@link MAX_KEYS} of a kind those are forgotten that say least.
 */
export class RateLimits {
  readonly #addresses: TokenBuckets;
  readonly #apps: TokenBuckets;
  readonly #keys: TokenBuckets;
  readonly #rules: TokenBuckets;
  /** By app: when it was refused last. */
  readonly #exceeded = new Map<string, number>();

  constructor(private readonly deps: RateLimitsDeps) {
    this.#addresses = new TokenBuckets(deps.clock, MAX_KEYS);
    this.#apps = new TokenBuckets(deps.clock, MAX_KEYS);
    this.#keys = new TokenBuckets(deps.clock, MAX_KEYS);
    this.#rules = new TokenBuckets(deps.clock, MAX_KEYS);
  }

  /** Keys remembered now, of every kind. */
  get size(): number {
    return [this.#addresses, this.#apps, this.#keys, this.#rules]
      .reduce((sum, { size }) => sum + size, 0);
  }

  /** Counts a request of an address to the API. */
  address(counted: string | undefined): RateVerdict {
    if (counted === undefined) return OPEN;
    const perSecond = this.deps.settings.get("limits.rate.perAddress");
    if (perSecond === 0) return OPEN;
    const allowance = this.#addresses.take(counted, {
      perSecond,
      burst: perSecond * ADDRESS_BURST,
    });
    return allowance.allowed ? { allowance } : refuse(allowance, {
      name: "rate.perAddress",
      max: perSecond,
      hint: RAISE("limits.rate.perAddress"),
    });
  }

  /** Counts a request of an API key. */
  key(keyId: string): RateVerdict {
    const perSecond = this.deps.settings.get("limits.rate.perKey");
    if (perSecond === 0) return OPEN;
    const allowance = this.#keys.take(keyId, { perSecond, burst: perSecond });
    return allowance.allowed ? { allowance } : refuse(allowance, {
      name: "rate.perKey",
      max: perSecond,
      hint: RAISE("limits.rate.perKey"),
    });
  }

  /** Counts a request for an app's code. What one client may not send is not the app's to pay. */
  app(request: AppRequest): RateVerdict {
    let verdict = this.address(request.counted);
    if (verdict.refused) return verdict;
    if (request.rules.length > 0) {
      verdict = this.#applyRules(request, verdict);
      if (verdict.refused) return verdict;
    }
    const perSecond = this.deps.settings.get("limits.rate.perApp");
    if (perSecond === 0) return verdict;
    const { appId } = request;
    const allowance = this.#apps.take(appId, { perSecond, burst: perSecond });
    if (allowance.allowed) return verdict;
    this.#noteExceeded(appId);
    return refuse(allowance, {
      name: "rate.perApp",
      max: perSecond,
      hint: RAISE("limits.rate.perApp"),
    });
  }

  #noteExceeded(appId: string): void {
    const now = this.deps.clock();
    const before = this.#exceeded.get(appId);
    this.#exceeded.set(appId, now);
    if (before === undefined || now - before > CALM_MS) this.deps.onAppExceeded(appId);
  }

  #applyRules({ appId, counted, rules, keyId }: AppRequest, before: RateVerdict): RateVerdict {
    let { allowance } = before;
    for (const kind of RULE_KINDS) {
      for (const rule of rules) {
        const rate = rule[kind];
        if (rate === undefined) continue;
        // An app's own rule is meant for everybody: this machine is one more address to it.
        const who = kind === "perApp" ? "" : kind === "perKey" ? keyId() : counted ?? "local";
        if (who === undefined) continue;
        const mine = this.#rules.take(`${appId} ${kind} ${rule.path} ${who}`, rate);
        if (!mine.allowed) {
          return refuse(mine, {
            name: `rate.${rule.path}.${kind}`,
            max: rate.burst,
            hint: "the app sets this in its app.json",
          });
        }
        if (kind !== "perApp" && (allowance === undefined || left(mine) < left(allowance))) {
          allowance = mine;
        }
      }
    }
    return allowance === undefined ? OPEN : { allowance };
  }
}

const left = ({ remaining, limit }: Allowance) => remaining / limit;
const RAISE = (setting: string) =>
  `wait, or let the owner raise it: fazt config set ${setting} <value>`;

function refuse(
  allowance: Allowance,
  limit: { readonly name: string; readonly max: Rate["burst"]; readonly hint: string },
): RateVerdict {
  const seconds = Math.max(1, allowance.resetSeconds);
  return {
    allowance,
    refused: new FaztError(
      "RATE_LIMITED",
      `Cannot answer: too many requests, the next one can be in ${seconds} s`,
      {
        hint: limit.hint,
        details: {
          limit: limit.name,
          used: allowance.limit - allowance.remaining,
          max: limit.max,
          retryAfter: seconds,
        },
      },
    ),
  };
}

/**
 * What an answer tells of its bucket: the fields `RateLimit-Limit`, `-Remaining` and `-Reset`
 * (seconds) of draft-ietf-httpapi-ratelimit-headers, as its versions up to 07 and most clients
 * have them.
 */
export function rateHeaders({ allowance, refused }: RateVerdict): [string, string][] {
  if (allowance === undefined) return [];
  const { limit, remaining, resetSeconds } = allowance;
  return [
    ["ratelimit-limit", String(limit)],
    ["ratelimit-remaining", String(remaining)],
    ["ratelimit-reset", String(resetSeconds)],
    ...(refused ? [["retry-after", String(Math.max(1, resetSeconds))] as [string, string]] : []),
  ];
}
