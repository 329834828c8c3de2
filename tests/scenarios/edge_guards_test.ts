// What the door of a node refuses: too many requests, too many at once, bodies that trickle,
// headers that are too large, traffic past its budget. Everybody else goes on.
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { cidOf } from "../../kernel/fs/mod.ts";
import {
  type Answer,
  api,
  cli,
  deploy,
  type Sending,
  startNode,
  type TestNode,
  until,
  visit,
} from "../helpers/mod.ts";

const APP = {
  "app.json": '{"name":"web","rate":{"api/login":{"perAddress":"5/min"}}}',
  "index.html": "<h1>still here</h1>",
  "api/main.js": `const wait = (ms) => new Promise((r) => setTimeout(r, ms));
  export default async (r) => {
    const { pathname, searchParams } = new URL(r.url);
    if (pathname === "/api/stream") {
      return new Response(new ReadableStream({
        async pull(c) { await wait(50); c.enqueue(new TextEncoder().encode("tick")); },
      }));
    }
    if (pathname === "/api/bytes") return "x".repeat(Number(searchParams.get("n")));
    return { read: (await r.text()).length };
  }`,
};

const from = (address: string, sending: Sending = {}): Sending => ({
  ...sending,
  headers: { ...sending.headers, "x-forwarded-for": address },
});
const set = (node: TestNode, key: string, value: number) =>
  api(node, "PUT", "/api/system/config", { body: { key, value } });
const statuses = (answers: readonly Answer[]) => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const all = (n: number, ask: () => Promise<Answer>) => Promise.all(Array.from({ length: n }, ask));

/** An answer that is being streamed, for as long as its socket is open. */
function stream(node: TestNode, path: string, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(node.port), "127.0.0.1");
    socket.on("error", reject);
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: web.localhost:${node.port}\r\n` +
        `x-forwarded-for: ${address}\r\n\r\n`,
    );
    socket.once("data", () => resolve(socket));
  });
}

/** Sends the beginning of a request and no more; resolves with the answer. */
function begin(node: TestNode, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(node.port), "127.0.0.1");
    let text = "";
    socket.on("error", reject);
    socket.on("data", (part) => {
      text += part;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Infinity);
      if (text.length < text.indexOf("\r\n\r\n") + 4 + length) return;
      socket.destroy();
      resolve(text);
    });
    socket.write(head);
  });
}

async function events(node: TestNode, type: string) {
  const { data } = await api(node, "GET", `/api/events?type=${type}`);
  return data.items as { type: string; data: Record<string, unknown> }[];
}

Deno.test("an address that asks too often is sent away from code, never from files", async () => {
  await using node = await startNode({ settings: { "limits.rate.perAddress": "2" } });
  await deploy(node, "web", APP);
  const mallory = "203.0.113.7";
  const answers = await all(40, () => visit(node, "web", "/api/", from(mallory)));
  const { 200: served = 0, 429: refused = 0 } = statuses(answers);
  assert.ok(served >= 6 && refused > 0 && served + refused === 40, JSON.stringify(served));
  const one = answers.find(({ status }) => status === 429)!;
  assert.ok(Number(one.headers.get("retry-after")) >= 1);
  assert.equal(one.headers.get("ratelimit-remaining"), "0");
  assert.equal(JSON.parse(one.text).error.details.limit, "rate.perAddress");

  assert.equal((await visit(node, "web", "/", from(mallory))).status, 200);
  const other = await visit(node, "web", "/api/", from("198.51.100.1"));
  assert.equal(other.status, 200);
  assert.equal(other.headers.get("ratelimit-limit"), "6");
  // The same customer with another address, and a forger who writes addresses before its own.
  const six = (n: number) => visit(node, "web", "/api/", from(`2001:db8:1:2::${n}`));
  assert.ok(statuses(await Promise.all(Array.from({ length: 40 }, (_, n) => six(n))))[429]! > 0);
  const forged = await Promise.all(
    Array.from({ length: 40 }, (_, n) => visit(node, "web", "/api/", from(`10.0.0.${n}, 7.7.7.7`))),
  );
  assert.ok(statuses(forged)[429]! > 0);
  const local = await all(40, () => visit(node, "web", "/api/"));
  assert.deepEqual(statuses(local), { 200: 40 });
  assert.equal(local[0]!.headers.get("ratelimit-limit"), null);
});

Deno.test("an app's rate holds for all its visitors, and its owner is told once", async () => {
  await using node = await startNode({ settings: { "limits.rate.perApp": "10" } });
  await deploy(node, "web", APP);
  await deploy(node, "other", { "api/main.js": "export default () => 'fine'" });
  const answers = await all(60, () => visit(node, "web", "/api/"));
  assert.ok(statuses(answers)[429]! > 0);
  assert.equal((await visit(node, "other", "/api/")).text, "fine");
  assert.equal((await visit(node, "web", "/")).status, 200);
  await all(60, () => visit(node, "web", "/api/"));
  await until(async () => (await events(node, "system.limit.exceeded")).length > 0);
  const told = await events(node, "system.limit.exceeded");
  assert.equal(told.length, 1);
  assert.partialDeepStrictEqual(told[0]!.data, { limit: "rate.perApp", app: "web" });
});

Deno.test("a key has its own rate at the API, strangers that of their address, the owner none", async () => {
  await using node = await startNode({
    settings: { "limits.rate.perKey": "5", "limits.rate.perAddress": "2" },
  });
  const key = (await api(node, "POST", "/api/keys", { body: { name: "ci", scopes: ["read"] } }))
    .data.token;
  const ask = (token: string, headers = {}) =>
    Array.from({ length: 30 }, () => api(node, "GET", "/api/apps", { token, headers }));
  const byKey = await Promise.all(ask(key, { "x-forwarded-for": "203.0.113.7" }));
  assert.ok(byKey.some(({ status }) => status === 200));
  const refused = byKey.find(({ status }) => status === 429)!;
  assert.equal(refused.error.details.limit, "rate.perKey");
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  const guesses = await Promise.all(ask("fazt_guess", { "x-forwarded-for": "198.51.100.1" }));
  assert.ok(guesses.some(({ status }) => status === 429));
  assert.ok(guesses.every(({ status }) => status === 401 || status === 429));

  const origin = `http://127.0.0.1:${node.port}`;
  const behind = { "x-forwarded-for": "198.51.100.1", origin };
  await until(async () => {
    const link = (await api(node, "POST", "/api/owner-links")).data.url.split("#")[1];
    const signIn = await api(node, "POST", "/api/session", {
      token: "",
      body: { token: link },
      headers: behind,
    });
    if (signIn.status === 429) return false;
    const cookie = signIn.headers.getSetCookie()[0]!.split(";")[0]!;
    const owner = await Promise.all(ask("", { "x-forwarded-for": "198.51.100.1", cookie }));
    assert.ok(owner.every(({ status }) => status === 200));
    return true;
  });
  assert.ok((await Promise.all(ask(node.token))).every(({ status }) => status === 200));
});

Deno.test("an app's own rule holds on its path", async () => {
  await using node = await startNode();
  await deploy(node, "web", APP);
  const tries = async (path: string) =>
    statuses(await all(8, () => visit(node, "web", path, from("203.0.113.7"))));
  assert.deepEqual(await tries("/api/login"), { 200: 5, 429: 3 });
  assert.deepEqual(await tries("/api/%6Cogin/"), { 429: 8 });
  assert.deepEqual(await tries("/api/other"), { 200: 8 });
  const bad = await deploy(node, "web", {
    ...APP,
    "app.json": '{"name":"web","rate":{"api/login":{"perAddress":"5/week"},"login":{}}}',
  });
  const paths = bad.error.details.map(({ path }: { path: string }) => path).sort();
  assert.deepEqual(paths, ["rate.api/login.perAddress", "rate.login"]);
});

Deno.test("a path takes bodies as large as its own rule says, and the owner allows", async () => {
  await using node = await startNode({ settings: { "limits.request.bodyMb": "1" } });
  const APP_WITH = (body: string) => ({
    "app.json": `{"name":"web","body":${body}}`,
    "api/main.js": "export default async (r) => (await r.bytes()).length",
  });
  const rules = '{"api/*":"64kb","api/login":"1kb","api/up/*":"2MB"}';
  const made = await deploy(node, "web", APP_WITH(rules));
  assert.match(JSON.stringify(made), /bodies of 2MB at api\/up\/\*, this node allows 1 MB/);
  const send = async (path: string, kb: number) => {
    const body = new Uint8Array(kb * 1024);
    const { status, text } = await visit(node, "web", path, { method: "POST", body });
    return status === 200 ? Number(text) / 1024 : JSON.parse(text).error.code;
  };
  assert.equal(await send("/api/login", 1), 1);
  for (const path of ["/api/login", "/api/%6Cogin/", "/api//Login"]) {
    assert.equal(await send(path, 2), "BODY_TOO_LARGE", path);
  }
  assert.equal(await send("/api/other", 64), 64);
  assert.equal(await send("/api/other", 65), "BODY_TOO_LARGE");
  assert.equal(await send("/api/up/a/b", 1024), 1024);
  assert.equal(await send("/api/up/a/b", 1025), "BODY_TOO_LARGE");

  // What is on its way can be followed, by whoever sends it.
  const bytes = new Uint8Array(300_000);
  const sent = request({
    host: "127.0.0.1",
    port: node.port,
    method: "PUT",
    path: `/api/blobs/${await cidOf(bytes)}`,
    headers: {
      authorization: `Bearer ${node.token}`,
      "content-length": bytes.length,
      "upload-id": "the-first",
    },
  });
  const answered = new Promise((resolve) => sent.on("response", resolve));
  sent.write(bytes.subarray(0, 100_000));
  const upload = async () => (await api(node, "GET", "/api/uploads/the-first")).data;
  await until(async () => (await upload())?.received === 100_000);
  assert.deepEqual([(await upload()).state, (await upload()).total], ["receiving", 300_000]);
  sent.end(bytes.subarray(100_000));
  await answered;
  assert.deepEqual([(await upload()).state, (await upload()).received], ["done", 300_000]);
  const { data: key } = await api(node, "POST", "/api/keys", {
    body: { name: "other", scopes: ["read"] },
  });
  const others = await api(node, "GET", "/api/uploads/the-first", { token: key.token });
  assert.equal(others.status, 404);
  const headers = { "upload-id": "../x" };
  assert.equal((await api(node, "POST", "/api/keys", { headers, body: {} })).error.code, "INVALID");

  const bad = await deploy(node, "web", APP_WITH('{"api/x":"5gb","x":"1kb"}'));
  const paths = bad.error.details.map(({ path }: { path: string }) => path).sort();
  assert.deepEqual(paths, ["body.api/x", "body.x"]);
});

Deno.test("streams that never end hold their places until they do, and only so many", async () => {
  await using node = await startNode({
    settings: { "limits.global.perAddress": "3", "limits.global.connections": "5" },
  });
  await deploy(node, "web", APP);
  const slow = (address: string) => stream(node, "/api/stream", address);
  const mine = await Promise.all([1, 2, 3].map(() => slow("203.0.113.7")));
  const fourth = await visit(node, "web", "/api/", from("203.0.113.7"));
  assert.equal(fourth.status, 503);
  assert.equal(JSON.parse(fourth.text).error.details.limit, "global.perAddress");
  const others = await Promise.all([1, 2].map(() => slow("198.51.100.1")));
  const full = await visit(node, "web", "/api/");
  assert.deepEqual([full.status, full.headers.get("retry-after")], [503, "1"]);
  assert.equal(JSON.parse(full.text).error.details.limit, "global.connections");
  assert.equal((await visit(node, "web", "/")).status, 200);
  // Strangers take no place that the owner needs, not even at the API.
  assert.equal((await api(node, "GET", "/api/system/health")).status, 200);
  const stranger = await api(node, "GET", "/api/system/health", { token: "fazt_guess" });
  assert.equal(stranger.error.details.limit, "global.connections");

  for (const socket of [...mine, ...others]) socket.destroy();
  await until(async () => (await visit(node, "web", "/api/", from("203.0.113.7"))).status === 200);
  await until(async () => (await events(node, "system.limit.*")).length > 0);
  const told = (await events(node, "system.limit.exceeded")).map(({ data }) => data.limit);
  assert.deepEqual(told, ["global.connections"]);
});

Deno.test("a body that trickles is ended, before code is called and at the API", async () => {
  await using node = await startNode({ settings: { "limits.request.bodySeconds": "1" } });
  await deploy(node, "web", APP);
  const code = await begin(
    node,
    `POST /api/ HTTP/1.1\r\nhost: web.localhost:${node.port}\r\ncontent-length: 100\r\n\r\nabc`,
  );
  assert.match(code, /^HTTP\/1\.1 408 /);
  assert.match(code, /BODY_TIMEOUT/);
  const { data } = await api(node, "GET", "/api/apps/web/status");
  assert.equal(data.requests, 0);
  for (const path of ["/api/apps", "/api/deploy"]) {
    const answer = await begin(
      node,
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${node.port}\r\nauthorization: Bearer ` +
        `${node.token}\r\ncontent-length: 100\r\n\r\n{`,
    );
    assert.match(answer, /^HTTP\/1\.1 408 /, path);
    assert.match(answer, /request\.bodySeconds/, path);
  }
  assert.equal(
    (await visit(node, "web", "/api/", { method: "POST", body: "abc" })).text,
    '{"read":3}',
  );
});

Deno.test("headers may be as large as the owner says, and an app may want less", async () => {
  await using node = await startNode();
  const limits = '{"name":"small","limits":{"request":{"headerKb":1}}}';
  await deploy(node, "web", APP);
  await deploy(node, "small", { "app.json": limits, "index.html": "x" });
  const ask = async (label: string, kb: number) =>
    (await visit(node, label, "/", { headers: { "x-large": "x".repeat(kb * 1024) } })).status;
  assert.deepEqual([await ask("web", 30), await ask("web", 33)], [200, 431]);
  assert.deepEqual([await ask("small", 0), await ask("small", 2)], [200, 431]);
  await set(node, "limits.request.headerKb", 64);
  assert.equal(await ask("web", 33), 200);
});

Deno.test("an app past its month's traffic is closed to visitors, and its owner knows", async () => {
  await using node = await startNode();
  await deploy(node, "web", APP);
  await deploy(node, "other", { "index.html": "fine" });
  await visit(node, "web", "/api/bytes?n=150000", { method: "POST", body: "12345" });
  await visit(node, "web", "/");
  const { traffic } = (await api(node, "GET", "/api/apps/web/status")).data;
  assert.partialDeepStrictEqual(traffic, {
    requests: 2,
    bytesIn: 5,
    bytesOut: 150_019,
    budget: null,
  });

  const GIB = 1024 ** 3;
  await set(node, "limits.net.egressGbPerMonth", 180_000 / GIB);
  await until(async () => (await events(node, "system.limit.warning")).length > 0);
  assert.equal((await visit(node, "web", "/api/bytes?n=60000")).status, 200);
  const page = await visit(node, "web", "/");
  assert.equal(page.status, 429);
  assert.match(page.headers.get("content-type")!, /^text\/html/);
  assert.ok(Number(page.headers.get("retry-after")) > 0);
  const code = await visit(node, "web", "/api/");
  assert.deepEqual([code.status, JSON.parse(code.text).error.code], [429, "QUOTA"]);
  assert.equal((await visit(node, "other", "/")).text, "fine");

  await until(async () => (await events(node, "system.limit.exceeded")).length > 0);
  for (const level of ["warning", "exceeded"]) {
    // A builder that has just worked may be worth a warning of memory.
    const told = (await events(node, `system.limit.${level}`))
      .filter(({ data }) => data.limit === "net.egressGbPerMonth");
    assert.deepEqual(told.map(({ data }) => data.app), ["web"], level);
  }
  const { data: rows } = await api(node, "GET", "/api/activity");
  const actions = rows.map(({ action }: { action: string }) => action);
  assert.ok(actions.includes("limit.warning") && actions.includes("limit.exceeded"));
  const logs = (await api(node, "GET", "/api/apps/web/logs")).data;
  assert.ok(
    logs.some(({ message }: { message: string }) => /traffic.*visitors get 429/.test(message)),
  );
  const info = await cli(node, "app", "info", "web");
  assert.match(info.stdout, /traffic +210 KB of 180 KB to visitors, 5 B from them in \d+ requests/);
  const listed = await cli(node, "events", "list", "system.limit.*");
  assert.match(listed.stdout, /system\.limit\.exceeded/);

  await set(node, "limits.net.egressGbPerMonth", 0);
  assert.equal((await visit(node, "web", "/")).status, 200);
});

Deno.test("what was counted is there after the node stopped, and a large file counts as it goes", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-traffic-" });
  const db = `${folder}/data.db`;
  const settings = { "limits.vfs.streamAboveMb": "0" };
  const traffic = async (node: TestNode) =>
    (await api(node, "GET", "/api/apps/web/status")).data.traffic;
  try {
    {
      await using node = await startNode({ db, settings });
      await deploy(node, "web", { "index.html": "x", "film.bin": new Uint8Array(900_000) });
      assert.equal((await visit(node, "web", "/film.bin")).bytes.length, 900_000);
      const part = { headers: { range: "bytes=0-99" } };
      assert.equal((await visit(node, "web", "/film.bin", part)).status, 206);
      assert.partialDeepStrictEqual(await traffic(node), { requests: 2, bytesOut: 900_100 });
    }
    await using node = await startNode({ db, settings });
    assert.partialDeepStrictEqual(await traffic(node), { requests: 2, bytesOut: 900_100 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
