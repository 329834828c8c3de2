import { connect as connectHttp2 } from "node:http2";
import { connect as connectTls } from "node:tls";

/** Whom, and how. */
export interface Attack {
  readonly way: keyof typeof WAYS;
  readonly port: number;
  readonly httpsPort: number;
  /** A host of the node, without the port. */
  readonly host: string;
}

/** Time between two connections that are opened to be held, ms. */
const OPEN_MS = 4;

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function dial(port: number): Promise<Deno.TcpConn | undefined> {
  return await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
}

/** Keeps so many connections open, each fed so often until it is closed; then another takes its place. */
function hold(
  count: number,
  { port, first, more, everyMs }: {
    readonly port: number;
    readonly first: string;
    readonly more: string;
    readonly everyMs: number;
  },
): void {
  const one = async () => {
    for (;;) {
      const connection = await dial(port);
      try {
        await connection?.write(bytes(first));
        for (;;) {
          await pause(everyMs);
          await connection?.write(bytes(more));
          if (connection === undefined) break;
        }
      } catch { /* it was closed */ }
      try {
        connection?.close();
      } catch { /* it is */ }
      await pause(20);
    }
  };
  for (let n = 0; n < count; n++) setTimeout(one, n * OPEN_MS);
}

/** Sends texts on new connections, so many a second at most, and hears the answers out. */
async function shoot(port: number, texts: readonly string[], perSecond: number): Promise<void> {
  for (let n = 0;; n++) {
    void send(port, texts[n % texts.length]!);
    await pause(1000 / perSecond);
  }
}

async function send(port: number, text: string): Promise<void> {
  const connection = await dial(port);
  if (connection === undefined) return;
  const late = setTimeout(() => connection.close(), 1000);
  try {
    await connection.write(bytes(text));
    const buffer = new Uint8Array(65_536);
    while (await connection.read(buffer) !== null);
    connection.close();
  } catch { /* it was closed */ }
  clearTimeout(late);
}

async function session({ host, httpsPort }: Attack) {
  const open = connectHttp2(`https://${host}:${httpsPort}`, {
    createConnection: () =>
      connectTls({
        ...{ host: "127.0.0.1", port: httpsPort, servername: host },
        ...{ ALPNProtocols: ["h2"], rejectUnauthorized: false },
      }),
  }).on("error", () => {});
  await new Promise((resolve) => open.once("connect", resolve).once("close", resolve));
  return open;
}

/** Every way, each bounded: what is measured is the node, not how much this thread can take of a core. */
const WAYS = {
  "headers that trickle, 500 connections": ({ port, host }: Attack) =>
    hold(500, {
      port,
      first: `GET / HTTP/1.1\r\nHost: ${host}\r\n`,
      more: "x: y\r\n",
      everyMs: 900,
    }),
  "bodies that trickle, 200 connections": ({ port, host }: Attack) =>
    hold(200, {
      port,
      first: `POST /api/x HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Length: 9000\r\n\r\n`,
      more: "a",
      everyMs: 900,
    }),
  "hellos that trickle, 500 connections": ({ httpsPort }: Attack) =>
    hold(500, { port: httpsPort, first: "\x16\x03\x01\x02\x00\x01", more: "\x00", everyMs: 900 }),
  "1,000 idle connections": ({ port, host }: Attack) =>
    hold(1000, {
      port,
      first: `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      more: "",
      everyMs: 1e6,
    }),
  "smuggling shapes, 200/s": ({ port, host }: Attack) => {
    const head = (fields: string) => `POST / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n\r\n`;
    return shoot(port, [
      head("Content-Length: 4\r\nTransfer-Encoding: chunked") + "0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
      head("Content-Length: 0\r\nContent-Length: 5") + "hello",
      head("Transfer-Encoding: chunked") + "zz\r\n",
      head("Transfer-Encoding : chunked") + "0\r\n\r\n",
      `GET / HTTP/1.1\nHost: ${host}\nX: bare\n\n`,
    ], 200);
  },
  "64 KB of headers, 100/s": ({ port, host }: Attack) =>
    shoot(port, [`GET / HTTP/1.1\r\nHost: ${host}\r\nx: ${"y".repeat(65_536)}\r\n\r\n`], 100),
  "hosts, targets and methods that are none, 200/s": ({ port, host }: Attack) =>
    shoot(
      port,
      [
        ["GET http://other.example/", host],
        ["GET /", "a@b"],
        ["GET /", "stranger.example"],
        ["GET /\xff\xfe", host],
        ["BREW /", host],
        ["TRACE /", host],
      ].map(([line, of]) => `${line} HTTP/1.1\r\nHost: ${of}\r\nConnection: close\r\n\r\n`),
      200,
    ),
  "HTTP/2 rapid reset, 1,000/s": async (attack: Attack) => {
    let open = await session(attack);
    for (;;) {
      if (open.destroyed) open = await session(attack);
      for (let n = 0; n < 20; n++) {
        const stream = open.request({ ":path": "/" });
        stream.on("error", () => {});
        stream.close(8);
      }
      await pause(20);
    }
  },
  "HTTP/2 settings and pings, 1,000/s": async (attack: Attack) => {
    let open = await session(attack);
    for (;;) {
      if (open.destroyed) open = await session(attack);
      for (let n = 0; n < 10; n++) {
        try {
          open.settings({ maxConcurrentStreams: 100 + n });
          open.ping(() => {});
        } catch { /* it was closed */ }
      }
      await pause(10);
    }
  },
  "what is no TLS, and old TLS, 200/s": ({ httpsPort }: Attack) =>
    shoot(httpsPort, [
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
      `\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x01${
        "r".repeat(32)
      }\x00\x00\x04\x00\x2f\x00\x35\x01\x00`,
      "\x80\x2e\x01\x00\x02",
    ], 200),
  "handshakes for names of nobody's, 100/s": async ({ httpsPort }: Attack) => {
    for (let n = 0;; n++) {
      const socket = connectTls({
        ...{ host: "127.0.0.1", port: httpsPort, servername: `n${n}.stranger.example` },
        ...{ ALPNProtocols: n % 2 ? ["imap"] : ["h2"], rejectUnauthorized: false },
      });
      socket.on("error", () => socket.destroy());
      socket.on("secureConnect", () => socket.destroy());
      await pause(10);
    }
  },
  "full handshakes, 100/s": async ({ httpsPort, host }: Attack) => {
    for (;;) {
      const socket = connectTls({
        ...{ host: "127.0.0.1", port: httpsPort, servername: host },
        ...{ ALPNProtocols: ["http/1.1"], rejectUnauthorized: false },
      });
      socket.on("error", () => socket.destroy());
      socket.on("secureConnect", () => socket.destroy());
      await pause(10);
    }
  },
} satisfies Record<string, (attack: Attack) => unknown>;

/** All ways there are. */
export const ways = Object.keys(WAYS) as Attack["way"][];

/** Begins, and goes on until the thread is ended. */
export function attack(how: Attack): void {
  void WAYS[how.way](how);
}
