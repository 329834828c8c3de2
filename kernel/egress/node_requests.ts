import { type HostPattern, matchesHost } from "../lib/host_pattern.ts";
import { type AddressJudge, isThisMachine, judgeBeside, judgeSpelled } from "./addresses.ts";
import { type Connect, connectAny, dialer } from "./connect.ts";
import { netError } from "./errors.ts";
import { exchange } from "./exchange.ts";
import { type Header, headerOf } from "./headers.ts";
import { incomingBody } from "./incoming_body.ts";
import { OutgoingBody } from "./outgoing_body.ts";
import { type Resolve, resolveTarget, systemResolve } from "./resolve.ts";
import { hostHeader, isPublicName, readTarget, sameOrigin, type Target } from "./target.ts";

/** A request the node sends in its own name. */
export interface NodeRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: readonly Header[];
  readonly body?: Uint8Array | undefined;
  /** Sent to this origin and to no other, wherever redirects lead. */
  readonly authorization?: { readonly origin: string; readonly value: string } | undefined;
  /** Hosts that may be private and speak plain HTTP, by the owner's word. */
  readonly privateHosts: readonly HostPattern[];
  /** Of the answer's body, unpacked. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** An answer; its body has to be read to its end or cancelled. */
export interface NodeAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  /** Where it came from in the end. */
  readonly url: string;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** Options of {@link NodeRequests}. */
export interface NodeRequestsOptions {
  /** Every port the node itself listens on. */
  readonly ports: () => readonly number[];
  readonly resolve?: Resolve;
  readonly judge?: AddressJudge;
  readonly connect?: Connect;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Requests of the node itself, by the rules of {@link Egress} for addresses: none that is not
 * public, each connection to exactly the address that was judged, every redirect judged again. What
 * the owner spelled may be private; the node's own ports never are reached.
 */
export class NodeRequests {
  readonly #resolve: Resolve;
  readonly #judge: AddressJudge;
  readonly #connect: Connect;

  constructor(private readonly options: NodeRequestsOptions) {
    this.#resolve = options.resolve ?? systemResolve;
    this.#judge = options.judge ?? judgeBeside(machineAddresses);
    this.#connect = options.connect ?? dialer();
  }

  /**
   * Sends a request. A `GET` follows redirects, a `POST` none; TLS is never left on the way.
   * @throws {FaztError} one of the `NET_` codes.
   */
  async send(request: NodeRequest): Promise<NodeAnswer> {
    let target = readTarget(request.url);
    for (let n = 0;; n++) {
      const answer = await this.#leg(request, target);
      const location = headerOf(answer.headers, "location");
      if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
      await answer.body?.cancel().catch(() => {});
      const { host } = target;
      if (request.method === "POST") throw refused("it redirects what was sent to it", host);
      if (n === MAX_REDIRECTS) throw refused(`it redirects more than ${MAX_REDIRECTS} times`, host);
      const next = readTarget(location, target.url);
      if (target.secure && !next.secure) throw refused("it redirects from HTTPS to HTTP", host);
      target = next;
    }
  }

  async #leg(request: NodeRequest, target: Target): Promise<NodeAnswer> {
    const { signal, maxBytes, authorization } = request;
    const judge = this.#judgeFor(request, target);
    const { host, port, secure } = target;
    const addresses = await resolveTarget(target, { resolve: this.#resolve, judge, signal });
    const hostIsAddress = target.address !== undefined;
    const dial = { host, port, secure, hostIsAddress, addresses };
    const socket = await connectAny(this.#connect, dial, signal);
    const length = request.body?.byteLength;
    const mine = authorization !== undefined &&
      sameOrigin(readTarget(authorization.origin), target);
    const incoming = await exchange(socket, {
      host,
      method: request.method,
      path: target.url.pathname + target.url.search,
      headers: [
        ["host", hostHeader(target)],
        ...request.headers,
        ...(mine ? [["authorization", authorization.value] as Header] : []),
        ...(length === undefined ? [] : [["content-length", String(length)] as Header]),
        ["connection", "close"],
      ],
      body: request.body && new OutgoingBody(request.body, request.body.byteLength),
    }, signal);
    const { status, headers: received } = incoming;
    const head = { host, method: request.method, status, headers: received };
    const done = () => incoming.destroy();
    const { headers, body } = incomingBody(incoming.stream, head, { maxBytes, signal, done });
    return { status, headers, body, url: target.url.href };
  }

  #judgeFor(request: NodeRequest, target: Target): AddressJudge {
    const { host, port, secure } = target;
    if (!request.privateHosts.some((pattern) => matchesHost(pattern, target))) {
      const hint = `the owner may allow it: fazt config set sources.privateHosts ${host}:${port}`;
      if (!secure) throw refused("it is asked over plain HTTP", host, hint);
      if (target.address === undefined && !isPublicName(host)) {
        throw refused("it is no public host", host, hint);
      }
      return this.#judge;
    }
    const own = this.options.ports().includes(port);
    return (text) =>
      own && isThisMachine(text, machineAddresses())
        ? { refused: "the node's own port" }
        : judgeSpelled(text);
  }
}

function refused(why: string, host: string, hint?: string) {
  return netError("NET_BLOCKED", why, { host, ...(hint === undefined ? {} : { hint }) });
}

function* machineAddresses(): Iterable<string> {
  for (const { address } of Deno.networkInterfaces()) yield address;
}
