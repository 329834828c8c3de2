import assert from "node:assert/strict";
import type { FaztError } from "../lib/fazt_error.ts";
import type { AppSocket, SocketRequest } from "./sockets.ts";
import { until } from "../lib/testing/until.ts";
import { callerOf, EgressFixture } from "./testing.ts";

const blocked = { code: "NET_BLOCKED" };
const silent = () => Promise.resolve();
const echo = (conn: Deno.Conn) => conn.readable.pipeTo(conn.writable);
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

/** Opens a socket as an app with these grants. */
function open(
  net: EgressFixture,
  grants: readonly string[],
  request: SocketRequest,
): Promise<AppSocket> {
  return net.egress.sockets.open(callerOf("a", grants), request);
}

Deno.test("an app connects to the host and port it was granted, and to no other", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("db.test", echo);
  const other = net.listen("other.test", echo);
  const grant = `net:connect:db.test:${port}`;
  const socket = await open(net, [grant], { host: "DB.test.", port });
  await socket.write(bytes("hello"));
  assert.equal(text(await socket.read()), "hello");
  socket.close();
  for (
    const [grants, host, to] of [
      [[grant], "db.test", port + 1],
      [[grant], "other.test", other],
      [[grant], "sub.db.test", port],
      [[grant], "127.0.0.1", port],
      [["net:fetch", "net:fetch:db.test", `net:direct:db.test:${port}`], "db.test", port],
      [[], "db.test", port],
    ] as const
  ) await assert.rejects(open(net, grants, { host, port: to }), blocked, `${host}:${to}`);
  assert.deepEqual(net.dialed, ["127.0.0.1"]);
  await assert.rejects(
    open(net, [], { host: "db.test", port }),
    (error: FaztError) => error.hint!.includes(`app grants approve a ${grant}`),
  );
});

Deno.test("what is no host or port is refused as such", async () => {
  await using net = await EgressFixture.open();
  for (const host of ["", "a b", "a/b", "user@a.test", "[::1", "a.test:80", "%31.test"]) {
    await assert.rejects(
      open(net, [], { host, port: 5432 }),
      { code: /INVALID|NET_BLOCKED/ },
      host,
    );
  }
  for (const port of [0, -1, 65_536, 1.5, NaN]) {
    await assert.rejects(open(net, [], { host: "a.test", port }), { code: "INVALID" });
  }
  assert.deepEqual([net.asked, net.dialed], [[], []]);
});

Deno.test("a private address is reached only where the grant spells it", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("inside.test", echo, { at: "127.0.0.7" });
  const grants = [`net:connect:inside.test:${port}`, `net:connect:127.0.0.7:${port}`];
  await assert.rejects(open(net, grants, { host: "inside.test", port }), blocked);
  assert.deepEqual(net.dialed, []);
  for (const host of ["127.0.0.7", "0x7f.0.0.7"]) {
    const socket = await open(net, grants, { host, port });
    socket.close();
  }
  assert.deepEqual(net.dialed, ["127.0.0.7", "127.0.0.7"]);
  for (
    const host of [
      "0.0.0.0",
      "224.0.0.1",
      "255.255.255.255",
      "240.0.0.1",
      "::",
      "ff02::1",
      "fe80::1",
    ]
  ) {
    const spelled = host.includes(":") ? `[${host}]` : host;
    const granted = [`net:connect:${spelled}:${port}`];
    await assert.rejects(open(net, granted, { host, port }), blocked, host);
  }
  for (const host of ["localhost", "db.localhost", "redis", "db.internal"]) {
    const granted = [`net:connect:${host}:${port}`];
    await assert.rejects(open(net, granted, { host, port }), blocked, host);
  }
});

Deno.test("a name that changes its address is connected to where it was judged", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("rebind.test", (conn) => conn.write(bytes("public")).then(() => {}));
  let turn = 0;
  net.names.set("rebind.test", () => turn++ % 2 === 0 ? ["127.0.0.1"] : ["127.0.0.9"]);
  const grants = [`net:connect:rebind.test:${port}`];
  const socket = await open(net, grants, { host: "rebind.test", port });
  assert.equal(text(await socket.read()), "public");
  socket.close();
  assert.deepEqual([net.asked, net.dialed], [["rebind.test"], ["127.0.0.1"]]);
  await assert.rejects(
    open(net, grants, { host: "rebind.test", port }),
    (error: FaztError) =>
      error.code === "NET_BLOCKED" && !JSON.stringify(error.toBody()).includes("127.0.0.9"),
  );
  assert.deepEqual(net.dialed, ["127.0.0.1"]);
});

Deno.test("no grant opens the node's own port, mail ports or the node's names", async () => {
  await using net = await EgressFixture.open();
  const { settings, now } = net.store;
  await settings.set("server.port", 18_080, now);
  await settings.set("server.domain", "cloud.test", now);
  net.names.set("cloud.test", ["127.0.0.1"]);
  const own = Deno.networkInterfaces().map(({ address, family }) =>
    family === "IPv6" ? `[${address.split("%")[0]}]` : address
  );
  for (const host of [...own, "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
    const grants = [`net:connect:${host}:18080`];
    await assert.rejects(open(net, grants, { host, port: 18_080 }), blocked, host);
  }
  for (const port of [25, 465, 587]) {
    const grants = [`net:connect:mail.test:${port}`];
    await assert.rejects(open(net, grants, { host: "mail.test", port }), blocked);
  }
  for (const host of ["cloud.test", "admin.cloud.test"]) {
    await assert.rejects(open(net, [`net:connect:${host}:443`], { host, port: 443 }), blocked);
  }
  assert.deepEqual(net.dialed, []);
});

Deno.test("the owner's rules hold for sockets", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("db.test", silent);
  const grants = [`net:connect:db.test:${port}`];
  await net.egress.deny({ pattern: `db.test:${port}`, userId: "usr_owner" });
  await assert.rejects(
    open(net, grants, { host: "db.test", port }),
    /the owner denies db\.test/,
  );
  await net.egress.removeRule({ pattern: `db.test:${port}` });
  const socket = await open(net, grants, { host: "db.test", port });
  socket.close();
});

Deno.test("an app has as many sockets as its limit, and a closed one makes room", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.sockets", 2, net.store.now);
  const port = net.listen("db.test", silent);
  const grants = [`net:connect:db.test:${port}`];
  const to = { host: "db.test", port };
  const [first, second] = [await open(net, grants, to), await open(net, grants, to)];
  await assert.rejects(open(net, grants, to), (error: FaztError) => {
    assert.equal(error.code, "NET_LIMIT");
    assert.deepEqual(error.details, { limit: "net.sockets", used: 2, max: 2 });
    return /limits\.net\.sockets/.test(error.hint!);
  });
  assert.equal(net.egress.usage().sockets, 2);
  const elsewhere = await net.egress.sockets.open(callerOf("b", grants), to);
  first.close();
  const third = await open(net, grants, to);
  for (const socket of [second, third, elsewhere]) socket.close();
  assert.equal(net.egress.usage().sockets, 0);
  await assert.rejects(open(net, grants, { ...to, host: "nobody.test" }), blocked);
  assert.equal(net.egress.usage().sockets, 0);
});

Deno.test("opening sockets, refused ones too, counts like requests", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.perMinute", 3, net.store.now);
  const port = net.listen("db.test", silent);
  const grants = [`net:connect:db.test:${port}`];
  const socket = await open(net, grants, { host: "db.test", port });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(open(net, grants, { host: "db.test", port: port + 1 }), blocked);
  }
  await assert.rejects(open(net, grants, { host: "db.test", port }), { code: "NET_RATE" });
  socket.close();
});

Deno.test("the log has one line a socket, with its bytes, and one a refusal", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("db.test", echo);
  const grants = [`net:connect:db.test:${port}`];
  const socket = await open(net, grants, { host: "db.test", port });
  await socket.write(bytes("hello"));
  await socket.read();
  socket.close();
  await assert.rejects(open(net, [], { host: "db.test", port }));
  const lines = (await net.lines()).map((line) => [
    ...[line.appId, line.method, line.host, line.path],
    ...[line.code, line.bytesIn, line.bytesOut],
  ]);
  const at = `db.test:${port}`;
  assert.deepEqual(lines, [
    ["app_a", "TCP", at, "", undefined, 5, 5],
    ["app_a", "TCP", at, "", "NET_BLOCKED", 0, 0],
  ]);
});

Deno.test("a socket that does not open in time is given up", async () => {
  const dialing = Promise.withResolvers<void>();
  await using net = await EgressFixture.open({
    connect: (_dial, signal) => {
      dialing.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
  });
  net.names.set("slow.test", ["127.0.0.1"]);
  const grants = ["net:connect:slow.test:5432"];
  const late = open(net, grants, { host: "slow.test", port: 5432, timeoutMs: 20 });
  await assert.rejects(late, { code: "NET_TIMEOUT" });
  const abort = new AbortController();
  const request = { host: "slow.test", port: 5432, signal: abort.signal };
  const given = open(net, grants, request);
  await dialing.promise;
  abort.abort();
  await assert.rejects(given, { code: "NET_ERROR" });
  assert.equal(net.egress.usage().sockets, 0);
});

Deno.test("a socket that carries nothing is closed", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.socketIdleSeconds", 1, net.store.now);
  const ended = Promise.withResolvers<void>();
  const port = net.listen("db.test", async (conn) => {
    await conn.read(new Uint8Array(1)).catch(() => {});
    ended.resolve();
  });
  const socket = await open(net, [`net:connect:db.test:${port}`], { host: "db.test", port });
  await assert.rejects(socket.read(), { code: "NET_TIMEOUT" });
  await ended.promise;
  await until(() => net.egress.usage().sockets === 0);
});

Deno.test("a node that stops closes every socket", async () => {
  await using net = await EgressFixture.open();
  const port = net.listen("db.test", silent);
  const socket = await open(net, [`net:connect:db.test:${port}`], { host: "db.test", port });
  await net.egress.close();
  await assert.rejects(socket.read(), { code: "NET_ERROR" });
});
