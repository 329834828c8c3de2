// Both ways to serve connections, by the same table: the engine inside Deno and what its manual has.
import assert from "node:assert/strict";
import { TEST_CA } from "../../egress/testing_tls.ts";
import { until } from "../../lib/testing/until.ts";
import { askHttp2, askHttps, dial, greet, NAME, open, TEST, untilClosed } from "./testing.ts";

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
