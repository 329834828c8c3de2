// Hostile requests, files and machines: the node goes on, and nobody gets what is not theirs.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { api, CHECKOUT, cli, deploy, startNode, until, visit, visitHost } from "../helpers/mod.ts";

const COUNTER = {
  "app.json": '{"name":"counter","permissions":["storage:kv"]}',
  "index.html": "untouched",
  "docs/index.html": "docs",
  "api/main.js": `export default async (request) => {
    if (request.method === "POST") await fazt.storage.kv.set("k", "v".repeat(2000));
    return { n: (await fazt.storage.kv.list("")).items.length };
  }`,
};

Deno.test("deep JSON, huge headers and many cookies are refused, and the node goes on", async () => {
  await using node = await startNode();
  await deploy(node, "counter", COUNTER);
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  for (
    const body of [deep, `{"a":${deep}}`, '{"__proto__":{"admin":true}}', "{", "\u0000", '"x"']
  ) {
    const answer = await visitHost(node, `127.0.0.1:${node.port}`, "/api/apps", {
      method: "POST",
      headers: { authorization: `Bearer ${node.token}`, "content-type": "application/json" },
      body,
    });
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${body.slice(0, 20)}`);
  }
  const cookies = Array.from({ length: 3000 }, (_, i) => `c${i}=${"x".repeat(10)}`).join("; ");
  const heads = [{ cookie: cookies }, { "x-big": "x".repeat(40_000) }];
  for (const headers of heads) {
    for (const path of ["/", "/api/"]) {
      const answer = await visit(node, "counter", path, { headers }).catch(() => ({ status: 431 }));
      assert.equal(answer.status, 431);
    }
  }
  assert.equal((await visit(node, "counter", "/")).text, "untouched");
});

Deno.test("no path sends a visitor to another site", async () => {
  await using node = await startNode();
  await deploy(node, "counter", COUNTER);
  const paths = [
    "//evil.example/",
    "//evil.example/docs",
    "/\\evil.example/",
    "/%5cevil.example/docs",
    "/%2f%2fevil.example",
    "/docs//evil.example",
    "/docs/..//evil.example/docs",
    "/.//evil.example/docs",
    "/docs?next=//evil.example",
    "/docs%0d%0alocation:%20https://evil.example",
  ];
  for (const path of paths) {
    const { status, headers } = await visit(node, "counter", path);
    const location = headers.get("location");
    if (location === null) continue;
    const url = new URL(location, `http://counter.localhost:${node.port}/`);
    assert.equal(url.host, `counter.localhost:${node.port}`, `${path} ${status} ${location}`);
  }
  assert.equal((await visit(node, "counter", "/docs")).status, 308);
});

Deno.test("what is kept of one host's page never reaches another host", async () => {
  await using node = await startNode();
  for (const name of ["one", "two"]) await deploy(node, name, { "index.html": `page of ${name}` });
  const tricks = [
    {},
    { "x-forwarded-host": "two.localhost" },
    { forwarded: "host=two.localhost" },
    { "x-original-url": "/" },
    { "x-host": "two.localhost" },
    { range: "bytes=0-3" },
    { "accept-encoding": "br" },
  ];
  for (const headers of [...tricks, ...tricks]) {
    for (const [mine, other] of [["one", "two"], ["two", "one"]] as const) {
      const { text } = await visit(node, mine, "/", { headers });
      assert.ok(!text.includes(other), `${mine} ${JSON.stringify(headers)} ${text}`);
    }
  }
});

Deno.test("a damaged page of the database is told, and what is not on it is served", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-damage-" });
  const db = `${dir}/data.db`;
  try {
    const first = await startNode({ db });
    await deploy(first, "counter", COUNTER);
    await visit(first, "counter", "/api/", { method: "POST" });
    first.child.kill("SIGTERM");
    await first.child.status;
    damage(db, "kv");

    await using node = await startNode({ db });
    assert.equal((await visit(node, "counter", "/")).text, "untouched");
    const hurt = await visit(node, "counter", "/api/");
    assert.equal(hurt.status, 500, hurt.text);
    assert.equal((await api(node, "GET", "/api/system/health")).status, 200);
    const { check } = (await api(node, "GET", "/api/system/db?check=1")).data;
    assert.notDeepEqual(check, ["ok"]);
    const doctor = await cli(node, "doctor");
    assert.match(doctor.stdout, /^fail database/m);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a flood that uses up the node's file descriptors passes", async () => {
  const program = { command: "prlimit", args: ["--nofile=96", CHECKOUT.command, ...CHECKOUT.args] };
  await using node = await startNode({ program });
  await deploy(node, "counter", COUNTER);
  const sockets: Socket[] = [];
  for (let i = 0; i < 300; i++) {
    const socket = connect({ host: "127.0.0.1", port: Number(node.port) });
    socket.on("error", () => {});
    sockets.push(socket);
  }
  await until(() => sockets.filter((socket) => !socket.connecting).length > 100);
  for (const socket of sockets) socket.destroy();
  await until(async () => {
    const page = await visit(node, "counter", "/").catch(() => undefined);
    return page?.text === "untouched";
  });
  assert.equal((await visit(node, "counter", "/api/", { method: "POST" })).text, '{"n":1}');
});

/** Overwrites the root page of a table, as a failing disk would. */
function damage(path: string, table: string): void {
  const db = new DatabaseSync(path);
  const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = ?").get(
    table,
  ) as {
    rootpage: number;
  };
  const { page_size: size } = db.prepare("PRAGMA page_size").get() as { page_size: number };
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const file = Deno.openSync(path, { write: true });
  file.seekSync((rootpage - 1) * size, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(size).fill(0xa5));
  file.close();
}
