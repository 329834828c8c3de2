import type { Clock } from "../lib/clock.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import { toFaztError } from "../lib/fazt_error.ts";
import type { Caller } from "../syscall/mod.ts";
import type { AddressJudge } from "./addresses.ts";
import type { Auth } from "./auth.ts";
import { type Connect, connectAny } from "./connect.ts";
import { exchange, type Incoming } from "./exchange.ts";
import type { Header } from "./headers.ts";
import type { EgressLog } from "./logs.ts";
import type { Meter } from "./meter.ts";
import type { OutgoingBody } from "./outgoing_body.ts";
import { type PolicyDeps, refuseUnlessAllowed } from "./policy.ts";
import { type Resolve, resolveTarget } from "./resolve.ts";
import { hostHeader, type Target } from "./target.ts";

/** What sends legs. */
export interface LegDeps extends PolicyDeps {
  readonly clock: Clock;
  readonly log: EgressLog;
  readonly meter: Meter;
  readonly resolve: Resolve;
  readonly judge: AddressJudge;
  readonly connect: Connect;
}

/** One request to one host: redirects and further attempts are legs of their own. */
export interface Leg {
  readonly caller: Caller;
  readonly target: Target;
  readonly method: string;
  readonly headers: readonly Header[];
  readonly body: OutgoingBody | undefined;
  /** The secret it carries; never the next leg's to another origin. */
  readonly auth: Auth | undefined;
}

/** The head of a leg's answer. */
export interface LegAnswer extends Incoming {
  readonly leg: Leg;
  /** Writes the leg's log line: its body ended, or was given up. Once; later calls do nothing. */
  readonly finish: (bytesIn: number, error?: unknown) => void;
}

/**
 * Sends one request: counted, judged, its host looked up, every address judged, and connected to
 * one of exactly these.
 */
export async function sendLeg(deps: LegDeps, leg: Leg, signal: AbortSignal): Promise<LegAnswer> {
  const { target } = leg;
  const write = lineWriter(deps, leg);
  try {
    deps.meter.count(leg.caller.appId);
    refuseUnlessAllowed(deps, leg.caller, { target });
    const { resolve, judge } = deps;
    const addresses = await resolveTarget(target, { resolve, judge, signal });
    const { host, port, secure } = target;
    const hostIsAddress = target.address !== undefined;
    const dial = { host, port, secure, hostIsAddress, addresses };
    const socket = await connectAny(deps.connect, dial, signal);
    const plain = { path: target.url.pathname + target.url.search, headers: leg.headers };
    const { path, headers } = leg.auth?.carry(target, leg.headers) ?? plain;
    const incoming = await exchange(socket, {
      host,
      method: leg.method,
      path,
      headers: [["host", hostHeader(target)], ...headers, ...framing(leg), ["connection", "close"]],
      body: leg.body,
    }, signal);
    return {
      ...incoming,
      leg,
      finish: (bytesIn, error) => write(bytesIn, { status: incoming.status, error }),
    };
  } catch (error) {
    write(0, { error });
    throw error;
  }
}

/** How the other side knows where the body ends (RFC 9112 §6). */
function framing({ method, body }: Leg): Header[] {
  if (body === undefined) {
    return ["POST", "PUT", "PATCH"].includes(method) ? [["content-length", "0"]] : [];
  }
  return body.length === undefined
    ? [["transfer-encoding", "chunked"]]
    : [["content-length", String(body.length)]];
}

function lineWriter({ clock, log }: LegDeps, leg: Leg) {
  const at = clock();
  const sentBefore = leg.body?.sent ?? 0;
  let written = false;
  return (bytesIn: number, end: { readonly status?: number; readonly error?: unknown }) => {
    if (written) return;
    written = true;
    log.append({
      appId: leg.caller.appId,
      userId: leg.caller.userId ?? ANONYMOUS_USER,
      at,
      method: leg.method,
      host: hostHeader(leg.target),
      path: leg.target.url.pathname,
      ...(end.status === undefined ? {} : { status: end.status }),
      ...(end.error === undefined ? {} : { code: toFaztError(end.error).code }),
      ms: clock() - at,
      bytesIn,
      bytesOut: (leg.body?.sent ?? 0) - sentBefore,
    });
  };
}
