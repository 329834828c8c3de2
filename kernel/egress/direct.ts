import { parseHostPattern } from "../lib/host_pattern.ts";
import type { Caller } from "../syscall/mod.ts";
import { Deadline } from "./deadline.ts";
import { isNetError } from "./errors.ts";
import { refuseUnlessAllowed } from "./policy.ts";
import { type Resolve, resolveTarget } from "./resolve.ts";
import { grantsHost } from "./rules.ts";
import { judgeFor, type SocketPolicy, type SocketTarget, socketTarget } from "./socket_target.ts";

/** What is asked before an isolate sends something by itself. */
export interface DirectQuestion {
  readonly url: string;
  /** Whether it may be led on by redirects. */
  readonly follow: boolean;
}

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "ws:": 80 };
/** How long the addresses of a name count as known, ms: an app cannot keep the resolver busy. */
const KNOWN_MS = 2000;
const MAX_KNOWN = 1000;
/** Time for looking names up, ms. */
const LOOKUP_MS = 10_000;

/**
 * Judges requests that leave an isolate by its own permission (`net:direct`), past the kernel.
 * Deno's permission is for a name; here the name is looked up and refused if it leads to a private
 * address. Deno looks it up once more when it connects: a name that changes in between gets past.
 */
export class DirectCheck {
  readonly #known = new Map<string, { readonly until: number; readonly verdict: Promise<void> }>();

  constructor(
    private readonly policy: SocketPolicy & {
      readonly resolve: Resolve;
      readonly closing: AbortSignal;
    },
  ) {}

  /**
   * Whether the isolate may send the request itself; false is for who has no `net:direct` for its
   * host, and goes through the kernel.
   * @throws {FaztError} `NET_BLOCKED`, `NET_ERROR`, `NET_TIMEOUT`
   */
  async check(caller: Caller, { url, follow }: DirectQuestion): Promise<boolean> {
    const parsed = URL.parse(url);
    if (parsed === null || parsed.hostname === "") return false;
    const port = Number(parsed.port) || (PORTS[parsed.protocol] ?? 443);
    const target = socketTarget(parsed.hostname, port);
    if (!grantsHost(caller.grants, target, "net:direct")) return false;
    await this.#judge(caller, target);
    // A redirect leads to another host of the grants at most, which nobody asks about in between.
    const others = follow ? directHosts(caller).filter(({ host }) => host !== target.host) : [];
    await Promise.all(others.map(async (other) => {
      try {
        await this.#judge(caller, other);
      } catch (error) {
        if (isNetError(error) && error.code === "NET_BLOCKED") throw error;
      }
    }));
    return true;
  }

  #judge(caller: Caller, target: SocketTarget): Promise<void> {
    refuseUnlessAllowed(this.policy, caller, { target, how: "net:direct" });
    const key = `${target.host}:${target.port}`;
    const known = this.#known.get(key);
    const now = performance.now();
    if (known !== undefined && known.until > now) return known.verdict;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const verdict = this.#lookUp(target);
    this.#known.set(key, { until: now + KNOWN_MS, verdict });
    return verdict;
  }

  async #lookUp(target: SocketTarget): Promise<void> {
    const judge = judgeFor(this.policy, target);
    const deadline = new Deadline(LOOKUP_MS, [this.policy.closing]);
    const { signal } = deadline;
    try {
      await resolveTarget(target, { resolve: this.policy.resolve, judge, signal });
    } finally {
      deadline.done();
    }
  }
}

function directHosts({ grants }: Caller): SocketTarget[] {
  return [...grants].filter((grant) => grant.startsWith("net:direct:")).map((grant) => {
    const { host, port } = parseHostPattern(grant.slice("net:direct:".length));
    return socketTarget(host, port ?? 443);
  });
}
