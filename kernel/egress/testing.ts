import { Settings } from "../config/mod.ts";
import { Database } from "../db/mod.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { Secrets } from "../secrets/mod.ts";
import type { Caller } from "../syscall/mod.ts";
import { judgeAddress } from "./addresses.ts";
import { type Connect, dialer } from "./connect.ts";
import { Egress } from "./egress.ts";
import type { EgressResponse } from "./response.ts";

/** A database of its own with its settings and a clock that a test turns. Tests only. */
export class StoreFixture implements AsyncDisposable {
  /** What the clock shows, Unix ms. */
  now = 1_800_000_000_000;
  readonly clock = () => this.now;

  private constructor(
    private readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
  ) {}

  static async open(): Promise<StoreFixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-egress-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    return new StoreFixture(dir, db, Settings.load(db));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Somebody who makes a syscall; `net:fetch` unless told otherwise. */
export function callerOf(name: string, grants: readonly string[] = ["net:fetch"]): Caller {
  return {
    appId: `app_${name}`,
    appName: name,
    grants: new Set(grants),
    requestId: undefined,
    userId: undefined,
  };
}

type Answers = readonly string[];

/** An egress whose names lead to servers of the test, at addresses only the test calls public. */
export class EgressFixture implements AsyncDisposable {
  /** What the resolver answers; a function answers anew each time. */
  readonly names = new Map<string, Answers | (() => Answers | Promise<Answers>)>();
  /** Loopback addresses that pass as public. */
  readonly open = new Set(["127.0.0.1"]);
  /** Names the resolver was asked for, in order. */
  readonly asked: string[] = [];
  /** Addresses that were connected to, in order. */
  readonly dialed: string[] = [];
  readonly #servers: Deno.HttpServer[] = [];
  readonly #listeners: Deno.Listener[] = [];
  readonly #conns = new Set<Deno.Conn>();

  readonly egress: Egress;

  private constructor(
    readonly store: StoreFixture,
    readonly secrets: Secrets,
    connect: Connect,
  ) {
    const { db, settings, clock } = store;
    this.egress = new Egress({
      ...{ db, settings, clock, secrets },
      resolve: (host) => this.#resolve(host),
      judge: (text) => this.open.has(text) ? { address: text } : judgeAddress(text),
      connect: (dial, signal) => {
        this.dialed.push(dial.address);
        return connect(dial, signal);
      },
    });
  }

  static async open(options: { readonly connect?: Connect } = {}): Promise<EgressFixture> {
    const store = await StoreFixture.open();
    const secrets = await Secrets.open({ db: store.db, clock: store.clock });
    return new EgressFixture(store, secrets, options.connect ?? dialer());
  }

  /** Starts a server at `name`, a public one by default; returns its origin. */
  serve(name: string, handler: Deno.ServeHandler, at = "127.0.0.1", port = 0): string {
    const server = Deno.serve({
      ...{ hostname: at, port, onListen: () => {} },
      // Clients that break off are what some tests are about.
      onError: () => new Response(null, { status: 500 }),
    }, handler);
    this.#servers.push(server);
    this.open.add(at);
    this.names.set(name, [at]);
    return `http://${name}:${server.addr.port}`;
  }

  /** Takes connections at `name`, a public one by default; returns the port. */
  listen(
    name: string,
    handler: (conn: Deno.Conn) => Promise<void>,
    { at = "127.0.0.1", tls }: { readonly at?: string; readonly tls?: Deno.TlsCertifiedKeyPem } =
      {},
  ): number {
    const listener = tls === undefined
      ? Deno.listen({ hostname: at, port: 0 })
      : Deno.listenTls({ hostname: at, port: 0, ...tls });
    this.#listeners.push(listener);
    this.names.set(name, [at]);
    const accept = async () => {
      for await (const conn of listener) {
        this.#conns.add(conn);
        // Connections that break are what some tests are about.
        handler(conn).catch(() => {});
      }
    };
    accept().catch(() => {});
    return (listener.addr as Deno.NetAddr).port;
  }

  /** Lines of the log, oldest first, with what waited. */
  async lines() {
    await this.egress.flush();
    return this.egress.logs().reverse();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.egress.close();
    await Promise.all(this.#servers.map((server) => server.shutdown()));
    for (const listener of this.#listeners) listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch {
        // The test closed it.
      }
    }
    await this.store[Symbol.asyncDispose]();
  }

  async #resolve(host: string): Promise<Answers> {
    this.asked.push(host);
    const answer = this.names.get(host);
    if (answer === undefined) throw new Error("ENOTFOUND");
    return await (typeof answer === "function" ? answer() : answer);
  }
}

/** The whole body as text. Tests only. */
export async function textOf(response: EgressResponse): Promise<string> {
  return await new Response(response.body).text();
}
