import type { Settings } from "./config/mod.ts";
import { countedBy } from "./http/client_address.ts";
import { type Listener, type ListenerOptions, openListener } from "./http/listener/mod.ts";
import { FaztError } from "./lib/fazt_error.ts";
import type { CertificateSource } from "./net/mod.ts";

/** Memory of a quiet connection (koder/decisions/058), and the part of the node's that all may have. */
const [QUIET_KB, PART] = [30, 0.3];

/** Connections there may be at once: as many as the owner says, as far as there is memory for them. */
export function mostConnections(
  { sockets, memoryMb }: { readonly sockets: number; readonly memoryMb: number },
): number {
  return Math.min(sockets, Math.floor(memoryMb * 1024 * PART / QUIET_KB));
}

/**
 * Binds the ports that the settings name.
 * @throws {FaztError} `PORT` saying why one cannot be had.
 */
export async function listen(
  settings: Settings,
  { certificates, trusts, ...options }: Pick<ListenerOptions, "handler" | "onError"> & {
    /** Where certificates are from; without there is no HTTPS. */
    readonly certificates: CertificateSource | undefined;
    readonly trusts: (address: string) => boolean;
  },
): Promise<Listener> {
  const port = settings.get("server.port");
  const httpsPort = settings.get("server.https") ? settings.get("server.httpsPort") : undefined;
  if (httpsPort !== undefined && certificates === undefined) {
    throw new FaztError(
      "NO_CERTIFICATES",
      "Cannot answer HTTPS: there is nobody to get certificates from",
      {
        hint: "start it without HTTPS: fazt config set server.https false",
        status: 409,
      },
    );
  }
  const seconds = (key: "header" | "handshake" | "idle") => () =>
    settings.get(`limits.request.${key}Seconds`) * 1000;
  try {
    return await openListener({
      port,
      hostnames: bindAddresses(settings),
      ...httpsPort === undefined || certificates === undefined
        ? {}
        : { https: { port: httpsPort, certificates } },
      proxyProtocol: settings.get("server.proxyProtocol"),
      engine: settings.get("server.listener"),
      peers: { trusts, counted: countedBy },
      limits: {
        total: () =>
          mostConnections({
            sockets: settings.get("limits.global.sockets"),
            memoryMb: settings.get("limits.global.memoryMb"),
          }),
        perAddress: () => settings.get("limits.global.socketsPerAddress"),
        headerMs: seconds("header"),
        handshakeMs: seconds("handshake"),
        idleMs: seconds("idle"),
      },
      ...options,
    });
  } catch (cause) {
    throw portError(httpsPort === undefined ? `${port}` : `${port} and ${httpsPort}`, cause);
  }
}

/**
 * A development node is nobody else's business; a node with a domain is there for everybody. Each
 * over IPv6 and IPv4: a socket of `::` takes both, where the machine has IPv6 at all.
 */
function bindAddresses(settings: Settings): string[] {
  const set = settings.get("server.host");
  if (set !== "") return [set];
  if (settings.get("server.domain") === "localhost") return ["127.0.0.1", "::1"];
  return hasIpv6() ? ["::"] : ["0.0.0.0"];
}

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

function portError(ports: string, cause: unknown): FaztError {
  const reason = cause instanceof Deno.errors.AddrInUse
    ? "another program uses it"
    : cause instanceof Deno.errors.PermissionDenied
    ? "this user may not use low ports"
    : String((cause as Error)?.message ?? cause);
  return new FaztError("PORT", `Cannot listen on port ${ports}: ${reason}`, {
    hint: "choose another one: --port 8081, --https-port 8443",
    status: 409,
    cause,
  });
}
