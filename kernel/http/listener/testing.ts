// What both suites of the listener ask with. Tests only.
import { createHash } from "node:crypto";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { TEST_CERT, TEST_KEY } from "../../egress/testing_tls.ts";
import type { CertificateSource, ServedCertificate } from "../../net/mod.ts";
import type { ListenerOptions } from "./listener.ts";
import { type ConnectionInfo, type Listener, openListener } from "./mod.ts";

/** Of {@link NAME}. */
export const TEST: ServedCertificate = { cert: TEST_CERT, key: TEST_KEY };
/** The name the tests' certificate is for. */
export const NAME = "good.test";

/** Certificates that a test gives and takes. */
export class Certificates implements CertificateSource {
  readonly asked: string[] = [];
  expectsCheck = false;
  readonly found = new Map<string, ServedCertificate>([[NAME, TEST], ["", TEST]]);

  certificateFor(name: string | undefined, alpn: readonly string[]) {
    this.asked.push(`${name ?? ""}${alpn.length > 0 ? ` ${alpn}` : ""}`);
    return Promise.resolve(this.found.get(name ?? ""));
  }
}

interface Open extends AsyncDisposable {
  readonly listener: Listener;
  readonly certificates: Certificates;
  readonly errors: unknown[];
}

/** Opens a listener with HTTPS on free ports. */
export async function open(
  options: Omit<Partial<ListenerOptions>, "limits"> & {
    readonly limits?: Partial<ListenerOptions["limits"]>;
  } = {},
): Promise<Open> {
  const certificates = new Certificates();
  const errors: unknown[] = [];
  const listener = await openListener({
    hostnames: ["127.0.0.1"],
    port: 0,
    https: { port: 0, certificates },
    peers: { trusts: (address) => address === "127.0.0.1", counted: (address) => address },
    handler: answer,
    onError: (error) => errors.push(error),
    ...options,
    limits: {
      total: () => 1000,
      perAddress: () => 1000,
      handshakeMs: () => 20_000,
      headerMs: () => 20_000,
      idleMs: () => 20_000,
      ...options.limits,
    },
  });
  return {
    listener,
    certificates,
    errors,
    [Symbol.asyncDispose]: async () => {
      await Promise.race([listener.drain(), new Promise((done) => setTimeout(done, 200))]);
      listener.close();
    },
  };
}

async function answer(request: Request, info: ConnectionInfo): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/big") return new Response(new Uint8Array(1_000_000).fill(97));
  if (pathname === "/stream") {
    return new Response(
      ReadableStream.from(["one ", "two ", "three"].map((text) => new TextEncoder().encode(text))),
    );
  }
  if (pathname === "/digest") return new Response(await digestOf(request.body!));
  if (pathname === "/endless") return new Response(ReadableStream.from(endless()));
  if (pathname === "/wait") await new Promise((resolve) => setTimeout(resolve, 300));
  const headers = new Headers();
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const { secure, http2, remoteAddr } = info;
  const body = {
    url: request.url,
    host: request.headers.get("host"),
    method: request.method,
    body: await request.text(),
    secure,
    http2,
    address: remoteAddr.hostname,
  };
  return Response.json(body, { headers });
}

/** What arrived, told without holding it: SHA-256 and length. */
export async function digestOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const part of body) {
    hash.update(part);
    length += part.length;
  }
  return `${hash.digest("hex")} ${length}`;
}

/** Parts of {@link endless} that were asked for. */
export const endlessParts = { taken: 0 };

async function* endless() {
  for (;;) {
    endlessParts.taken++;
    await Promise.resolve();
    yield new Uint8Array(64 * 1024);
  }
}

interface Got {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
}

/** One request over HTTP/1.1 and TLS. */
export function askHttps(port: number, path: string, body?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({
      host: "127.0.0.1",
      port,
      path,
      servername: NAME,
      method: body === undefined ? "GET" : "POST",
      headers: { host: NAME },
      rejectUnauthorized: false,
      agent: false,
    }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => text += part);
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          text,
          cookies: response.headers["set-cookie"] ?? [],
        }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Requests over one connection of HTTP/2. */
export function askHttp2(port: number, paths: readonly string[]): Promise<Got[]> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${NAME}:${port}`, {
      createConnection: () =>
        connectTls({
          host: "127.0.0.1",
          port,
          servername: NAME,
          ALPNProtocols: ["h2"],
          rejectUnauthorized: false,
        }),
    });
    session.on("error", reject);
    Promise.all(paths.map((path) =>
      new Promise<Got>((done) => {
        const stream = session.request({ ":path": path });
        let status = 0;
        let cookies: string[] = [];
        let text = "";
        stream.on("response", (headers) => {
          status = headers[":status"]!;
          cookies = headers["set-cookie"] ?? [];
        });
        stream.setEncoding("utf8").on("data", (part) => text += part);
        stream.on("end", () => done({ status, text, cookies }));
        stream.on("error", reject);
      })
    )).then((all) => {
      session.close();
      resolve(all);
    }, reject);
  });
}

/** A handshake, with what came of it. */
export function greet(
  port: number,
  { servername = NAME, ALPNProtocols = ["http/1.1"] }: {
    readonly servername?: string;
    readonly ALPNProtocols?: string[];
  } = {},
): Promise<{ readonly alpn: string | false | null; readonly socket: TLSSocket }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host: "127.0.0.1",
      port,
      servername,
      ALPNProtocols,
      rejectUnauthorized: false,
    }, () => resolve({ alpn: socket.alpnProtocol, socket }));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
  });
}

/** Resolves with what came until the other side closed. */
export async function untilClosed(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

/** Connects, and says something. */
export async function dial(port: number, text = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  if (text) await connection.write(new TextEncoder().encode(text));
  return connection;
}
