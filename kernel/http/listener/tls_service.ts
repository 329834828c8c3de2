import { moduleUrl } from "../../lib/module_url.ts";
import type { CertificateSource } from "../../net/mod.ts";
import { acceptLoop } from "./accept_loop.ts";
import type { HeldConnection } from "./connections.ts";
import { tlsFailure } from "./edge_counts.ts";
import { Pace } from "./pace.ts";
import type { DoorDeps } from "./plain_door.ts";
import { readExactly } from "./read_exactly.ts";
import { letGo } from "./relay.ts";
import { serveConnection } from "./serve_connection.ts";
import { certificateFor } from "./tls_contexts.ts";
import {
  type FromTlsThread,
  PREFACE_BYTES,
  readPreface,
  type ToTlsThread,
} from "./tls_messages.ts";

/** What {@link TlsService} works with besides what every door does. */
export interface TlsServiceDeps extends DoorDeps {
  readonly certificates: CertificateSource;
}

/** Whose connection it is. */
export interface Arrival {
  readonly held: HeldConnection;
  readonly remoteAddr: Deno.NetAddr;
}

/** Who a connection from a peer belongs to; undefined, and it is closed, where it gets no place. */
export type Arrive = (peer: Deno.NetAddr) => Promise<Arrival | undefined> | Arrival | undefined;

/** A port that answers HTTPS. */
export interface TlsDoor {
  readonly port: number;
  /** Takes no further connection. */
  close(): void;
}

interface OpenDoor {
  readonly at: { readonly hostname: string; port: number };
  readonly arrive: Arrive;
  readonly bound: PromiseWithResolvers<number>;
}

/** An arrival, with what became of it. */
interface Waiting extends Arrival {
  isLate: boolean;
}

/** Wait before a thread that died is replaced, ms. */
const AGAIN_MS = 250;
/** Time a thread may take to show what it can, ms. */
const START_MS = 15_000;

/**
 * HTTPS: a thread of its own speaks TLS, and asks for the certificate at every handshake. What it
 * decrypts comes through a socket in a folder that only the node's user may enter, for Deno's HTTP
 * engine reads from sockets alone.
 */
export class TlsService {
  readonly #folder = Deno.makeTempDirSync({ prefix: "fazt-edge-" });
  readonly #path = `${this.#folder}/decrypted`;
  readonly #listener = Deno.listen({ transport: "unix", path: this.#path });
  readonly #doors = new Map<number, OpenDoor>();
  readonly #pace = new Pace();
  #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  readonly #started = Promise.withResolvers<boolean>();
  #lastDoor = 0;
  #hasEnded = false;

  constructor(private readonly deps: TlsServiceDeps) {
    this.#start();
    Deno.unrefTimer(setTimeout(() => this.#started.resolve(false), START_MS));
    void acceptLoop(this.#listener, {
      onConnection: (connection) => void this.#serve(connection),
      onError: (error) => {
        deps.connections.evict();
        deps.onError(error);
      },
    });
  }

  /** Whether the thread runs and does what it must on this Deno. */
  get works(): Promise<boolean> {
    return this.#started.promise;
  }

  /** Binds a port; rejects with what the machine says when it cannot. */
  async listen(
    at: { readonly hostname: string; readonly port: number },
    arrive: Arrive,
  ): Promise<TlsDoor> {
    const id = ++this.#lastDoor;
    const door: OpenDoor = { at: { ...at }, arrive, bound: Promise.withResolvers() };
    this.#doors.set(id, door);
    this.#post({ kind: "listen", door: id, ...at });
    const port = await door.bound.promise;
    return {
      port,
      close: () => {
        if (this.#doors.delete(id)) this.#post({ kind: "leave", door: id });
      },
    };
  }

  /** Ends everything. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#started.resolve(false);
    this.#worker?.terminate();
    letGo(this.#listener);
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #start(): void {
    const worker = this.#worker = new Worker(moduleUrl("kernel/http/listener/tls_thread.ts"), {
      type: "module",
      deno: {
        permissions: { net: true, read: [this.#folder], write: [this.#folder] },
      },
    });
    worker.onmessage = ({ data }: { readonly data: FromTlsThread }) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lost(new Error(`the thread of TLS ended: ${event.message}`));
    };
    this.#post({ kind: "start", path: this.#path });
  }

  /** What was open of a thread that is gone is gone with it; another takes its place. */
  #lost(error: Error): void {
    if (this.#hasEnded) return;
    this.deps.onError(error);
    this.#worker?.terminate();
    this.#started.resolve(false);
    for (const { held } of this.#waiting.values()) held.leave();
    this.#waiting = new Map();
    setTimeout(() => {
      if (this.#hasEnded) return;
      this.#start();
      for (const [door, { at }] of this.#doors) this.#post({ kind: "listen", door, ...at });
    }, AGAIN_MS);
  }

  #post(message: ToTlsThread): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: FromTlsThread): void {
    switch (message.kind) {
      case "started":
        return this.#started.resolve(message.works);
      case "listening": {
        const door = this.#doors.get(message.door);
        if (door === undefined) return;
        door.at.port = message.port;
        return door.bound.resolve(message.port);
      }
      case "lost":
        return this.#lostDoor(message);
      case "arrived":
        return void this.#arrived(message);
      case "hello":
        return void this.#hello(message);
      case "fault":
        return this.deps.onError(new Error(`in the thread of TLS: ${message.message}`));
      case "ended": {
        const arrival = this.#take(message.id);
        if (arrival === undefined) return;
        this.deps.counts.tls.failed[arrival.isLate ? "timeout" : tlsFailure(message.why)]++;
        return arrival.held.leave();
      }
    }
  }

  #lostDoor({ door: id, code, message }: FromTlsThread & { readonly kind: "lost" }): void {
    const error = machineError(message, code);
    const door = this.#doors.get(id);
    door?.bound.reject(error);
    this.deps.counts.acceptErrors++;
    this.deps.connections.evict();
    this.deps.onError(error);
  }

  async #arrived(
    { door, id, hostname, port }: FromTlsThread & { readonly kind: "arrived" },
  ): Promise<void> {
    const peer = this.deps.peers.named({ transport: "tcp", hostname, port });
    const given = this.#doors.get(door)?.arrive(peer);
    const arrival = given instanceof Promise ? await given : given;
    if (arrival === undefined) return this.#post({ kind: "close", id });
    const waiting: Waiting = { ...arrival, isLate: false };
    this.#waiting.set(id, waiting);
    arrival.held.endsBy({
      abort: () => {
        waiting.isLate = true;
        this.#post({ kind: "close", id });
      },
    });
    this.#pace.run(() => {
      // It is gone, or its thread is: then the id is another's.
      if (this.#waiting.get(id) !== waiting) return;
      this.#post({ kind: "admit", id, peek: this.deps.certificates.expectsCheck });
    });
  }

  async #hello(
    { id, name, alpn }: FromTlsThread & { readonly kind: "hello" },
  ): Promise<void> {
    const waiting = this.#waiting.get(id);
    const found = await certificateFor(this.deps.certificates, name, alpn).catch((error) =>
      void this.deps.onError(error)
    );
    // An order takes its time: meanwhile the id may have become another's.
    if (waiting === undefined || this.#waiting.get(id) !== waiting) return;
    const given = found && { cert: found.cert, key: found.key };
    this.#post({ kind: "certificate", id, found: given });
  }

  /** Serves what the thread decrypts. */
  async #serve(connection: Deno.Conn): Promise<void> {
    let arrival: Waiting | undefined;
    try {
      const { id, http2 } = readPreface(await readExactly(connection, PREFACE_BYTES));
      if (id === 0) return await echo(connection);
      arrival = this.#take(id);
      // Nobody's, or its time was over before it was passed on.
      if (arrival === undefined || arrival.isLate) return letGo(connection);
      this.deps.counts.tls.handshakes++;
      await serveConnection(this.deps, connection, { ...arrival, secure: true, http2 });
    } catch {
      // It ended between being decrypted and being served.
      letGo(connection);
      arrival?.held.leave();
    }
  }

  #take(id: number): Waiting | undefined {
    const arrival = this.#waiting.get(id);
    this.#waiting.delete(id);
    return arrival;
  }
}

/** The answer to the thread's self-test. */
async function echo(connection: Deno.Conn): Promise<void> {
  await connection.write(new Uint8Array(PREFACE_BYTES));
  letGo(connection);
}

/** Node's errors of binding as the rest of the node knows them. */
function machineError(message: string, code: string | undefined): Error {
  if (code === "EADDRINUSE") return new Deno.errors.AddrInUse(message);
  if (code === "EACCES") return new Deno.errors.PermissionDenied(message);
  return new Error(message);
}
