import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { MIB } from "../lib/bytes.ts";
import type { Clock } from "../lib/clock.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import type { Secrets } from "../secrets/mod.ts";
import type { Caller } from "../syscall/mod.ts";
import { type AddressJudge, judgeBeside } from "./addresses.ts";
import { type Auth, authFor } from "./auth.ts";
import { EgressCache } from "./cache.ts";
import { type Connect, dialer } from "./connect.ts";
import { Deadline } from "./deadline.ts";
import { DirectCheck } from "./direct.ts";
import { isNetError } from "./errors.ts";
import { type Header, responseHeaders } from "./headers.ts";
import { incomingBody } from "./incoming_body.ts";
import { type LegDeps, sendLeg } from "./leg.ts";
import { type EgressLine, EgressLog, type EgressLogQuery } from "./logs.ts";
import { type EgressUsage, Meter } from "./meter.ts";
import { refuseUnlessAllowed } from "./policy.ts";
import { follow, type Journey } from "./redirects.ts";
import { type EgressRequest, prepare, type Prepared } from "./request.ts";
import { type Resolve, systemResolve } from "./resolve.ts";
import type { EgressResponse } from "./response.ts";
import { withRetry } from "./retry.ts";
import { type EgressRule, EgressRules, type RuleInput } from "./rules.ts";
import { Sockets } from "./sockets.ts";

/** What rules the requests of apps. */
export interface EgressLimits {
  readonly perMinute: number;
  readonly perMinuteGlobal: number;
  readonly outMb: number;
  readonly inMb: number;
  readonly seconds: number;
  readonly sockets: number;
  readonly socketIdleSeconds: number;
}

/** Options of {@link Egress}. */
export interface EgressOptions {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Finds the addresses of a name; default: the machine's resolver. */
  readonly resolve?: Resolve;
  /** Which addresses are public; default: {@link judgeAddress}, and not this machine's own. */
  readonly judge?: AddressJudge;
  /** Opens connections; default: {@link dialer}. */
  readonly connect?: Connect;
  /** Every port the node itself listens on. */
  readonly ports?: () => readonly number[];
}

/** The longest a request may take, whoever asks. */
const MAX_MS = 300_000;

/** The only way out of the node for apps. */
export class Egress {
  readonly #rules: EgressRules;
  readonly #log: EgressLog;
  readonly #meter: Meter;
  readonly #cache: EgressCache;
  readonly #deps: LegDeps;
  readonly #closing = new AbortController();
  /** Raw connections of apps. */
  readonly sockets: Sockets;

  constructor(private readonly options: EgressOptions) {
    const { db, settings, clock } = options;
    this.#rules = new EgressRules(db, clock);
    this.#log = new EgressLog(db, settings, clock);
    this.#meter = new Meter(settings, clock);
    this.#cache = new EgressCache(clock);
    this.#deps = {
      db,
      settings,
      clock,
      rules: this.#rules,
      log: this.#log,
      meter: this.#meter,
      resolve: options.resolve ?? systemResolve,
      judge: options.judge ?? judgeBeside(machineAddresses),
      connect: options.connect ?? dialer(),
    };
    const policy = {
      ...this.#deps,
      ports: options.ports ?? (() => [settings.get("server.port")]),
      ownAddresses: machineAddresses,
      closing: this.#closing.signal,
    };
    this.sockets = new Sockets(policy);
    this.direct = new DirectCheck(policy);
  }

  /**
   * Sends a request for an app; resolves with the head of the answer.
   * @throws {FaztError} `INVALID` for what is no request, else one of the `NET_` codes.
   */
  async fetch(caller: Caller, request: EgressRequest): Promise<EgressResponse> {
    const { prepared, auth } = this.#admit(caller, request);
    const { cache, body } = prepared;
    const key = cache && this.#cache.keyOf(caller.appId, prepared, auth);
    const cached = key === undefined || cache!.refresh ? undefined : this.#cache.get(key);
    if (cached) return cached;
    const leave = this.#enter(caller, request);
    const deadline = new Deadline(this.#time(request), [request.signal, this.#closing.signal]);
    const settle = () => {
      deadline.done();
      leave();
    };
    try {
      const { target, method, headers } = prepared;
      const first = { caller, target, method, headers, body, auth };
      const journey = await withRetry(
        () => follow(first, prepared.redirect, (leg) => sendLeg(this.#deps, leg, deadline.signal)),
        {
          plan: prepared.retry,
          deadline,
          clock: this.options.clock,
          repeatable: () => body === undefined || body.replayable,
        },
      );
      const response = this.#respond(journey, deadline.signal, settle);
      return key === undefined ? response : this.#cache.keep(key, cache!.ttlMs, response);
    } catch (error) {
      settle();
      body?.release();
      throw error;
    }
  }

  /** Judges where an app's own `fetch` wants to go: see {@link DirectCheck}. */
  readonly direct: DirectCheck;

  /** The owner's rules: one app's beside everybody's, or all. */
  rules(appId?: string): EgressRule[] {
    return this.#rules.list(appId);
  }

  /** See {@link EgressRules.allow}. */
  allow(input: RuleInput): Promise<EgressRule> {
    return this.#rules.allow(input);
  }

  /** See {@link EgressRules.deny}. */
  deny(input: RuleInput): Promise<EgressRule> {
    return this.#rules.deny(input);
  }

  /** Tells whether there was such a rule. */
  removeRule(rule: Omit<RuleInput, "userId">): Promise<boolean> {
    return this.#rules.remove(rule);
  }

  /** What left the node, newest first; what waits to be written is not among it. */
  logs(query?: EgressLogQuery): EgressLine[] {
    return this.#log.list(query);
  }

  /** The limits as they are now. */
  limits(): EgressLimits {
    const { settings } = this.options;
    return {
      perMinute: settings.get("limits.net.perMinute"),
      perMinuteGlobal: settings.get("limits.net.perMinuteGlobal"),
      outMb: settings.get("limits.net.outMb"),
      inMb: settings.get("limits.net.inMb"),
      seconds: settings.get("limits.net.seconds"),
      sockets: settings.get("limits.net.sockets"),
      socketIdleSeconds: settings.get("limits.net.socketIdleSeconds"),
    };
  }

  /** What is in use now. */
  usage(): EgressUsage & { readonly cache: { readonly bytes: number; readonly entries: number } } {
    return {
      ...this.#meter.usage(),
      cache: { bytes: this.#cache.bytes, entries: this.#cache.size },
    };
  }

  /** Forgets cached answers: of one app, or all. */
  clearCache(appId?: string): void {
    this.#cache.clear(appId);
  }

  /** Deletes log lines past their age. */
  cleanup(): Promise<void> {
    return this.#log.cleanup();
  }

  /** Writes down what waits. */
  flush(): Promise<void> {
    return this.#log.flush();
  }

  /** Gives up every open request and writes down what waits. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.flush();
  }

  /** Reads a request and judges what can be judged without sending anything. */
  #admit(
    caller: Caller,
    request: EgressRequest,
  ): { readonly prepared: Prepared; readonly auth: Auth | undefined } {
    try {
      const maxBytes = this.options.settings.get("limits.net.outMb") * MIB;
      const prepared = prepare(request, maxBytes);
      const { target } = prepared;
      refuseUnlessAllowed(this.#deps, caller, { target });
      const { auth: name, authMode: mode } = request;
      const { appId } = caller;
      return {
        prepared,
        auth: name === undefined
          ? undefined
          : authFor(this.options.secrets, { appId, name, mode, target }),
      };
    } catch (error) {
      throw this.#refused(caller, request, error);
    }
  }

  #enter(caller: Caller, request: EgressRequest): () => void {
    try {
      return this.#meter.enter(caller.appId);
    } catch (error) {
      throw this.#refused(caller, request, error);
    }
  }

  /** A refused request counts as one, so that trying hosts and secrets out is slow. */
  #refused(caller: Caller, request: EgressRequest, error: unknown): unknown {
    if (request.body instanceof ReadableStream) request.body.cancel().catch(() => {});
    if (!isNetError(error)) return error;
    let shown = error;
    try {
      this.#meter.count(caller.appId);
    } catch (tooMany) {
      if (isNetError(tooMany)) shown = tooMany;
    }
    const url = URL.parse(request.url);
    this.#log.append({
      appId: caller.appId,
      userId: caller.userId ?? ANONYMOUS_USER,
      at: this.options.clock(),
      method: (request.method ?? "GET").slice(0, 32),
      host: url?.host.slice(0, 253) ?? "",
      path: url?.pathname ?? "",
      code: shown.code,
      ms: 0,
      bytesIn: 0,
      bytesOut: 0,
    });
    return shown;
  }

  #time(request: EgressRequest): number {
    const ms = request.timeoutMs ?? this.options.settings.get("limits.net.seconds") * 1000;
    return Math.max(1, Math.min(ms, MAX_MS));
  }

  #respond(journey: Journey, signal: AbortSignal, settle: () => void): EgressResponse {
    const { answer, redirected } = journey;
    const { leg, status } = answer;
    const url = leg.auth?.clean(leg.target.url) ?? leg.target.url;
    const { headers, body } = incomingBody(answer.stream, {
      host: leg.target.host,
      method: leg.method,
      status,
      headers: responseHeaders(answer.headers).map((header) => cleaned(header, leg.auth, url)),
    }, {
      maxBytes: this.options.settings.get("limits.net.inMb") * MIB,
      signal,
      done: (bytes, error) => {
        answer.finish(bytes, error);
        answer.destroy();
        settle();
      },
    });
    const { statusText } = answer;
    return { status, statusText, headers, url: url.href, redirected, cached: false, body };
  }
}

/** A server that redirects often repeats the query it got, and a secret with it. */
function cleaned(header: Header, auth: Auth | undefined, base: URL): Header {
  if (auth === undefined || header[0] !== "location") return header;
  const url = URL.parse(header[1], base);
  const clean = url && auth.clean(url);
  return clean === url || clean === null ? header : ["location", clean.href];
}

function* machineAddresses(): Iterable<string> {
  for (const { address } of Deno.networkInterfaces()) yield address;
}
