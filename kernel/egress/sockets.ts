import type { Socket } from "node:net";
import type { Clock } from "../lib/clock.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import type { Caller } from "../syscall/mod.ts";
import { type Connect, connectAny, upgrade } from "./connect.ts";
import { Deadline } from "./deadline.ts";
import { isNetError } from "./errors.ts";
import type { EgressLog } from "./logs.ts";
import type { Meter } from "./meter.ts";
import { type Resolve, resolveTarget } from "./resolve.ts";
import { EgressSocket, type SocketEnd } from "./socket.ts";
import {
  admitSocket,
  type SocketPolicy,
  type SocketTarget,
  socketTarget,
} from "./socket_target.ts";
import { addressOf } from "./target.ts";

/** Who the other side of a TLS connection has to be. */
export interface TlsOptions {
  /** The name its certificate must be for; default: the host. */
  readonly serverName?: string | undefined;
  /** PEM certificates to trust instead of the well-known ones. */
  readonly ca?: readonly string[] | undefined;
}

/** A socket an app asks for. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly tls?: TlsOptions | undefined;
  /** For looking up, connecting and TLS together, ms; 10 s unless told. */
  readonly timeoutMs?: number | undefined;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when an open socket is over. */
  readonly onEnd?: (error: FaztError | undefined) => void;
}

/** A socket of an app, from the moment it is open. */
export interface AppSocket extends Pick<EgressSocket, "read" | "write" | "end"> {
  /** TLS from here on. */
  startTls(options?: TlsOptions & { readonly timeoutMs?: number | undefined }): Promise<void>;
  close(): void;
}

/** What sockets are made with. */
export interface SocketsDeps extends SocketPolicy {
  readonly clock: Clock;
  readonly log: EgressLog;
  readonly meter: Meter;
  readonly resolve: Resolve;
  readonly connect: Connect;
  /** Fires when the node stops. */
  readonly closing: AbortSignal;
}

/** Time to connect unless told, ms. */
const CONNECT_MS = 10_000;

/** Opens sockets for apps: judged, resolved once, counted and written down like requests. */
export class Sockets {
  constructor(private readonly deps: SocketsDeps) {}

  /**
   * Opens one; resolves when bytes can go, and with TLS when its peer is authenticated.
   * @throws {FaztError} `INVALID`, or one of the `NET_` codes; none tells an address.
   */
  async open(caller: Caller, request: SocketRequest): Promise<AppSocket> {
    const { deps } = this;
    const target = socketTarget(request.host, request.port);
    const line = this.#line(caller, target);
    let secure = request.tls !== undefined;
    let leave = () => {};
    const deadline = new Deadline(this.#time(request.timeoutMs), [request.signal, deps.closing]);
    let stream: Socket;
    try {
      deps.meter.count(caller.appId);
      const judge = admitSocket(deps, caller, target);
      leave = deps.meter.enterSocket(caller.appId);
      const addresses = await resolveTarget(target, {
        resolve: deps.resolve,
        judge,
        signal: deadline.signal,
      });
      stream = await connectAny(deps.connect, {
        ...peerOf(target, request.tls),
        port: target.port,
        secure,
        raw: true,
        addresses,
      }, deadline.signal);
    } catch (error) {
      leave();
      if (isNetError(error)) line(secure, { bytesIn: 0, bytesOut: 0, error });
      throw error;
    } finally {
      deadline.done();
    }
    stream.setNoDelay(true);
    const stop = () => socket.close();
    const socket = new EgressSocket(stream, {
      host: target.host,
      idleMs: deps.settings.get("limits.net.socketIdleSeconds") * 1000,
      onEnd: (end) => {
        deps.closing.removeEventListener("abort", stop);
        leave();
        line(secure, end);
        request.onEnd?.(end.error);
      },
    });
    deps.closing.addEventListener("abort", stop);
    return {
      read: () => socket.read(),
      write: (bytes) => socket.write(bytes),
      end: () => socket.end(),
      close: () => socket.close(),
      startTls: async ({ timeoutMs, ...tls } = {}) => {
        if (secure) throw new FaztError("INVALID", "Cannot start TLS: the socket has it already");
        secure = true;
        const patience = new Deadline(this.#time(timeoutMs), [deps.closing]);
        const { signal } = patience;
        try {
          await socket.upgrade((plain) => upgrade(plain, peerOf(target, tls), { signal }));
        } finally {
          patience.done();
        }
      },
    };
  }

  #time(ms = CONNECT_MS): number {
    return Math.max(1, Math.min(ms, this.deps.settings.get("limits.net.seconds") * 1000));
  }

  /** Writes the socket's one line of the log, at its end. */
  #line(caller: Caller, { host, port }: SocketTarget) {
    const { clock, log } = this.deps;
    const at = clock();
    return (secure: boolean, { bytesIn, bytesOut, error }: SocketEnd) =>
      log.append({
        appId: caller.appId,
        userId: caller.userId ?? ANONYMOUS_USER,
        at,
        method: secure ? "TLS" : "TCP",
        host: `${host}:${port}`,
        path: "",
        ...(error === undefined ? {} : { code: toFaztError(error).code }),
        ms: clock() - at,
        bytesIn,
        bytesOut,
      });
  }
}

/** Who has to answer for TLS. */
function peerOf(target: SocketTarget, tls: TlsOptions | undefined) {
  const { serverName, ca } = tls ?? {};
  const host = serverName === undefined
    ? target.address ?? target.host
    : socketTarget(serverName, target.port).host;
  const address = serverName === undefined ? target.address : addressOf(host);
  return { host: address ?? host, hostIsAddress: address !== undefined, ca };
}
