import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "./main.ts";
import { isExposed, peerUrl } from "./peers.ts";
import { FakeIo } from "./testing/fake_io.ts";
import { FakeNode } from "./testing/fake_node.ts";

const SECRET = "fazt_secretsecretsecret";

async function inHome(
  use: (run: (line: string, input?: string) => Promise<FakeIo & { code: number }>) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "fazt-home-"));
  try {
    await use(async (line, input = "") => {
      const io = new FakeIo({ env: { HOME: home }, input });
      const code = await main(line.split(" "), io);
      return Object.assign(io, { code });
    });
    const { mode } = statSync(join(home, ".fazt", "data.db"));
    assert.equal(mode & 0o077, 0, "others must not read the database");
  } finally {
    rmSync(home, { recursive: true });
  }
}

Deno.test("a peer is added, listed, made default and removed; its key is never printed", async () => {
  await inHome(async (run) => {
    const shown: string[] = [];
    const step = async (line: string, code = 0, input?: string) => {
      const io = await run(line, input);
      assert.equal(io.code, code, io.stderr.text);
      shown.push(io.stdout.text, io.stderr.text);
      return io;
    };
    await step(`peer add prod --url https://admin.example.com --token ${SECRET}`);
    await step("peer add home --url http://127.0.0.1:8080", 0, `${SECRET}\n`);
    const list = (await step("peer list --json")).json<Record<string, unknown>[]>();
    assert.deepEqual(list.map((p) => [p.name, p.url, p.default, p.hasToken]), [
      ["home", "http://127.0.0.1:8080", false, true],
      ["prod", "https://admin.example.com", false, true],
    ]);
    await step("peer default prod");
    assert.match((await step("peer default")).stdout.text, /Commands go to prod/);
    await step("peer default nope", 3);
    assert.match(
      (await step("peer default")).stdout.text,
      /prod/,
      "a failed change changes nothing",
    );
    await step("peer default local");
    await step("peer remove prod --yes");
    await step("peer remove prod --yes", 3);
    await step("peer list");
    assert.ok(!shown.join("").includes(SECRET));
  });
});

Deno.test("removing a peer asks, and cannot ask without a terminal", async () => {
  await inHome(async (run) => {
    await run("peer add prod --url https://example.com --token k");
    const refused = await run("peer remove prod");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr.text, /hint: add --yes/);
    assert.match((await run("peer list")).stdout.text, /prod/);
  });
});

Deno.test("a key given for one address is not kept for another", async () => {
  await inHome(async (run) => {
    await run(`peer add prod --url https://a.example.com --token ${SECRET}`);
    const same = await run("peer add prod --url https://a.example.com --json");
    assert.equal(same.json<{ hasToken: boolean }>().hasToken, true);
    const moved = await run("peer add prod --url https://b.example.com --json");
    assert.equal(moved.json<{ hasToken: boolean }>().hasToken, false);
  });
});

Deno.test("plain HTTP beyond this machine is warned of", async () => {
  await inHome(async (run) => {
    const io = await run("peer add prod --url http://example.com --token k");
    assert.match(io.stderr.text, /warning: plain HTTP/);
  });
  assert.ok(!isExposed("http://127.0.0.1:8080") && !isExposed("http://a.localhost"));
  assert.ok(isExposed("http://localhost.example.com") && !isExposed("https://example.com"));
});

Deno.test("an address is scheme, host and port", () => {
  assert.equal(peerUrl("admin.example.com"), "https://admin.example.com");
  assert.equal(peerUrl("http://localhost:8080/"), "http://localhost:8080");
  for (
    const bad of ["", "ftp://x", "https://u:p@x", "https://x/path", "https://x?q", "file:///x"]
  ) {
    assert.throws(() => peerUrl(bad), { code: "USAGE" }, bad);
  }
});

Deno.test("commands go to @peer, --to, the default peer, else the local node", async () => {
  await using local = new FakeNode({ "GET /api/apps": [] });
  await using prod = new FakeNode({ "GET /api/apps": [] });
  const add = ["peer", "add", "prod", "--url", prod.url, "--token", SECRET];
  assert.equal((await local.run(add)).code, 0);
  const went = async (...argv: string[]) => {
    const before = [local.seen.length, prod.seen.length];
    const { code, err } = await local.run(argv);
    assert.equal(code, 0, err);
    return local.seen.length > before[0]! ? "local" : prod.seen.length > before[1]! ? "prod" : "";
  };
  assert.equal(await went("app", "list"), "local");
  assert.equal(local.seen.at(-1)!.authorization, `Bearer ${local.token}`);
  assert.equal(await went("@prod", "app", "list"), "prod");
  assert.equal(prod.seen.at(-1)!.authorization, `Bearer ${SECRET}`);
  assert.equal(await went("--json", "@prod", "app", "list"), "prod");
  assert.equal(await went("app", "list", "--to", "prod"), "prod");
  await local.run(["peer", "default", "prod"]);
  assert.equal(await went("app", "list"), "prod");
  assert.equal(await went("@local", "app", "list"), "local");
});

Deno.test("peer status asks every peer and ends with 5 when one is down", async () => {
  await using up = new FakeNode({ "GET /api/system/health": { version: "0.1.0", apps: 2 } });
  const down = new FakeNode();
  const { url } = down;
  await down[Symbol.asyncDispose]();
  await up.run(["peer", "add", "up", "--url", up.url, "--token", "k"]);
  assert.equal((await up.run(["peer", "status"])).code, 0);
  await up.run(["peer", "add", "down", "--url", url, "--token", "k"]);
  const { code, io } = await up.run(["peer", "status", "--json"]);
  assert.equal(code, 5);
  assert.deepEqual(io.json<{ name: string; ok: boolean }[]>().map((p) => [p.name, p.ok]), [
    ["down", false],
    ["up", true],
  ]);
});
