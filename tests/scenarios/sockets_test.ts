// Sockets of apps on a running node: what app code sees, and that nothing outlives it.
import assert from "node:assert/strict";
import { TEST_CA, TEST_CERT, TEST_KEY } from "../../kernel/egress/testing_tls.ts";
import { api, cli, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

const MIB = 1 << 20;

/** A server on a loopback port; `open` is how many connections it has. */
class Server implements AsyncDisposable {
  readonly port: number;
  open = 0;
  readonly #listener: Deno.Listener;
  readonly #conns = new Set<Deno.Conn>();

  constructor(
    handler: (conn: Deno.Conn) => Promise<unknown>,
    { tls = false }: { readonly tls?: boolean } = {},
  ) {
    const at = { hostname: "127.0.0.1", port: 0 };
    this.#listener = tls
      ? Deno.listenTls({ ...at, cert: TEST_CERT, key: TEST_KEY })
      : Deno.listen(at);
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#accept(handler).catch(() => {});
  }

  async #accept(handler: (conn: Deno.Conn) => Promise<unknown>) {
    for await (const conn of this.#listener) {
      this.open++;
      this.#conns.add(conn);
      handler(conn).catch(() => {}).finally(() => {
        this.open--;
        this.#conns.delete(conn);
        try {
          conn.close();
        } catch { /* it has ended */ }
      });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch { /* it has ended */ }
    }
    return Promise.resolve();
  }
}

const echo = (conn: Deno.Conn) => conn.readable.pipeTo(conn.writable, { preventClose: false });

/** Deploys an app that may connect to these ports; the code has `say`, `hear`, `caught`. */
async function deployed(
  node: TestNode,
  name: string,
  { ports, body, before = "" }: {
    readonly ports: readonly number[];
    readonly body: string;
    readonly before?: string;
  },
): Promise<void> {
  const permissions = ports.map((port) => `net:connect:127.0.0.1:${port}`);
  const { status, error } = await deploy(node, name, {
    "app.json": JSON.stringify({ name, permissions }),
    "api/main.js": `${before}
const say = (text) => new TextEncoder().encode(text);
const hear = async (socket) => await new Response(socket.readable).text();
const caught = async (run) => {
  try { return await run(); } catch ({ code, message, limit, used, max, reason, stack }) {
    return { code, message, limit, used, max, reason, stack };
  }
};
export default async (request) => { ${body} };`,
  });
  assert.equal(status, 201, JSON.stringify(error));
}

async function ask(node: TestNode, name: string) {
  const { status, text } = await visit(node, name, "/api");
  assert.equal(status, 200, text);
  return JSON.parse(text);
}

Deno.test("an app speaks over sockets as libraries for the Sockets API do", async () => {
  await using plain = new Server(echo);
  await using secure = new Server(echo, { tls: true });
  await using upgrading = new Server(async (conn) => {
    await conn.read(new Uint8Array(1));
    await conn.write(new TextEncoder().encode("S"));
    const inner = await Deno.connect({ hostname: "127.0.0.1", port: secure.port });
    await Promise.all([conn.readable.pipeTo(inner.writable), inner.readable.pipeTo(conn.writable)]);
  });
  await using node = await startNode();
  const ports = [plain.port, secure.port, upgrading.port];
  const tls = `{ ca: ${JSON.stringify(TEST_CA)}, serverName: "good.test" }`;
  const talk = `const talk = async (socket, text) => {
    const writer = socket.writable.getWriter();
    await writer.write(say(text));
    await writer.close();
    return await hear(socket);
  };`;
  await deployed(node, "talk", {
    ports,
    before: `import { connect } from "cloudflare:sockets";\n${talk}`,
    body: `const { net } = fazt, out = [];
      const first = await net.connect("127.0.0.1", ${plain.port}, { allowHalfOpen: true });
      out.push(first.remoteAddress, first.secureTransport, await talk(first, "plain"));
      await first.closed;
      const second = await net.connect("127.0.0.1", ${secure.port}, { tls: true, ...${tls}, timeout: "5s" });
      out.push(second.secureTransport, await talk(second, "secure"));
      const third = await net.connect("127.0.0.1", ${upgrading.port});
      const writer = third.writable.getWriter(), reader = third.readable.getReader();
      await writer.write(say("x"));
      out.push(new TextDecoder().decode((await reader.read()).value));
      // As postgres.js does it: with a read under way.
      const under = reader.read().catch(() => "given up");
      writer.releaseLock();
      reader.releaseLock();
      const fourth = third.startTls(${tls});
      await fourth.opened;
      out.push(await under, third.upgraded, fourth.secureTransport);
      const up = fourth.writable.getWriter();
      await up.write(say("after"));
      out.push(new TextDecoder().decode((await fourth.readable.getReader().read()).value));
      await fourth.close();
      const fifth = connect("127.0.0.1:${plain.port}");
      out.push(await talk(fifth, "workers"), (await fifth.opened).remoteAddress);
      const sixth = await net.connect("127.0.0.1", ${plain.port});
      await sixth.close();
      out.push((await sixth.readable.getReader().read()).done);
      out.push((await caught(() => sixth.writable.getWriter().write(say("late")))).message);
      out.push((await caught(() => first.startTls())).message);
      return out;`,
  });
  assert.deepEqual(await ask(node, "talk"), [
    ...[`127.0.0.1:${plain.port}`, "off", "plain"],
    ...["on", "secure"],
    ...["S", "given up", true, "on", "after"],
    ...["workers", `127.0.0.1:${plain.port}`],
    ...[true, "Cannot write: the socket is closed"],
    "Cannot start TLS: the socket has it already or is closed",
  ]);
  await until(() => plain.open + secure.open + upgrading.open === 0);
});

Deno.test("50 MB go each way through an app, and the node holds none of it", async () => {
  await using server = new Server(echo);
  await using node = await startNode();
  const size = 50 * MIB;
  await deployed(node, "pump", {
    ports: [server.port],
    body:
      `const socket = await fazt.net.connect("127.0.0.1", ${server.port}, { allowHalfOpen: true });
      const send = async () => {
        const writer = socket.writable.getWriter(), chunk = new Uint8Array(300_000);
        for (let at = 0; at < ${size}; at += chunk.length) {
          for (let i = 0; i < chunk.length; i += 1000) chunk[i] = (at + i) % 251;
          await writer.write(chunk.subarray(0, Math.min(chunk.length, ${size} - at)));
        }
        await writer.close();
      };
      let got = 0, wrong = 0;
      const receive = async () => {
        for await (const part of socket.readable) {
          for (let i = (1000 - got % 1000) % 1000; i < part.length; i += 1000) {
            const at = got + i;
            if (part[i] !== at % 251) wrong++;
          }
          got += part.length;
        }
      };
      await Promise.all([send(), receive()]);
      return { got, wrong };`,
  });
  await ask(node, "pump");
  const before = rss(node);
  let most = 0;
  const watch = setInterval(() => most = Math.max(most, rss(node)), 50);
  try {
    assert.deepEqual(await ask(node, "pump"), { got: size, wrong: 0 });
  } finally {
    clearInterval(watch);
  }
  assert.ok(most - before < 60 * MIB, `memory grew by ${(most - before) / MIB} MiB`);

  await using deaf = new Server(() => new Promise(() => {}));
  await deployed(node, "stall", {
    ports: [deaf.port],
    body: `const socket = await fazt.net.connect("127.0.0.1", ${deaf.port});
      const writer = socket.writable.getWriter();
      let sent = 0, waiting = 0;
      const sending = (async () => {
        for (; sent < ${size}; sent += ${MIB}) await writer.write(new Uint8Array(${MIB}));
      })().catch(() => {});
      // Nobody reads: it comes to a halt.
      do {
        waiting = sent;
        await new Promise((resolve) => setTimeout(resolve, 500));
      } while (waiting !== sent);
      await socket.close();
      await sending;
      return sent;`,
  });
  const sent = await ask(node, "stall");
  assert.ok(sent < 20 * MIB, `${sent} bytes were taken that nobody reads`);
});

Deno.test("a socket waits where an app has made its syscalls of this second", async () => {
  await using server = new Server(echo);
  await using node = await startNode({ settings: { "limits.runtime.syscallsPerSecond": "60" } });
  await deployed(node, "slow", {
    ports: [server.port],
    body: `const to = { allowHalfOpen: true };
      const socket = await fazt.net.connect("127.0.0.1", ${server.port}, to);
      const writer = socket.writable.getWriter();
      const sending = writer.write(new Uint8Array(${4 * MIB})).then(() => writer.close());
      let got = 0;
      for await (const part of socket.readable) got += part.length;
      await sending;
      return got;`,
  });
  assert.equal(await ask(node, "slow"), 4 * MIB);
});

Deno.test("sockets end with the isolate that opened them", async () => {
  await using server = new Server((conn) => conn.read(new Uint8Array(1)));
  await using node = await startNode();
  const app = {
    ports: [server.port],
    before: "const kept = [];",
    body: `kept.push(await fazt.net.connect("127.0.0.1", ${server.port}));
      if (request.url.endsWith("/die")) for (;;) {}
      return kept.length;`,
  };
  await deployed(node, "keep", app);
  assert.equal(await ask(node, "keep"), 1);
  assert.equal(await ask(node, "keep"), 2);
  assert.equal(server.open, 2);
  const limits = await api(node, "GET", "/api/net/limits");
  assert.equal(limits.data.usage.sockets, 2);
  // A new revision: the old isolate is retired.
  await deployed(node, "keep", { ...app, before: "const kept = []; // anew" });
  await until(() => server.open === 0);
  assert.equal(await ask(node, "keep"), 1);
  const revoked = await cli(
    ...[node, "app", "grants", "revoke", "keep", `net:connect:127.0.0.1:${server.port}`] as const,
  );
  assert.equal(revoked.code, 0, revoked.stderr);
  await until(() => server.open === 0);
  const { status } = await visit(node, "keep", "/api");
  assert.equal(status, 500);
});

Deno.test("an app is told what stops a socket, and its owner what it did", async () => {
  await using server = new Server(() => new Promise(() => {}));
  await using node = await startNode({ settings: { "limits.net.sockets": "2" } });
  const unused = new Server(() => Promise.resolve());
  await unused[Symbol.asyncDispose]();
  await deployed(node, "asks", {
    ports: [server.port, unused.port],
    body: `const { net } = fazt, out = [];
      const to = (host, port, options) => caught(() => net.connect(host, port, options));
      out.push(await to("127.0.0.1", ${unused.port}), await to("127.0.0.1", 1), await to("", 5432));
      out.push(await to("127.0.0.1", ${node.port}), await to("127.0.0.1", ${server.port}, { tls: true, timeout: 200 }));
      const open = [await net.connect("127.0.0.1", ${server.port}), await net.connect("127.0.0.1", ${server.port})];
      out.push(await to("127.0.0.1", ${server.port}));
      for (const socket of open) await socket.close();
      return out;`,
  });
  const told = await ask(node, "asks");
  assert.deepEqual(told.map(({ code }: { code: string }) => code), [
    ...["NET_ERROR", "NET_BLOCKED", "INVALID", "NET_BLOCKED", "NET_TIMEOUT", "NET_LIMIT"],
  ]);
  const { limit, used, max, message } = told[5];
  assert.deepEqual([limit, used, max], ["net.sockets", 2, 2]);
  assert.match(message, /net\.sockets is 2, in use 2/);
  assert.doesNotMatch(JSON.stringify(told), /node:|kernel\/|ECONN|os error/);

  const show = await cli(node, "app", "grants", "show", "asks");
  assert.match(show.stdout, /approved +open raw connections \(TCP and TLS\) to 127\.0\.0\.1:\d+/);
  assert.match(show.stdout, /net +false/);
  const logs = await cli(node, "net", "logs", "--app", "asks");
  assert.match(logs.stdout, new RegExp(`closed .*socket 127\\.0\\.0\\.1:${server.port}\n`));
  assert.match(
    logs.stdout,
    new RegExp(`NET_TIMEOUT .*socket 127\\.0\\.0\\.1:${server.port} \\(TLS\\)`),
  );
  const shown = await cli(node, "net", "limits");
  assert.match(shown.stdout, /sockets of one app +2/);
  const refused = await deploy(node, "self", {
    "app.json": JSON.stringify({
      name: "self",
      permissions: [`net:connect:127.0.0.1:${node.port}`],
    }),
    "api/main.js": "export default () => 1",
  });
  assert.match(JSON.stringify(refused.error), /the node's own/);
});

Deno.test("an app with net:direct reaches its host itself, once the node looked at it", async () => {
  await using node = await startNode();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") === "websocket") {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(`echo ${data}`);
      return response;
    }
    return request.url.endsWith("/events")
      ? new Response("data: one\n\nevent: named\ndata: two\n\n", {
        headers: { "content-type": "text/event-stream" },
      })
      : new Response(`hello ${request.method}`);
  });
  const { port } = server.addr;
  const { status, error } = await deploy(node, "direct", {
    "app.json": JSON.stringify({
      name: "direct",
      permissions: [`net:direct:127.0.0.1:${port}`],
    }),
    "api/main.js": `const at = "127.0.0.1:${port}";
const until = (start) => new Promise(start);
export default async () => [
  await (await fetch("http://" + at + "/", { method: "POST", body: "x" })).text(),
  await fetch("http://example.com/").catch(({ code }) => code),
  await until((resolve) => {
    const socket = new WebSocket("ws://" + at + "/");
    const seen = [socket.readyState];
    socket.onopen = () => socket.send("a");
    socket.addEventListener("message", ({ data }) => { seen.push(data, socket.readyState); socket.close(); });
    socket.onclose = () => resolve([...seen, socket.readyState, socket instanceof WebSocket]);
  }),
  await until((resolve) => {
    const socket = new WebSocket("ws://127.0.0.2:${port}/");
    socket.onclose = ({ code }) => resolve([code, socket.readyState === WebSocket.CLOSED]);
  }),
  await until((resolve) => {
    const source = new EventSource("http://" + at + "/events"), seen = [];
    source.onmessage = ({ data }) => seen.push(data);
    source.addEventListener("named", ({ data }) => { source.close(); resolve([...seen, data]); });
  }),
];`,
  });
  assert.equal(status, 201, JSON.stringify(error));
  assert.deepEqual(await ask(node, "direct"), [
    "hello POST",
    "NET_BLOCKED",
    [0, "echo a", 1, 3, true],
    [1006, true],
    ["one", "two"],
  ]);
  await server.shutdown();
});

/** Memory of the node's process, bytes. */
function rss(node: TestNode): number {
  const status = Deno.readTextFileSync(`/proc/${node.child.pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}
