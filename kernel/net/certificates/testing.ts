// A real ACME server (Debian's pebble) with a DNS, and a node's certificates without a node.
import { StoreFixture } from "../../egress/testing.ts";
import { Secrets } from "../../secrets/mod.ts";
import { dnsResolver } from "../dns/mod.ts";
import type { Target } from "../hosts.ts";
import { makeCertificate, newKeyPair, SERVER_EXTENSIONS } from "../x509/mod.ts";
import { toPem } from "../../lib/pem.ts";
import { keyToPem } from "../x509/mod.ts";
import { Certificates } from "./certificates.ts";
import type { CertificateNote } from "./shapes.ts";

/** Whether Debian's pebble is here; without it tests are skipped. */
export const hasPebble = await Promise.all(
  ["pebble", "pebble-challtestsrv"].map((name) => isThere(name)),
).then((all) => all.every(Boolean));
if (!hasPebble) console.log("skipped where needed: apt-get install pebble");

async function isThere(name: string): Promise<boolean> {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  for (const folder of folders) {
    if (await Deno.stat(`${folder}/${name}`).then(() => true, () => false)) return true;
  }
  return false;
}

/** A port nobody listens on. */
export function freePort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Options of {@link Pebble.start}. */
export interface PebbleOptions {
  /** Its own switches, such as `PEBBLE_WFE_NONCEREJECT`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Accounts that may be bound: id and key, base64url. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
}

/** A certificate authority with a DNS in which every name is 127.0.0.1. */
export class Pebble implements AsyncDisposable {
  #children: Deno.ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    readonly ports: {
      readonly http: number;
      readonly tls: number;
      readonly dns: number;
      readonly dnsControl: number;
      readonly control: number;
    },
  ) {}

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const folder = await Deno.makeTempDir({ prefix: "fazt-pebble-" });
    const ports = {
      http: freePort(),
      tls: freePort(),
      dns: freePort(),
      dnsControl: freePort(),
      control: freePort(),
    };
    const { cert, key } = await selfSigned();
    await Deno.writeTextFile(`${folder}/cert.pem`, cert);
    await Deno.writeTextFile(`${folder}/key.pem`, key);
    const pebble = new Pebble(folder, freePort(), ports);
    await pebble.begin(options);
    return pebble;
  }

  /** Starts it, where it was before, knowing nothing of what was. */
  async begin(options: PebbleOptions = {}): Promise<void> {
    const { folder, ports } = this;
    const accounts = options.externalAccounts;
    await Deno.writeTextFile(
      `${folder}/config.json`,
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${this.port}`,
          managementListenAddress: `127.0.0.1:${ports.control}`,
          certificate: `${folder}/cert.pem`,
          privateKey: `${folder}/key.pem`,
          httpPort: ports.http,
          tlsPort: ports.tls,
          ocspResponderURL: "",
          externalAccountBindingRequired: accounts !== undefined,
          ...(accounts === undefined ? {} : { externalAccountMACKeys: accounts }),
        },
      }),
    );
    const run = (command: string, args: string[]) =>
      new Deno.Command(command, {
        args,
        env: {
          PEBBLE_VA_NOSLEEP: "1",
          PEBBLE_WFE_NONCEREJECT: "0",
          PEBBLE_AUTHZREUSE: "0",
          ...options.env,
        },
        stdout: "null",
        stderr: "null",
      }).spawn();
    this.#children = [
      run("pebble-challtestsrv", [
        ...["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""],
        ...["-dns01", `127.0.0.1:${ports.dns}`, "-management", `127.0.0.1:${ports.dnsControl}`],
        ...["-http01", "", "-https01", "", "-tlsalpn01", ""],
      ]),
      run("pebble", ["-config", `${folder}/config.json`, "-dnsserver", `127.0.0.1:${ports.dns}`]),
    ];
    for (const port of [this.port, ports.dnsControl, ports.control]) await listening(port);
  }

  /** Ends it without a word. */
  async end(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      try {
        child.kill("SIGKILL");
      } catch { /* it has ended */ }
      await child.status;
    }
  }

  get directory(): string {
    return `https://127.0.0.1:${this.port}/dir`;
  }

  /** PEM file of the certificate its own API answers with. */
  get caFile(): string {
    return `${this.folder}/cert.pem`;
  }

  /** The root that what it issues is to be believed by, PEM. */
  async root(): Promise<string> {
    return await this.#ask(`/roots/0`);
  }

  /** What it holds of a certificate. */
  async status(serial: string): Promise<string> {
    return JSON.parse(await this.#ask(`/cert-status-by-serial/${serial}`)).Status;
  }

  /** Changes the DNS: a path of pebble-challtestsrv and what is posted there. */
  async dns(path: string, body: unknown): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.ports.dnsControl}/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #ask(path: string): Promise<string> {
    const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(this.caFile)] });
    try {
      return await (await fetch(`https://127.0.0.1:${this.ports.control}${path}`, { client }))
        .text();
    } finally {
      client.close();
    }
  }
}

async function selfSigned() {
  const keys = await newKeyPair();
  const now = Date.now();
  const der = await makeCertificate({
    commonName: "pebble",
    names: ["localhost", "127.0.0.1"],
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    notBefore: now - 3_600_000,
    notAfter: now + 86_400_000,
    extensions: SERVER_EXTENSIONS.filter(({ extnID }) => extnID === "2.5.29.37"),
  });
  return { cert: toPem("CERTIFICATE", der), key: await keyToPem(keys.privateKey) };
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    try {
      (await Deno.connect({ port, hostname: "127.0.0.1" })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  throw new Error(`nobody listens on ${port}`);
}

/** Options of {@link CertificatesFixture.open}. */
export interface CertificatesFixtureOptions {
  readonly directory: string;
  readonly caFile?: string;
  /** Ports at which the authority looks for proofs. */
  readonly ports?: { readonly http: number; readonly tls: number; readonly dns?: number };
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Another node's database. */
  readonly store?: StoreFixture;
}

/** Certificates with doors of a node: plain HTTP and TLS for proofs. */
export class CertificatesFixture implements AsyncDisposable {
  readonly notes: CertificateNote[] = [];
  readonly errors: unknown[] = [];
  /** Hosts that answer, besides those of the domain `node.example`. */
  readonly hosts = new Map<string, Target>();
  /** By how much the node's clock is ahead, ms. */
  aheadMs = 0;
  #doors: (() => Promise<void> | void)[] = [];

  private constructor(
    readonly store: StoreFixture,
    readonly certificates: Certificates,
    private readonly own: boolean,
  ) {}

  static async open(options: CertificatesFixtureOptions): Promise<CertificatesFixture> {
    // The fixture is made after what tells it.
    const later: { fixture?: CertificatesFixture } = {};
    const store = options.store ?? await StoreFixture.open();
    if (options.store === undefined) store.now = Date.now();
    const set = (key: string, value: unknown) => store.settings.set(key, value, store.now);
    await set("server.domain", "node.example");
    await set("acme.directory", options.directory);
    await set("acme.waitSeconds", 30);
    await set("acme.dnsWaitSeconds", 5);
    if (options.caFile !== undefined) await set("acme.caFile", options.caFile);
    const dns = options.ports?.dns;
    if (dns !== undefined) await set("dns.servers", `127.0.0.1:${dns}`);
    for (const [key, value] of Object.entries(options.settings ?? {})) await set(key, value);
    const { db, settings } = store;
    const clock = () => Date.now() + (later.fixture?.aheadMs ?? 0);
    const secrets = await Secrets.open({ db, clock });
    const certificates = new Certificates({
      db,
      settings,
      clock,
      secrets,
      hosts: { resolve: (host) => later.fixture!.hosts.get(host) ?? { kind: "unknown" } },
      resolver: dnsResolver({
        servers: () => settings.get("dns.servers").split(" ").filter(Boolean),
      }),
      enabled: () => true,
      tell: (note) => later.fixture!.notes.push(note),
      onError: (error) => later.fixture!.errors.push(error),
    });
    const fixture = new CertificatesFixture(store, certificates, options.store === undefined);
    later.fixture = fixture;
    for (const host of ["blog", "shop", "news"]) {
      fixture.hosts.set(`${host}.node.example`, { kind: "app", appId: `app_${host}` });
    }
    if (options.ports !== undefined) fixture.#openDoors(options.ports);
    return fixture;
  }

  /** Closes the doors proofs are looked for at. */
  async closeDoors(): Promise<void> {
    for (const close of this.#doors.splice(0)) await close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.certificates.stop();
    await this.closeDoors();
    if (this.own) await this.store[Symbol.asyncDispose]();
  }

  #openDoors(ports: { readonly http: number; readonly tls: number }): void {
    const server = Deno.serve({
      port: ports.http,
      hostname: "127.0.0.1",
      onListen: () => {},
    }, (request) => {
      const { host, pathname } = new URL(request.url);
      const token = /^\/\.well-known\/acme-challenge\/([^/]+)$/.exec(pathname)?.[1];
      const body = token && this.certificates.acmeAnswer(host, token);
      return new Response(body ?? "", {
        status: body ? 200 : 404,
        headers: { connection: "close" },
      });
    });
    this.#doors.push(() => server.shutdown());
  }
}
