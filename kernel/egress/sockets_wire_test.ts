import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { FaztError } from "../lib/fazt_error.ts";
import { type CallerIsolate, SyscallTable } from "../syscall/mod.ts";
import { dialer } from "./connect.ts";
import { socketSyscalls } from "./socket_syscalls.ts";
import type { AppSocket, SocketRequest } from "./sockets.ts";
import { until } from "../lib/testing/until.ts";
import { callerOf, EgressFixture } from "./testing.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "./testing_tls.ts";

const MIB = 1 << 20;
const KEYS = { cert: TEST_CERT, key: TEST_KEY };
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);
const echo = (conn: Deno.Conn) => conn.readable.pipeTo(conn.writable);
const untrusted = (error: FaztError) =>
  error.code === "NET_ERROR" && (error.details as { reason: string }).reason === "tls";

/** Opens a socket to a port of the test's. */
function open(
  net: EgressFixture,
  port: number,
  request: Partial<SocketRequest> = {},
): Promise<AppSocket> {
  const host = request.host ?? "good.test";
  return net.egress.sockets.open(callerOf("a", [`net:connect:${host}:${port}`]), {
    ...request,
    host,
    port,
  });
}

/** Reads until the other side sends no more. */
async function rest(socket: AppSocket): Promise<string> {
  let seen = "";
  for (let part = await socket.read(); part; part = await socket.read()) seen += text(part);
  return seen;
}

/** A server that answers one byte in the clear and goes on with TLS. */
function startTlsServer(net: EgressFixture): number {
  const secure = net.listen("inner.test", echo, { tls: KEYS });
  return net.listen("good.test", async (conn) => {
    await conn.read(new Uint8Array(1));
    await conn.write(bytes("S"));
    const inner = await Deno.connect({ hostname: "127.0.0.1", port: secure });
    await Promise.all([conn.readable.pipeTo(inner.writable), inner.readable.pipeTo(conn.writable)]);
  });
}

Deno.test("each direction of a socket ends by itself", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("good.test", async (conn) => {
    const buffer = new Uint8Array(10);
    let got = 0;
    for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) got += n;
    await conn.write(bytes(`got ${got}`));
    conn.close();
  });
  const socket = await open(net, port);
  await socket.write(bytes("12345"));
  socket.end();
  await assert.rejects(socket.write(bytes("6")), { code: "NET_ERROR" });
  assert.equal(await rest(socket), "got 5");
  assert.equal(await socket.read(), undefined);
  await until(() => net.egress.usage().sockets === 0);
});

Deno.test("a connection that is reset says so, and nothing of the network", async () => {
  await using net = await EgressFixture.open();
  net.names.set("good.test", ["127.0.0.1"]);
  const server = createServer((conn) => conn.on("data", () => conn.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  let told: FaztError | undefined;
  const socket = await open(net, port, { onEnd: (error) => told = error });
  await socket.write(new Uint8Array(1000));
  await assert.rejects(socket.read(), (error: FaztError) => {
    assert.deepEqual(error.details, { host: "good.test", reason: "broken" });
    return error.code === "NET_ERROR" &&
      !/127|RESET|os error/i.test(JSON.stringify(error.toBody()));
  });
  assert.equal(told?.code, "NET_ERROR");
  assert.equal(net.egress.usage().sockets, 0);
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("neither side is read ahead of who asks for its bytes", async () => {
  await using net = await EgressFixture.open();
  let sent = 0;
  const flooding = net.listen("good.test", async (conn) => {
    const chunk = new Uint8Array(MIB / 4);
    while (sent < 50 * MIB) sent += await conn.write(chunk);
  });
  const source = await open(net, flooding);
  await source.read();
  const unread = await settled(() => sent);
  // What waits is in the buffers of the operating system.
  assert.ok(unread < 12 * MIB, `${unread} bytes were taken in that nobody asked for`);
  let got = 0;
  while (got < 20 * MIB) got += (await source.read())!.byteLength;
  source.close();

  const deaf = net.listen("good.test", () => Promise.resolve());
  const sink = await open(net, deaf);
  let accepted = 0;
  const chunk = new Uint8Array(MIB / 4);
  const writing = (async () => {
    for (;;) {
      await sink.write(chunk);
      accepted += chunk.byteLength;
    }
  })();
  const waiting = await settled(() => accepted);
  assert.ok(waiting < 12 * MIB, `${waiting} bytes were accepted that nobody reads`);
  await assert.rejects(sink.write(chunk), { code: "INVALID" });
  sink.close();
  await assert.rejects(writing, { code: "NET_ERROR" });
});

Deno.test("TLS is for the name that was asked for, or for the one that is named", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("good.test", echo, { tls: KEYS });
  net.names.set("bad.test", ["127.0.0.1"]);
  const ca = [TEST_CA];
  for (const [host, serverName] of [["good.test", undefined], ["bad.test", "good.test"]] as const) {
    const socket = await open(net, port, { host, tls: { ca, serverName } });
    await socket.write(bytes("hello"));
    assert.equal(text(await socket.read()), "hello");
    socket.close();
  }
  const addressed = await open(net, port, {
    host: "127.0.0.1",
    tls: { ca, serverName: "good.test" },
  });
  addressed.close();
  for (
    const request of [
      { host: "bad.test", tls: { ca } },
      { host: "127.0.0.1", tls: { ca } },
      { host: "good.test", tls: { ca, serverName: "bad.test" } },
      { host: "good.test", tls: {} },
    ]
  ) await assert.rejects(open(net, port, request), untrusted, JSON.stringify(request.host));
  await assert.rejects((await open(net, port, { tls: { ca } })).startTls(), { code: "INVALID" });
});

Deno.test("a socket goes on with TLS, also while its old bytes are waited for", async () => {
  await using net = await EgressFixture.open();
  const port = startTlsServer(net);
  const socket = await open(net, port);
  await socket.write(bytes("x"));
  assert.equal(text(await socket.read()), "S");
  const waiting = socket.read();
  waiting.catch(() => {});
  await socket.startTls({ ca: [TEST_CA] });
  await assert.rejects(waiting, { code: "NET_ERROR" });
  await socket.write(bytes("secret"));
  assert.equal(text(await socket.read()), "secret");
  socket.close();
  assert.deepEqual((await net.lines()).map(({ method, code }) => [method, code]), [
    ["TLS", undefined],
  ]);
});

Deno.test("going on with TLS fails for the name of another", async () => {
  await using net = await EgressFixture.open();
  const port = startTlsServer(net);
  const socket = await open(net, port);
  await socket.write(bytes("x"));
  await socket.read();
  await assert.rejects(socket.startTls({ ca: [TEST_CA], serverName: "bad.test" }), untrusted);
  await assert.rejects(socket.read(), { code: "NET_ERROR" });
  assert.equal(net.egress.usage().sockets, 0);
});

Deno.test("what was sent in the clear before TLS began is never taken for protected", async () => {
  const dialed: Socket[] = [];
  const connect = dialer();
  await using net = await EgressFixture.open({
    connect: async (dial, signal) => {
      const socket = await connect(dial, signal);
      dialed.push(socket);
      return socket;
    },
  });
  const port = net.listen("good.test", async (conn) => {
    await conn.write(bytes("S"));
    await conn.read(new Uint8Array(1));
    await conn.write(bytes("injected"));
  });
  const socket = await open(net, port);
  assert.equal(text(await socket.read()), "S");
  await socket.write(bytes("x"));
  await until(() => dialed[0]!.readableLength > 0);
  await assert.rejects(
    socket.startTls({ ca: [TEST_CA] }),
    /sent something before TLS began/,
  );
  await assert.rejects(socket.read(), untrusted);
  assert.equal(net.egress.usage().sockets, 0);
});

Deno.test("what an isolate opened ends with it", async () => {
  await using net = await EgressFixture.open();
  const gone = Promise.withResolvers<void>();
  const port = net.listen("good.test", async (conn) => {
    await conn.read(new Uint8Array(1)).catch(() => {});
    gone.resolve();
  });
  const table = new SyscallTable(socketSyscalls(net.egress.sockets));
  const end = new AbortController();
  const pushed: unknown[] = [];
  const isolate: CallerIsolate = {
    ended: end.signal,
    push: (topic, value) => pushed.push([topic, value]),
  };
  const caller = { ...callerOf("a", [`net:connect:good.test:${port}`]), isolate };
  const call = async (name: string, input: object) => await table.call(caller, name, input);
  await call("socket.connect", { id: 1, host: "good.test", port });
  await assert.rejects(call("socket.connect", { id: 1, host: "good.test", port }), {
    code: "INVALID",
  });
  await assert.rejects(call("socket.write", { id: 1, chunk: new Uint8Array(MIB) }), {
    code: "INVALID",
  });
  await assert.rejects(call("socket.read", { id: 2 }), { code: "NET_ERROR" });
  const other = { ...caller, isolate: { ended: new AbortController().signal, push() {} } };
  await assert.rejects(async () => await table.call(other, "socket.read", { id: 1 }), {
    code: "NET_ERROR",
  });
  end.abort();
  await until(() => net.egress.usage().sockets === 0);
  await gone.promise;
  assert.deepEqual(pushed, [["socket.closed", { id: 1, error: undefined }]]);
});

/** What a number is once it does not grow any more. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; before !== read();) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return read();
}
