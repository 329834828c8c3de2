/**
 * `node:tls`: clients over `fazt.net.connect`. The other side is always verified, and there are no
 * client certificates.
 */
import { type ConnectArgs, connectArgs, createServer, Socket } from "./net.ts";
import type { Connect } from "../../guest/mod.ts";

/** What of Node's options has a meaning here. */
interface TlsArgs extends ConnectArgs {
  readonly socket?: Socket;
  readonly servername?: string;
  readonly ca?: unknown;
  readonly cert?: unknown;
  readonly key?: unknown;
  readonly pfx?: unknown;
  readonly rejectUnauthorized?: boolean;
  readonly secureContext?: { readonly context: TlsArgs };
}

/** A TLS connection as a stream of Node. */
class TLSSocket extends Socket {
  readonly encrypted = true;
  readonly alpnProtocol = false;
  readonly authorizationError = null;
  authorized = false;

  constructor(given: TlsArgs, callback?: () => void) {
    super(given as object);
    this.once("secureConnect", () => this.authorized = true);
    if (callback !== undefined) this.once("secureConnect", callback);
    const options = { ...given.secureContext?.context, ...given };
    this.#start(options).catch((error) => this.destroy(error));
  }

  async #start(options: TlsArgs): Promise<void> {
    refuseUnlessVerified(options);
    const { servername, socket: plain } = options;
    const ca = texts(options.ca);
    const tls = {
      ...(servername ? { serverName: servername } : {}),
      ...(ca.length > 0 ? { ca } : {}),
    };
    if (plain === undefined) {
      const [host, port] = [options.host ?? "localhost", Number(options.port)];
      const open = (globalThis as unknown as Record<symbol, Connect>)[Symbol.for("fazt.connect")]!;
      const socket = open(host, port, { ...tls, tls: true, allowHalfOpen: true });
      this.adopt(socket, { host, port, event: "secureConnect" });
      if (options.timeout) this.setTimeout(options.timeout);
      return;
    }
    plain.once("error", (error: Error) => this.destroy(error));
    this.once("close", () => plain.destroy());
    const { socket, host, port } = await plain.release();
    if (this.destroyed) return void socket.close();
    this.adopt(socket.startTls(tls), { host, port, event: "secureConnect" });
  }

  /** Nothing of the certificate is known here but that it was verified. */
  getPeerCertificate(): object {
    return {};
  }

  getProtocol(): string | null {
    return this.authorized ? "TLSv1.3" : null;
  }

  getCipher(): object {
    return {};
  }

  isSessionReused(): boolean {
    return false;
  }
}

function refuseUnlessVerified({ rejectUnauthorized, cert, key, pfx }: TlsArgs): void {
  if (rejectUnauthorized === false) {
    throw new Error(
      "Cannot connect: rejectUnauthorized: false is not available to apps; " +
        "give the server's authority as ca, and its name as servername",
    );
  }
  if (cert !== undefined || key !== undefined || pfx !== undefined) {
    throw new Error("Cannot connect: client certificates are not available to apps");
  }
}

function texts(ca: unknown): string[] {
  if (ca === undefined || ca === null) return [];
  return (Array.isArray(ca) ? ca : [ca]).map((one) =>
    one instanceof Uint8Array ? new TextDecoder().decode(one) : String(one)
  );
}

function connect(...args: unknown[]): TLSSocket {
  const { options, callback } = connectArgs(args);
  // connect(port, host?, options?, callback?)
  const more = args.slice(1).find((arg) => typeof arg === "object" && arg !== null);
  return new TLSSocket({ ...more, ...options }, callback);
}

const createSecureContext = (options: TlsArgs = {}) => ({ context: options });
const checkServerIdentity = (): undefined => undefined;
const rootCertificates: readonly string[] = [];

export { checkServerIdentity, connect, createSecureContext, createServer, rootCertificates };
export { TLSSocket };
export default {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  rootCertificates,
  TLSSocket,
};
