// Both ways to serve connections, by the same table: the engine inside Deno and what its manual has.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { TEST_CA, TEST_CERT, TEST_KEY } from "../../egress/testing_tls.ts";
import { until } from "../../lib/testing/until.ts";
import type { CertificateSource, ServedCertificate } from "../../net/mod.ts";
import { type ConnectionInfo, type Listener, openListener } from "./mod.ts";
import type { ListenerOptions } from "./listener.ts";
import { relay } from "./relay.ts";

const TEST: ServedCertificate = { cert: TEST_CERT, key: TEST_KEY };
const NAME = "good.test";

class Certificates implements CertificateSource {
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

async function open(
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
async function digestOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const part of body) {
    hash.update(part);
    length += part.length;
  }
  return `${hash.digest("hex")} ${length}`;
}

/** Parts of {@link endless} that were asked for. */
let taken = 0;

async function* endless() {
  for (;;) {
    taken++;
    await Promise.resolve();
    yield new Uint8Array(64 * 1024);
  }
}

interface Got {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
}

function askHttps(port: number, path: string, body?: string): Promise<Got> {
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

function askHttp2(port: number, paths: readonly string[]): Promise<Got[]> {
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
function greet(
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

for (const engine of ["auto", "documented"] as const) {
  Deno.test(`${engine}: HTTP/1.1 and HTTP/2 are answered over TLS and plain HTTP`, async (t) => {
    await using at = await open({ engine });
    const { listener } = at;
    const tls = listener.httpsPort!;
    assert.equal(listener.engine, engine === "auto" ? "internal" : "documented");
    await t.step("plain", async () => {
      const response = await fetch(`http://127.0.0.1:${listener.port}/x?y=1`, {
        method: "POST",
        body: "hello",
      });
      assert.partialDeepStrictEqual(await response.json(), {
        url: `http://127.0.0.1:${listener.port}/x?y=1`,
        body: "hello",
        method: "POST",
        secure: false,
        http2: false,
        address: "127.0.0.1",
      });
      assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
    });
    await t.step("HTTP/1.1", async () => {
      const got = await askHttps(tls, "/x?y=1", "hello");
      assert.deepEqual(JSON.parse(got.text), {
        url: `https://${NAME}/x?y=1`,
        host: NAME,
        method: "POST",
        body: "hello",
        secure: true,
        http2: false,
        address: "127.0.0.1",
      });
      assert.deepEqual(got.cookies, ["a=1", "b=2"]);
      assert.equal((await askHttps(tls, "/big")).text.length, 1_000_000);
      assert.equal((await askHttps(tls, "/stream")).text, "one two three");
    });
    await t.step("HTTP/2, many at once", async () => {
      const paths = ["/big", "/stream", ...Array.from({ length: 20 }, (_, n) => `/${n}`)];
      const [big, stream, ...small] = await askHttp2(tls, paths);
      assert.equal(big!.text.length, 1_000_000);
      assert.equal(stream!.text, "one two three");
      for (const [n, got] of small.entries()) {
        assert.equal(got.status, 200);
        assert.partialDeepStrictEqual(JSON.parse(got.text), {
          url: `https://${NAME}:${tls}/${n}`,
          secure: true,
          http2: true,
        });
      }
    });
    await t.step(
      "a name without a certificate is refused, and served once it has one",
      async () => {
        await assert.rejects(greet(tls, { servername: "new.test" }));
        await until(() => listener.counts.tls.failed["no-certificate"] > 0);
        at.certificates.found.set("new.test", TEST);
        const { socket } = await greet(tls, { servername: "new.test" });
        socket.destroy();
        assert.ok(at.certificates.asked.some((asked) => asked.startsWith("new.test")));
      },
    );
    await t.step("a client that offers no protocol of ours is refused", async () => {
      await assert.rejects(greet(tls, { ALPNProtocols: ["imap"] }));
    });
    await t.step("open requests are answered before it ends", async () => {
      const waiting = askHttps(tls, "/wait");
      const plain = fetch(`http://127.0.0.1:${listener.port}/wait`).then((r) => r.text());
      while (listener.counts.open < 1 || listener.counts.requests < 28) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
      const drained = listener.drain();
      assert.equal((await waiting).status, 200);
      assert.match(await plain, /wait/);
      await drained;
      await assert.rejects(fetch(`http://127.0.0.1:${listener.port}/x`));
    });
  });
}

const sleepless = { headerMs: () => 0, idleMs: () => 20_000, handshakeMs: () => 20_000 };

/** Resolves with what came until the other side closed. */
async function untilClosed(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

async function dial(port: number, text = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  if (text) await connection.write(new TextEncoder().encode(text));
  return connection;
}

Deno.test("who does not send its header or finish its handshake in time is closed", async () => {
  await using at = await open({ limits: sleepless });
  using slow = await dial(at.listener.port, "GET / HTTP/1.1\r\nhost: a\r\nx: ");
  assert.equal(await untilClosed(slow), "");
  assert.equal(at.listener.counts.late.header, 1);
  await using shy = await open({ limits: { handshakeMs: () => 0 } });
  using silent = await dial(shy.listener.httpsPort!, "\x16\x03\x01");
  assert.equal(await untilClosed(silent), "");
  assert.equal(shy.listener.counts.late.handshake, 1);
  assert.equal(shy.listener.counts.open, 0);
});

Deno.test("a quiet connection is closed, one that waits for its answer is not", async () => {
  await using at = await open({ limits: { idleMs: () => 0 } });
  using quiet = await dial(at.listener.port, "GET /wait HTTP/1.1\r\nhost: a\r\n\r\n");
  assert.match(await untilClosed(quiet), /^HTTP\/1\.1 200/);
  assert.equal(at.listener.counts.late.idle, 1);
});

Deno.test("an address gets so many connections, and where all are taken the quietest go", async () => {
  await using at = await open({
    limits: { perAddress: () => 2 },
    peers: { trusts: () => false, counted: (address) => address },
  });
  const { port, counts } = at.listener;
  using _one = await dial(port);
  using _two = await dial(port);
  using three = await dial(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  assert.equal(await untilClosed(three), "");
  assert.equal(counts.refused.address, 1);

  await using small = await open({ limits: { total: () => 2 } });
  using first = await dial(small.listener.port);
  using second = await dial(small.listener.port);
  while (small.listener.counts.open < 2) await new Promise((done) => setTimeout(done, 5));
  using third = await dial(
    small.listener.port,
    "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
  );
  assert.match(await untilClosed(third), /^HTTP\/1\.1 200/);
  assert.ok(small.listener.counts.evicted > 0);
  assert.equal(await Promise.race([untilClosed(first), untilClosed(second)]), "");
});

const V2 = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12].concat(
  [203, 0, 113, 7, 127, 0, 0, 1, 0x10, 0x00, 0, 80],
);

Deno.test("a PROXY header of a trusted proxy names the client, before TLS too; nobody else gets in", async () => {
  await using at = await open({ proxyProtocol: true, limits: { perAddress: () => 1 } });
  const { port, localPort, httpsPort, counts } = at.listener;
  const ask = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
  {
    using proxied = await dial(port);
    await proxied.write(new Uint8Array(V2));
    await proxied.write(new TextEncoder().encode(ask));
    assert.match(await untilClosed(proxied), /"address":"203\.0\.113\.7"/);
  }
  using six = await dial(port, `PROXY TCP6 2001:db8::9 ::1 5000 80\r\n${ask}`);
  assert.match(await untilClosed(six), /"address":"2001:db8::9"/);
  for (
    const text of [
      ask,
      "PROXY TCP4 no such\r\n",
      `PROXY ${"x".repeat(200)}`,
      "\r\n\r\n\0\r\nQUIX\n",
    ]
  ) {
    using wrong = await dial(port, text);
    wrong.closeWrite().catch(() => {});
    assert.equal(await untilClosed(wrong), "", text);
  }
  assert.ok(counts.refused.proxy >= 4);
  using local = await dial(localPort, ask);
  assert.match(await untilClosed(local), /"address":"127\.0\.0\.1"/);

  using raw = await dial(httpsPort!);
  await raw.write(new Uint8Array(V2));
  using tls = await Deno.startTls(raw, { hostname: NAME, caCerts: [TEST_CA] });
  await tls.write(new TextEncoder().encode(ask));
  assert.match(await untilClosed(tls as unknown as Deno.TcpConn), /"address":"203\.0\.113\.7"/);

  await using strict = await open({
    proxyProtocol: true,
    peers: { trusts: () => false, counted: (address) => address },
  });
  using stranger = await dial(strict.listener.port);
  await stranger.write(new Uint8Array(V2)).catch(() => {});
  assert.equal(await untilClosed(stranger), "");
});

Deno.test("who checks a challenge is told apart from visitors, and gets a handshake, no more", async () => {
  await using at = await open();
  const { certificates, listener } = at;
  certificates.expectsCheck = true;
  const visitor = await greet(listener.httpsPort!, { ALPNProtocols: ["h2", "http/1.1"] });
  assert.equal(visitor.alpn, "h2");
  visitor.socket.destroy();
  const check = await greet(listener.httpsPort!, { ALPNProtocols: ["acme-tls/1"] });
  assert.equal(check.alpn, "acme-tls/1");
  check.socket.end("GET / HTTP/1.1\r\nhost: good.test\r\n\r\n");
  await new Promise((resolve) => check.socket.on("close", resolve));
  assert.deepEqual(certificates.asked, [`${NAME} h2,http/1.1`, `${NAME} acme-tls/1`]);
  assert.equal(listener.counts.requests, 0);
  // Who is no authority is served as ever meanwhile.
  assert.equal((await askHttps(listener.httpsPort!, "/x")).status, 200);
  assert.equal((await askHttp2(listener.httpsPort!, ["/big"]))[0]!.text.length, 1_000_000);
  certificates.expectsCheck = false;
  await assert.rejects(greet(listener.httpsPort!, { ALPNProtocols: ["acme-tls/1"] }));
});

Deno.test("large bodies come through TLS whole, over either version", async () => {
  await using at = await open();
  const body = new Uint8Array(20_000_000).map((_, n) => n * n >> 3);
  const digest = await digestOf(ReadableStream.from([body]));
  const port = at.listener.httpsPort!;
  const text = new TextDecoder("latin1").decode(body.map((byte) => byte & 127));
  const ascii = await digestOf(ReadableStream.from([new TextEncoder().encode(text)]));
  assert.equal((await askHttps(port, "/digest", text)).text, ascii);
  const session = connectHttp2(`https://${NAME}:${port}`, {
    createConnection: () =>
      connectTls({ host: "127.0.0.1", port, ALPNProtocols: ["h2"], rejectUnauthorized: false }),
  });
  const stream = session.request({ ":path": "/digest", ":method": "POST" });
  let got = "";
  stream.setEncoding("utf8").on("data", (part) => got += part);
  stream.end(body);
  await new Promise((resolve) => stream.on("end", resolve));
  session.close();
  assert.equal(got, digest);
});

Deno.test("who reads slowly holds up nothing but its own answer", async () => {
  await using at = await open();
  const client = await Deno.startTls(await dial(at.listener.httpsPort!), {
    hostname: NAME,
    caCerts: [TEST_CA],
  });
  taken = 0;
  await client.write(
    new TextEncoder().encode(`GET /endless HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`),
  );
  await until(() => taken > 10);
  let before = -1;
  await until(() => {
    const isStill = before === taken;
    before = taken;
    return isStill;
  });
  assert.ok(taken < 300, `${taken} parts of 64 KiB were taken`);
  assert.equal((await askHttps(at.listener.httpsPort!, "/x")).status, 200);
  client.close();
  await until(() => at.listener.counts.open === 0);
});

Deno.test("a hello that comes in pieces, as large ones do, is waited for", async () => {
  await using at = await open();
  using between = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = askHttps(between.addr.port, "/x");
  const client = await between.accept();
  const server = await dial(at.listener.httpsPort!);
  server.setNoDelay(true);
  const first = new Uint8Array(16_384);
  const count = (await client.read(first))!;
  for (const piece of [first.subarray(0, 3), first.subarray(3, 100), first.subarray(100, count)]) {
    await server.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const relayed = relay(client, server);
  assert.equal((await answered).status, 200);
  await relayed;
});

Deno.test("hellos that are none, names that are none and old versions end in a refusal, nothing else", async () => {
  await using at = await open();
  const { httpsPort, counts } = at.listener;
  const hellos: (string | number[])[] = [
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    [22, 3, 1, 0xff, 0xff, ...new Array(200).fill(1)],
    [22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff],
    new Array(500).fill(0),
    [0x80, 0x2e, 1, 3, 1],
  ];
  for (const hello of hellos) {
    using bad = await dial(httpsPort!);
    const bytes = typeof hello === "string"
      ? new TextEncoder().encode(hello)
      : new Uint8Array(hello);
    await bad.write(bytes).catch(() => {});
    await bad.closeWrite().catch(() => {});
    await untilClosed(bad);
  }
  await assert.rejects(greet(httpsPort!, { servername: `${"a".repeat(63)}.`.repeat(3) + "test" }));
  assert.equal((await askHttps(httpsPort!, "/x")).status, 200);
  const failed = Object.values(counts.tls.failed).reduce((sum, n) => sum + n, 0);
  assert.ok(failed >= hellos.length, JSON.stringify(counts.tls));
});

function hasSslscan(): boolean {
  try {
    return new Deno.Command("sslscan", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "a scanner finds no old protocol and no weak cipher (apt-get install sslscan)",
  ignore: !hasSslscan(),
  async fn() {
    await using at = await open();
    const { stdout } = await new Deno.Command("sslscan", {
      args: ["--no-colour", `--sni-name=${NAME}`, `127.0.0.1:${at.listener.httpsPort}`],
    }).output();
    const text = new TextDecoder().decode(stdout);
    for (const old of ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"]) {
      assert.match(text, new RegExp(`^${old}\\s+disabled$`, "m"), text);
    }
    assert.match(text, /^TLSv1\.3\s+enabled$/m);
    const ciphers = text.split("\n").filter((line) => /^(?:Preferred|Accepted)/.test(line));
    assert.ok(ciphers.length > 0, text);
    for (const cipher of ciphers) {
      assert.match(cipher, /TLS_(?:AES|CHACHA)|ECDHE-(?:ECDSA|RSA)-(?:AES\d+-GCM|CHACHA20)/);
    }
    assert.doesNotMatch(text, /^TLSv1\.\d vulnerable/m);
  },
});
