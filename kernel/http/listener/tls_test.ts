// HTTPS as the thread of TLS gives it.
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTls } from "node:tls";
import { TEST_CA } from "../../egress/testing_tls.ts";
import { until } from "../../lib/testing/until.ts";
import { relay } from "./relay.ts";
import {
  askHttp2,
  askHttps,
  dial,
  digestOf,
  endlessParts,
  greet,
  NAME,
  open,
  untilClosed,
} from "./testing.ts";

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
  endlessParts.taken = 0;
  await client.write(
    new TextEncoder().encode(`GET /endless HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`),
  );
  await until(() => endlessParts.taken > 10);
  let before = -1;
  await until(() => {
    const isStill = before === endlessParts.taken;
    before = endlessParts.taken;
    return isStill;
  });
  assert.ok(endlessParts.taken < 300, `${endlessParts.taken} parts of 64 KiB were taken`);
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
