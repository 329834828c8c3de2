import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createSocket } from "node:dgram";
import dnsPacket from "dns-packet";
import { FakeNode } from "../testing/fake_node.ts";
import { VERSION } from "../version.ts";
import type { Finding } from "./finding.ts";

const HEALTH = { version: VERSION, mode: "normal", url: "http://localhost" };
const DAY = 86_400_000;

/** A resolver on this machine; `answer` gives the bytes, or nothing for silence. */
async function withResolver(
  answer: (query: dnsPacket.DecodedPacket) => Uint8Array | undefined,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const reply = answer(dnsPacket.decode(bytes));
    if (reply) socket.send(reply, from.port, from.address);
  });
  const bound = Promise.withResolvers<void>();
  socket.bind(0, "127.0.0.1", () => bound.resolve());
  await bound.promise;
  try {
    await use(`127.0.0.1:${socket.address().port}`);
  } finally {
    const closed = Promise.withResolvers<void>();
    socket.close(() => closed.resolve());
    await closed.promise;
  }
}

/** An answer with these A records; none is a name that does not exist. */
function reply(query: dnsPacket.DecodedPacket, addresses: readonly string[]): Uint8Array {
  const [question] = query.questions!;
  const exists = addresses.length > 0;
  return dnsPacket.encode({
    type: "response",
    id: query.id!,
    // 3 is NXDOMAIN (RFC 1035 §4.1.1).
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | (exists ? 0 : 3),
    questions: query.questions!,
    answers: question!.type === "A"
      ? addresses.map((data) => ({ type: "A", name: question!.name, ttl: 1, data }))
      : [],
  });
}

async function examine(node: FakeNode, env: Record<string, string>, db = node.dbPath) {
  const { port } = new URL(node.url);
  const { code, io } = await node.run(["doctor", "--json", "--db", db], {
    env: { FAZT_SERVER_PORT: port, ...env },
  });
  const { findings } = io.json<{ findings: Finding[] }>();
  for (const finding of findings) assert.equal(finding.fix === undefined, finding.state === "ok");
  const of = (check: string) => findings.find((one) => one.check === check)!;
  return { code, of };
}

const DOMAIN = { FAZT_SERVER_DOMAIN: "node.example.com" };
const here = () =>
  Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !/^127\./.test(address)
  )
    ?.address;

Deno.test("doctor: a domain that points here, with all names below it, is sound", async () => {
  const address = here();
  if (address === undefined) return;
  await using node = new FakeNode({ "GET /api/system/health": HEALTH });
  await withResolver((query) => reply(query, [address]), async (server) => {
    const { of } = await examine(node, { ...DOMAIN, FAZT_DNS_SERVERS: server });
    assert.deepEqual([of("dns").state, of("dns").about.includes(address)], ["ok", true]);
  });
});

Deno.test("doctor: answers of the DNS that lead nowhere are told apart", async () => {
  await using node = new FakeNode({ "GET /api/system/health": HEALTH });
  const cases: [(query: dnsPacket.DecodedPacket) => Uint8Array | undefined, string, RegExp][] = [
    [(query) => reply(query, []), "fail", /node\.example\.com has no address/],
    [
      (query) => reply(query, query.questions![0]!.name === "node.example.com" ? ["10.9.8.7"] : []),
      "fail",
      /\*\.node\.example\.com has no address/,
    ],
    [(query) => reply(query, ["127.0.0.1"]), "fail", /which the internet cannot reach/],
    [
      (query) =>
        reply(query, [query.questions![0]!.name.startsWith("fazt-") ? "8.8.4.4" : "8.8.8.8"]),
      "warn",
      /\*\.node\.example\.com points at 8\.8\.4\.4/,
    ],
    [() => new TextEncoder().encode("this is no answer at all"), "fail", /cannot be looked up/],
  ];
  for (const [answer, state, about] of cases) {
    await withResolver(answer, async (server) => {
      const { code, of } = await examine(node, { ...DOMAIN, FAZT_DNS_SERVERS: server });
      assert.match(of("dns").about, about);
      assert.equal(of("dns").state, state, of("dns").about);
      if (state === "fail") assert.equal(code, 1);
    });
  }
});

Deno.test("doctor: without a domain nothing is asked of anybody", async () => {
  await using node = new FakeNode({ "GET /api/system/health": HEALTH });
  const { of } = await examine(node, { FAZT_DNS_SERVERS: "127.0.0.1:1" });
  assert.deepEqual([of("dns").state, of("ports").state], ["ok", "ok"]);
});

Deno.test("doctor: certificates that have expired, or need somebody", async () => {
  const certificate = { name: "node.example.com", state: "valid", notAfter: Date.now() + 60 * DAY };
  const cases: [unknown, string, RegExp][] = [
    [{ certificates: [certificate], attention: [] }, "ok", /^1 certificates, the first ends on/],
    [
      { certificates: [{ ...certificate, state: "expired" }] },
      "fail",
      /the certificate of node\.example\.com has expired/,
    ],
    [
      { certificates: [], attention: [{ message: "no order went through", hint: "look there" }] },
      "warn",
      /no order went through/,
    ],
  ];
  for (const [answer, state, about] of cases) {
    await using node = new FakeNode({
      "GET /api/system/health": HEALTH,
      "GET /api/certificates": answer as Record<string, unknown>,
    });
    const { of } = await examine(node, {});
    assert.equal(of("tls").state, state);
    assert.match(of("tls").about, about);
  }
});

Deno.test("doctor: a clock that differs from a peer's", async () => {
  await using node = new FakeNode({ "GET /api/system/health": HEALTH });
  let off = 0;
  const peer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("{}", { headers: { date: new Date(Date.now() + off).toUTCString() } }),
  );
  try {
    const url = `http://127.0.0.1:${peer.addr.port}/releases/`;
    for (
      const [ms, state] of [[0, "ok"], [-120_000, "warn"], [3_600_000, "fail"]] as const
    ) {
      off = ms;
      const { of } = await examine(node, { FAZT_UPGRADE_URL: url });
      assert.equal(of("clock").state, state, of("clock").about);
    }
    assert.match(
      (await examine(node, { FAZT_UPGRADE_URL: url })).of("clock").about,
      /\d+ s behind 127\.0\.0\.1/,
    );
  } finally {
    await peer.shutdown();
  }
});

Deno.test("doctor: files and folders that others may read, or nobody may write", async () => {
  await using node = new FakeNode({ "GET /api/system/health": HEALTH });
  // What SQLite makes beside the file gets its mode.
  const all = (mode: number) => {
    for (const end of ["", "-wal", "-shm"]) {
      if (existsSync(node.dbPath + end)) chmodSync(node.dbPath + end, mode);
    }
  };
  all(0o640);
  const loose = await examine(node, {});
  assert.deepEqual([loose.of("permissions").state, loose.code], ["warn", 0]);
  assert.match(loose.of("permissions").fix!, /^chmod 600 /);
  all(0o600);
  mkdirSync(`${node.folder}/backups`);
  chmodSync(`${node.folder}/backups`, 0o755);
  assert.match((await examine(node, {})).of("permissions").about, /others may look into/);
  chmodSync(`${node.folder}/backups`, 0o700);
  assert.equal((await examine(node, {})).of("permissions").state, "ok");
  // A folder nobody may write to, whoever runs this.
  const nowhere = await examine(node, {}, "/proc/self/data.db");
  assert.deepEqual([nowhere.of("permissions").state, nowhere.code], ["fail", 1]);
});

Deno.test("doctor: a file in the database's place that nobody can read as one", async () => {
  await using node = new FakeNode();
  const path = `${node.folder}/odd.db`;
  writeFileSync(path, "\0\x01\x02".repeat(5000), { mode: 0o600 });
  const { code, of } = await examine(node, {}, path);
  assert.deepEqual([code, of("database").state], [1, "fail"]);
  for (const check of ["dns", "clock", "permissions"]) assert.equal(of(check).state, "ok", check);
});
