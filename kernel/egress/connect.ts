import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Deadline } from "./deadline.ts";
import { netError } from "./errors.ts";

/** One connection to make: to exactly this address, by no name. */
export interface Dial {
  /** Judged; nothing resolves it again. */
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** What was asked for: the name the certificate must be for. */
  readonly host: string;
  /** The certificate must name the address: no server name is sent (RFC 6066 §3). */
  readonly hostIsAddress: boolean;
  /** A raw socket: no protocol is negotiated, and each direction ends by itself. */
  readonly raw?: boolean;
  /** PEM certificates to trust instead of the dialer's. */
  readonly ca?: readonly string[] | undefined;
}

/** What one side says to make an open connection a TLS one. */
export type Upgrade = Pick<Dial, "host" | "hostIsAddress" | "ca">;

/** Opens a connection; it is ready to be written to, and for TLS its peer is authenticated. */
export type Connect = (dial: Dial, signal: AbortSignal) => Promise<Socket>;

/** Options of {@link dialer}. */
export interface DialerOptions {
  /** PEM certificates to trust instead of the well-known ones. */
  readonly ca?: readonly string[];
}

/** How the node connects: node's sockets, TLS 1.2 or newer. */
export function dialer(options: DialerOptions = {}): Connect {
  return (dial, signal) => {
    const { raw, secure } = dial;
    const to = { host: dial.address, port: dial.port, ...(raw ? { allowHalfOpen: true } : {}) };
    const socket: Socket = secure
      ? connectTls({
        ...to,
        ...tlsOptions(dial, options),
        ...(raw ? {} : { ALPNProtocols: ["http/1.1"] }),
      })
      : connectTcp(to);
    return opened(socket, { host: dial.host, event: secure ? "secureConnect" : "connect" }, signal);
  };
}

/** Makes an open connection a TLS one: its peer is authenticated when the promise resolves. */
export function upgrade(
  socket: Socket,
  to: Upgrade,
  { signal, ...options }: DialerOptions & { readonly signal: AbortSignal },
): Promise<Socket> {
  const secure = connectTls({
    socket,
    ...(to.hostIsAddress ? { host: to.host } : {}),
    ...tlsOptions(to, options),
  });
  return opened(secure, { host: to.host, event: "secureConnect" }, signal);
}

function tlsOptions({ host, hostIsAddress, ca }: Upgrade, options: DialerOptions) {
  const trusted = ca ?? options.ca;
  return {
    ...(hostIsAddress ? {} : { servername: host }),
    ...(trusted ? { ca: [...trusted] } : {}),
    minVersion: "TLSv1.2",
  } as const;
}

/** The socket, once it can be written to. */
function opened(
  socket: Socket,
  { host, event }: { readonly host: string; readonly event: "connect" | "secureConnect" },
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const abort = () => {
    socket.destroy();
    reject(signal.reason);
  };
  socket.once(event, () => resolve(socket));
  socket.once("error", (error: NodeJS.ErrnoException) => reject(connectError(host, error)));
  socket.once("close", () => reject(connectError(host, {})));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

/** Addresses of one host that are tried at most. */
const MAX_TRIES = 4;
/** How long one address may take when there are others, ms. */
const TRY_MS = 5000;

/** Connects to the first of a host's judged addresses that answers, IPv4 before IPv6. */
export async function connectAny(
  connect: Connect,
  dial: Omit<Dial, "address"> & { readonly addresses: readonly string[] },
  signal: AbortSignal,
): Promise<Socket> {
  const six = (address: string) => Number(address.includes(":"));
  const tries = [...dial.addresses].sort((a, b) => six(a) - six(b)).slice(0, MAX_TRIES);
  const last = tries.pop()!;
  for (const address of tries) {
    const patience = new Deadline(TRY_MS, [signal]);
    try {
      return await connect({ ...dial, address }, patience.signal);
    } catch {
      signal.throwIfAborted();
    } finally {
      patience.done();
    }
  }
  return await connect({ ...dial, address: last }, signal);
}

function connectError(host: string, error: { readonly code?: string | undefined }) {
  const code = error.code ?? "";
  if (/CERT|TLS|SSL|SIGNATURE|SELF_SIGNED|ISSUER/.test(code)) {
    return netError("NET_ERROR", "its certificate cannot be trusted", {
      host,
      details: { reason: "tls" },
    });
  }
  return netError("NET_ERROR", "it does not accept a connection", {
    host,
    details: { reason: "connect" },
  });
}
