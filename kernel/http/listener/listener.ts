import type { CertificateSource } from "../../net/mod.ts";
import type { RequestHandler } from "./connection_info.ts";
import { type ConnectionLimits, Connections } from "./connections.ts";
import { DocumentedPlainDoor } from "./documented_plain_door.ts";
import { DocumentedTlsDoor } from "./documented_tls_door.ts";
import { type EdgeCounts, newEdgeCounts } from "./edge_counts.ts";
import type { HttpEngine } from "./http_engine.ts";
import { internalEngine } from "./internal_engine.ts";
import { type PeerRules, Peers } from "./peers.ts";
import { PlainDoor } from "./plain_door.ts";
import { passesSelfTest } from "./prove_engine.ts";
import { TlsFront } from "./tls_front.ts";
import { TlsService, type TlsServiceDeps } from "./tls_service.ts";

/** What a listener is opened with. */
export interface ListenerOptions {
  /** Addresses to bind; those after the first are done without where the machine has none such. */
  readonly hostnames: readonly string[];
  /** 0 picks a free one. */
  readonly port: number;
  /** HTTPS besides, and where its certificates are from. */
  readonly https?: { readonly port: number; readonly certificates: CertificateSource };
  /** Whether each connection begins with a PROXY header of a trusted proxy. */
  readonly proxyProtocol?: boolean;
  readonly peers: PeerRules;
  readonly limits: ConnectionLimits;
  readonly handler: RequestHandler;
  readonly onError: (error: unknown) => void;
  /** `documented` does without what is inside Deno; `auto` where the self-test fails. */
  readonly engine?: "auto" | "documented";
}

/** The node's ports. */
export interface Listener {
  /** The port of plain HTTP. */
  readonly port: number;
  /** The port of HTTPS, where there is any. */
  readonly httpsPort: number | undefined;
  /** A port of plain HTTP that programs of this machine can speak to directly. */
  readonly localPort: number;
  readonly counts: EdgeCounts;
  /** Which way connections are served: by the engine inside Deno, or as its manual says. */
  readonly engine: "internal" | "documented";
  /** Takes no new connection; resolves when the open requests are answered. */
  drain(): Promise<void>;
  /** Ends what is left. */
  close(): void;
}

interface Door {
  readonly port: number | Promise<number>;
  close(): void | Promise<void>;
}

interface Address {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Binds the ports.
 * @throws what the machine says when it cannot
 */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const counts = newEdgeCounts();
  const connections = new Connections(options.limits, counts);
  const { handler, onError } = options;
  const shared = { connections, counts, handler, onError, peers: new Peers(options.peers) };
  const engine = options.engine === "documented" ? undefined : await provenEngine(onError);
  const doors: Door[] = [];
  let service: TlsService | undefined;
  const close = () => {
    for (const door of doors) void door.close();
    connections.close();
    service?.end();
  };
  try {
    if (options.proxyProtocol && engine === undefined) {
      throw new Error(
        "the PROXY protocol needs the engine inside Deno, which failed its self-test",
      );
    }
    const proxied = options.proxyProtocol ?? false;
    const plain = (at: Address): Door =>
      engine === undefined
        ? new DocumentedPlainDoor(shared, at)
        : new PlainDoor({ ...shared, engine }, { ...at, proxied });
    const port = await bindAll(doors, options.hostnames, options.port, plain);
    let httpsPort: number | undefined;
    if (options.https !== undefined) {
      const { certificates } = options.https;
      const deps = engine && { ...shared, engine, certificates };
      service = deps && await provenService(deps);
      if (proxied && service === undefined) {
        throw new Error("the PROXY protocol over TLS needs the relay, which failed its self-test");
      }
      httpsPort = await bindAll(
        doors,
        options.hostnames,
        options.https.port,
        (at) =>
          deps === undefined || service === undefined
            ? new DocumentedTlsDoor({ ...shared, certificates }, at)
            : tlsDoor(deps, { ...at, service, proxied }),
      );
    }
    // What runs on this machine has no proxy before it.
    let localPort = port;
    if (proxied) {
      const local = new PlainDoor({ ...shared, engine: engine! }, {
        hostname: "127.0.0.1",
        port: 0,
        proxied: false,
      });
      doors.push(local);
      localPort = local.port;
    }
    return {
      port,
      httpsPort,
      localPort,
      counts,
      engine: engine === undefined ? "documented" : "internal",
      close,
      async drain() {
        const closing = doors.map((door) => door.close());
        await connections.drain();
        await Promise.all(closing);
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

function tlsDoor(
  deps: TlsServiceDeps,
  { service, proxied, ...at }: Address & {
    readonly service: TlsService;
    readonly proxied: boolean;
  },
): Promise<Door> {
  if (proxied) return TlsFront.open(deps, { service, ...at });
  return service.listen(at, (remoteAddr) => {
    const held = deps.connections.enter(deps.peers.countedBy(remoteAddr));
    return held && { held, remoteAddr };
  });
}

async function provenService(deps: TlsServiceDeps): Promise<TlsService | undefined> {
  const service = new TlsService(deps);
  if (await service.works) return service;
  service.end();
  deps.onError(new Error("the relay of TLS failed its self-test: the documented one serves"));
  return undefined;
}

async function provenEngine(onError: (error: unknown) => void): Promise<HttpEngine | undefined> {
  const engine = internalEngine();
  if (engine !== undefined && await passesSelfTest(engine)) return engine;
  onError(new Error("the HTTP engine inside Deno failed its self-test: the documented one serves"));
  return undefined;
}

/** Binds one port at every address; the first one must be had. */
async function bindAll(
  doors: Door[],
  hostnames: readonly string[],
  wanted: number,
  open: (at: Address) => Door | Promise<Door>,
): Promise<number> {
  let port = wanted;
  for (const [n, hostname] of hostnames.entries()) {
    try {
      const door = await open({ hostname, port });
      const bound = await door.port;
      doors.push(door);
      port = bound;
    } catch (error) {
      if (n === 0) throw error;
    }
  }
  return port;
}
