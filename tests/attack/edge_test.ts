// What strangers send to the door of a node: requests that could be read in two ways, floods, and
// connections that are only held. None of it reaches an app twice or keeps others from being served.
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { api, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

const APP = {
  "app.json": '{"name":"web"}',
  "index.html": "<h1>still here</h1>",
  "smuggled.html": "SMUGGLED",
  "api/main.js": `export default async (r) => {
    const { pathname, searchParams } = new URL(r.url);
    if (pathname === "/api/bytes") return "x".repeat(Number(searchParams.get("n")));
    if (pathname === "/api/quick") return { ok: true };
    return { method: r.method, read: (await r.text()).length };
  }`,
};

let node: TestNode;
let HOST = "";
let NEXT = "";

Deno.test.beforeAll(async () => {
  node = await startNode({
    settings: {
      "limits.request.headerSeconds": "2",
      "limits.request.idleSeconds": "4",
      "limits.request.bodySeconds": "4",
      "limits.runtime.concurrency": "4",
      "limits.runtime.isolatesPerApp": "1",
      "limits.rate.perApp": "0",
    },
  });
  await deploy(node, "web", APP);
  HOST = `web.localhost:${node.port}`;
  NEXT = `GET /smuggled.html HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
});
Deno.test.afterAll(() => node[Symbol.asyncDispose]());

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Sends text as it is, a byte for each character; resolves with all that came until it was closed. */
async function send(text: string, wait = 300): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(node.port) });
  await connection.write(bytes(text)).catch(() => {});
  const timer = setTimeout(() => connection.closeWrite().catch(() => {}), wait);
  const answer = await readAll(connection);
  clearTimeout(timer);
  return answer;
}

async function readAll(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return text;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
  }
}

const answers = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => code);
const lives = async () => assert.equal((await visit(node, "web", "/")).text, "<h1>still here</h1>");
const edge = async () => (await api(node, "GET", "/api/access/edge")).data;

const head = (lines: string, method = "POST") =>
  `${method} /api/x HTTP/1.1\r\nHost: ${HOST}\r\n${lines}\r\n`;

Deno.test("no request hides in the body of another", async (t) => {
  const shapes: Record<string, string> = {
    "length and chunks": head(`Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`) +
      `0\r\n\r\n${NEXT}`,
    "chunks and length": head(`Transfer-Encoding: chunked\r\nContent-Length: ${NEXT.length}\r\n`) +
      `5\r\nhello\r\n0\r\n\r\n${NEXT}`,
    "two lengths": head("Content-Length: 0\r\nContent-Length: 5\r\n") + NEXT,
    "a list of lengths": head("Content-Length: 0, 5\r\n") + NEXT,
    "a signed length": head("Content-Length: +0\r\n") + NEXT,
    "a length in hex": head("Content-Length: 0x0\r\n") + NEXT,
    "a negative length": head("Content-Length: -1\r\n") + NEXT,
    "an encoding of another name": head("Transfer-Encoding: xchunked\r\n") + NEXT,
    "chunked twice": head("Transfer-Encoding: chunked, chunked\r\n") + `0\r\n\r\n${NEXT}`,
    "chunked, then identity": head("Transfer-Encoding: chunked, identity\r\n") + `0\r\n\r\n${NEXT}`,
    "a space before the colon": head("Transfer-Encoding : chunked\r\n") + `0\r\n\r\n${NEXT}`,
    "a vertical tab": head("Transfer-Encoding: \x0bchunked\r\n") + `0\r\n\r\n${NEXT}`,
    "a folded field": head("X: a\r\n Content-Length: 0\r\n") + NEXT,
    "a chunk size that is none": head("Transfer-Encoding: chunked\r\n") + `zz\r\n\r\n${NEXT}`,
    "a chunk size too large": head("Transfer-Encoding: chunked\r\n") +
      `fffffffffffffffff\r\n${NEXT}`,
    "a chunk longer than it says": head("Transfer-Encoding: chunked\r\n") +
      `1\r\nabc\r\n0\r\n\r\n${NEXT}`,
    "bare line feeds in chunks": head("Transfer-Encoding: chunked\r\n") + `1\na\n0\n\n${NEXT}`,
    "a bare line feed between fields":
      `POST /api/x HTTP/1.1\r\nHost: ${HOST}\nContent-Length: 5\r\n\r\n${NEXT}`,
    "a bare carriage return": head("X: a\rContent-Length: 0\r\n") + NEXT,
    "a NUL in a field": head("X: a\0b\r\nContent-Length: 0\r\n") + NEXT,
    "a body of GET": head(`Content-Length: ${NEXT.length}\r\n`, "GET") + NEXT,
    "HTTP/1.0 with chunks":
      `POST /api/x HTTP/1.0\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${NEXT}`,
  };
  for (const [name, text] of Object.entries(shapes)) {
    await t.step(name, async () => {
      const answer = await send(text);
      // A second answer is right only where the first request certainly ended before it: then the
      // bytes are a request of the same sender, and of nobody else's connection.
      const [first, ...more] = answers(answer);
      const isPlain = name === "two lengths" ? false : first !== undefined && first < "400";
      assert.ok(first === undefined || first >= "400" || isPlain, answer.slice(0, 300));
      if (!isPlain) assert.deepEqual(more, [], answer.slice(0, 500));
    });
  }
  await lives();
});

Deno.test("what a target, a Host and a connection say must be one thing", async () => {
  const of = (line: string, host: string | null, more = "") =>
    `${line}\r\n${host === null ? "" : `Host: ${host}\r\n`}${more}connection: close\r\n\r\n`;
  const cases: readonly [string, string, RegExp][] = [
    [
      "another host in the target",
      of("GET http://other.localhost/ HTTP/1.1", HOST),
      /^HTTP\/1\.1 400/,
    ],
    ["another scheme", of(`GET https://${HOST}/ HTTP/1.1`, HOST), /^HTTP\/1\.1 400/],
    ["the same, in full", of(`GET http://${HOST}/ HTTP/1.1`, HOST), /^HTTP\/1\.1 200/],
    ["no host", of("GET / HTTP/1.1", null), /^HTTP\/1\.1 400/],
    ["an empty host", of("GET / HTTP/1.1", ""), /^HTTP\/1\.1 4(?:00|21)/],
    ["two hosts", of("GET / HTTP/1.1", HOST, "Host: admin.localhost\r\n"), /^HTTP\/1\.1 400/],
    ["a user in the host", of("GET / HTTP/1.1", `a@${HOST}`), /^HTTP\/1\.1 400/],
    ["a path in the host", of("GET / HTTP/1.1", `${HOST}/x`), /^HTTP\/1\.1 400/],
    ["a host of nobody's", of("GET / HTTP/1.1", "stranger.example"), /^HTTP\/1\.1 421/],
    ["a reserved name", of("GET / HTTP/1.1", `mail.localhost:${node.port}`), /^HTTP\/1\.1 404/],
    [
      "a forwarded host",
      of("GET / HTTP/1.1", "stranger.example", `X-Forwarded-Host: ${HOST}\r\n`),
      /^HTTP\/1\.1 421/,
    ],
    ["a fragment", of("GET /#x HTTP/1.1", HOST), /^HTTP\/1\.1 400/],
    ["a backslash", of("GET /a\\b HTTP/1.1", HOST), /^HTTP\/1\.1 400/],
    ["NUL", of("GET /a%00b HTTP/1.1", HOST), /^HTTP\/1\.1 400/],
    ["an encoded slash", of("GET /..%2fapp.json HTTP/1.1", HOST), /^HTTP\/1\.1 400/],
    ["broken UTF-8", of("GET /\xff\xfe HTTP/1.1", HOST), /^HTTP\/1\.1 4\d\d/],
    ["broken UTF-8, encoded", of("GET /%ff HTTP/1.1", HOST), /^HTTP\/1\.1 400/],
    ["a space", of("GET /a b HTTP/1.1", HOST), /^HTTP\/1\.1 400/],
    ["an unknown method", of("BREW / HTTP/1.1", HOST), /^HTTP\/1\.1 405/],
    ["a tunnel", of("CONNECT example.com:443 HTTP/1.1", HOST), /^HTTP\/1\.1 4\d\d/],
    ["a trace", of("TRACE / HTTP/1.1", HOST), /^HTTP\/1\.1 405/],
    ["no version", `GET /\r\nHost: ${HOST}\r\n\r\n`, /^(?:HTTP\/1\.1 4\d\d|$)/],
    ["a version of nobody's", of("GET / HTTP/9.9", HOST), /^(?:HTTP\/1\.1 [45]\d\d|$)/],
    [
      "a change in early data",
      of("POST /api/x HTTP/1.1", HOST, "Early-Data: 1\r\nContent-Length: 0\r\n"),
      /^HTTP\/1\.1 425/,
    ],
    ["a read in early data", of("GET / HTTP/1.1", HOST, "Early-Data: 1\r\n"), /^HTTP\/1\.1 200/],
    [
      "a socket from elsewhere",
      of(
        "GET /api/quick HTTP/1.1",
        HOST,
        "Upgrade: websocket\r\nOrigin: https://evil.example\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
      ),
      /^HTTP\/1\.1 (?!101)/,
    ],
  ];
  for (const [name, text, expected] of cases) {
    assert.match((await send(text, 2000)).slice(0, 100), expected, name);
  }
  await lives();
});

Deno.test("headers past their size are refused", async () => {
  const get = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n`;
  const big = await send(`${get}X: ${"a".repeat(65_536)}\r\n\r\n`);
  assert.match(big.slice(0, 40), /^(?:HTTP\/1\.1 (?:400|431)|$)/);
  const many = Array.from({ length: 5000 }, (_, n) => `x${n}: 1\r\n`).join("");
  assert.match((await send(`${get}${many}\r\n`)).slice(0, 40), /^(?:HTTP\/1\.1 (?:400|431)|$)/);
  assert.match(
    (await send(`GET /${"a".repeat(70_000)} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)).slice(0, 40),
    /^(?:HTTP\/1\.1 4\d\d|$)/,
  );
  await lives();
});

/** Opens connections that send what they are told and no more. */
async function hold(count: number, text: string): Promise<Deno.TcpConn[]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(node.port) });
    if (text) await connection.write(bytes(text));
    return connection;
  }));
}

Deno.test("connections that never ask, or never finish asking, end by themselves", async () => {
  const before = await edge();
  const idle = await hold(150, "");
  const slow = await hold(150, `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-A: `);
  const dribble = setInterval(() => {
    for (const one of slow) one.write(bytes("a")).catch(() => {});
  }, 200);
  await lives();
  await Promise.all([...idle, ...slow].map(readAll));
  clearInterval(dribble);
  for (const one of [...idle, ...slow]) one.close();
  const after = await edge();
  assert.equal(after.late.header - before.late.header, 300);
  await lives();
});

Deno.test("bodies that trickle and answers that nobody takes leave an app free for others", async () => {
  await visit(node, "web", "/api/quick");
  const slow = await hold(20, head("Content-Length: 1000\r\n") + "abc");
  const deaf = await hold(8, `GET /api/bytes?n=8000000 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  for (let n = 0; n < 10; n++) {
    const quick = await visit(node, "web", "/api/quick");
    assert.equal(quick.status, 200, quick.text);
  }
  const ends = await Promise.all(slow.map(readAll));
  for (const end of ends) assert.match(end.slice(0, 40), /^(?:HTTP\/1\.1 (?:408|503)|$)/);
  for (const one of [...slow, ...deaf]) one.close();
  await lives();
});

Deno.test("floods of HTTP/2 frames and streams that are reset leave others served", async () => {
  const preface = bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const frame = (type: number, flags: number, payload: number[] = []) => [
    ...[0, 0, payload.length, type, flags, 0, 0, 0, 0],
    ...payload,
  ];
  const settings = new Uint8Array(Array.from({ length: 2000 }, () => frame(4, 0)).flat());
  const pings = new Uint8Array(
    Array.from({ length: 2000 }, () => frame(6, 0, new Array(8).fill(1))).flat(),
  );
  for (const flood of [settings, pings]) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(node.port) });
    const reading = readAll(connection);
    await connection.write(preface);
    await connection.write(new Uint8Array(frame(4, 0)));
    for (let n = 0; n < 20; n++) {
      let sent = 0;
      while (sent < flood.length) {
        const count = await connection.write(flood.subarray(sent)).catch(() => 0);
        if (count === 0) break;
        sent += count;
      }
    }
    await lives();
    await connection.closeWrite().catch(() => {});
    await Promise.race([reading, lives()]);
  }
  const session = connectHttp2(`http://${HOST}`, {
    createConnection: undefined as never,
    lookup: ((_: string, __: unknown, done: (e: null, a: string, f: number) => void) =>
      done(null, "127.0.0.1", 4)) as never,
  });
  session.on("error", () => {});
  for (let n = 0; n < 2000 && !session.closed; n++) {
    const stream = session.request({ ":path": "/api/quick", ":authority": HOST });
    stream.on("error", () => {});
    stream.close(8);
  }
  await lives();
  assert.equal((await visit(node, "web", "/api/quick")).status, 200);
  session.destroy();
  await until(async () => (await edge()).openRequests <= 1);
});
