import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import type { FaztError } from "../lib/fazt_error.ts";
import { dialer } from "./connect.ts";
import { callerOf, EgressFixture, textOf } from "./testing.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "./testing_tls.ts";

const app = callerOf("a");

/** Whatever is said to it, it answers with these bytes and hangs up. */
async function withServer(answer: string, run: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer, "latin1"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await run((server.address() as { port: number }).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

Deno.test("what is no honest HTTP answer is an error", async () => {
  await using net = await EgressFixture.open();
  net.names.set("api.test", ["127.0.0.1"]);
  const head = "HTTP/1.1 200 OK\r\n";
  for (
    const answer of [
      "",
      "hello\r\n\r\n",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
      `${head}content-length: 20\r\n\r\nshort`,
      `${head}content-length: 2\r\ncontent-length: 3\r\n\r\nhi!`,
      `${head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\nzz\r\nhi\r\n`,
      `${head}x: ${"a".repeat(300_000)}\r\n\r\n`,
      `${head}x: a\x00b\r\ncontent-length: 0\r\n\r\n`,
    ]
  ) {
    await withServer(answer, async (port) => {
      const url = `http://api.test:${port}/`;
      await assert.rejects(
        net.egress.fetch(app, { url }).then(textOf),
        { code: "NET_ERROR" },
        JSON.stringify(answer.slice(0, 60)),
      );
    });
  }
  assert.equal(net.egress.usage().open, 0);
});

Deno.test("early hints are passed over, and bytes of headers kept", async () => {
  await using net = await EgressFixture.open();
  net.names.set("api.test", ["127.0.0.1"]);
  const answer = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" +
    "HTTP/1.1 200 Fine\r\nx-name: caf\xe9\r\ncontent-length: 2\r\n\r\nhi";
  await withServer(answer, async (port) => {
    const response = await net.egress.fetch(app, { url: `http://api.test:${port}/` });
    assert.deepEqual([response.status, response.statusText], [200, "Fine"]);
    assert.deepEqual(response.headers[0], ["x-name", "caf\xe9"]);
    assert.equal(await textOf(response), "hi");
  });
});

Deno.test("the next address is tried when one does not answer, IPv4 first", async () => {
  await using net = await EgressFixture.open();
  const url = net.serve("api.test", () => new Response("ok"));
  net.open.add("127.0.0.5").add("::2");
  net.names.set("api.test", ["::2", "127.0.0.5", "127.0.0.1"]);
  assert.equal(await textOf(await net.egress.fetch(app, { url })), "ok");
  assert.deepEqual(net.dialed, ["127.0.0.5", "127.0.0.1"]);
  net.names.set("api.test", ["127.0.0.5", "::2"]);
  await assert.rejects(
    net.egress.fetch(app, { url }),
    (error: FaztError) =>
      error.code === "NET_ERROR" && !/127|::/.test(JSON.stringify(error.toBody())),
  );
});

Deno.test("TLS is to the name that was asked for, at the address that was judged", async () => {
  await using net = await EgressFixture.open({ connect: dialer({ ca: [TEST_CA] }) });
  const seen: string[] = [];
  const server = Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0, cert: TEST_CERT, key: TEST_KEY, onListen: () => {} },
  }, (request) => {
    seen.push(request.headers.get("host")!);
    return new Response("secure");
  });
  const { port } = server.addr;
  for (const name of ["good.test", "bad.test"]) net.names.set(name, ["127.0.0.1"]);
  const good = await net.egress.fetch(app, { url: `https://good.test:${port}/` });
  assert.equal(await textOf(good), "secure");

  const untrusted = (error: FaztError) =>
    error.code === "NET_ERROR" && (error.details as { reason: string }).reason === "tls";
  const headers = [["authorization", "Bearer x"]] as const;
  for (const host of ["bad.test", "127.0.0.1"]) {
    const url = `https://${host}:${port}/`;
    await assert.rejects(net.egress.fetch(app, { url, headers }), untrusted, host);
  }
  assert.deepEqual(seen, [`good.test:${port}`]);
  await server.shutdown();
});

Deno.test("a certificate of an unknown authority is not trusted", async () => {
  await using net = await EgressFixture.open();
  let requests = 0;
  const server = Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0, cert: TEST_CERT, key: TEST_KEY, onListen: () => {} },
  }, () => new Response(`${++requests}`));
  net.names.set("good.test", ["127.0.0.1"]);
  await assert.rejects(
    net.egress.fetch(app, { url: `https://good.test:${server.addr.port}/` }),
    { code: "NET_ERROR" },
  );
  assert.equal(requests, 0);
  await server.shutdown();
});
