import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { stamp } from "../../.build/bundle.ts";
import { portable } from "../../.build/portable.ts";
import { writeRelease } from "../../.build/release.ts";
import { makeKeyPair } from "../../kernel/upgrade/mod.ts";
import {
  api,
  cli,
  deploy,
  type Program,
  type Ran,
  startNode,
  type TestNode,
  until,
  visit,
} from "../helpers/mod.ts";

const PATIENCE_MS = 120_000;
/** An app whose data must outlive everything. */
const APP = {
  "app.json": '{"name":"count","permissions":["storage:kv"]}',
  "api/main.js": `const fazt = require("fazt");
module.exports = async () => ({ json: { n: await fazt.storage.kv.increment("n", 1) } });`,
};
/** Starts as it should, but not on a database that is in use. */
const BROKEN = `if (Deno.args.includes("start") && !Deno.args.join().includes("/.rehearsal-")) {
  console.error("error: this version cannot read that database");
  Deno.exit(1);
}
`;

type Key = Awaited<ReturnType<typeof makeKeyPair>>;

/** Releases on a server of this machine, and how it misbehaves. */
interface Shop {
  readonly key: Key;
  url(version: string): string;
  /** Serves something else at a path below, once or until it is taken back. */
  readonly instead: Map<string, () => Response>;
  path(version: string): string;
}

/** Makes versions of the product from what a portable file unpacks to. */
async function openShop(top: string, unpacked: string): Promise<Shop & AsyncDisposable> {
  const key = await makeKeyPair();
  const folder = `${top}/releases`;
  const bundle = `${top}/bundle`;
  await copyFolder(unpacked, bundle);
  const code = await Deno.readTextFile(`${bundle}/main.js`);
  const offer = async (version: string, make: (path: string) => Promise<void>, by: Key = key) => {
    const path = `${folder}/${version}/fazt`;
    await Deno.mkdir(`${folder}/${version}`, { recursive: true });
    await make(path);
    await Deno.chmod(path, 0o755);
    const said = version.replace(/-by-.*/, "");
    await writeRelease({
      ...{ folder: `${folder}/${version}`, version: said, createdAt: Date.now(), key: by },
      files: [{ path, target: Deno.build.target }],
    });
  };
  const build = (version: string, extra = "") =>
    offer(version, async (path) => {
      await Deno.writeTextFile(`${bundle}/main.js`, code);
      await stamp(bundle, { version, releaseKeys: [key.publicKey] });
      const made = await Deno.readTextFile(`${bundle}/main.js`);
      await Deno.writeTextFile(`${bundle}/main.js`, extra + made);
      await portable(bundle, path, 1);
    });
  await build("0.1.0");
  await build("0.2.0");
  await build("0.3.0", BROKEN);
  const script = (path: string) =>
    Deno.writeTextFile(path, "#!/bin/sh\necho 'error: no such instruction' >&2\nexit 3\n");
  await offer("0.4.0", script);
  await offer("0.5.0-by-stranger", script, await makeKeyPair());
  const instead = new Map<string, () => Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const other = instead.get(pathname);
    if (other) return other();
    try {
      return new Response((await Deno.open(folder + pathname)).readable);
    } catch {
      return new Response("nothing", { status: 404 });
    }
  });
  return {
    key,
    instead,
    url: (version) => `http://127.0.0.1:${server.addr.port}/${version}/`,
    path: (version) => `${folder}/${version}/fazt`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    // What Deno keeps there while it runs is no part of the build.
    if (name === "cache") continue;
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

const sumOf = (path: string) => createHash("sha256").update(Deno.readFileSync(path)).digest("hex");

/** The node as it is now: after an upgrade it has another address and another token. */
function now(node: TestNode): TestNode {
  const db = new DatabaseSync(node.db, { readOnly: true });
  const rows = db.prepare("SELECT key, value FROM node").all() as { key: string; value: string }[];
  db.close();
  const record = new Map(rows.map((row) => [row.key, row.value]));
  const url = record.get("url") ?? node.url;
  return { ...node, url, port: new URL(url).port, token: record.get("token") ?? "" };
}

const pidOf = (node: TestNode) => {
  const db = new DatabaseSync(node.db, { readOnly: true });
  const row = db.prepare("SELECT value FROM node WHERE key = 'pid'").get();
  db.close();
  return row?.value;
};

/** How an upgrade ended. */
async function outcome(node: TestNode, id: number) {
  let row: { state: string; error?: string; backupId?: string } | undefined;
  await until(async () => {
    const answer = await api(now(node), "GET", "/api/upgrade").catch(() => undefined);
    row = answer?.data?.history.find((one: { id: number }) => one.id === id);
    return row !== undefined && row.state !== "running";
  }, PATIENCE_MS);
  return row!;
}

async function count(node: TestNode): Promise<number> {
  return JSON.parse((await visit(now(node), "count", "/api/")).text).n;
}

function succeeded({ code, stdout, stderr }: Ran) {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Upgrades between real builds, and every way in which that must not go wrong. */
export async function upgradeJob(
  t: Deno.TestContext,
  { top, unpacked }: { readonly top: string; readonly unpacked: string },
): Promise<void> {
  await using shop = await openShop(top, unpacked);
  const place = `${top}/installed`;
  const file = `${place}/fazt`;
  const db = `${top}/upgraded/data.db`;
  const cache = `${top}/cache`;
  await Deno.mkdir(place);
  await Deno.copyFile(shop.path("0.1.0"), file);
  const program = await programAt(top, { file, cache, db });
  const sums = Object.fromEntries(
    ["0.1.0", "0.2.0", "0.3.0"].map((version) => [version, sumOf(shop.path(version))]),
  );
  const files = () => [...Deno.readDirSync(place)].map(({ name }) => name).sort();
  const ask = (node: TestNode, body: Record<string, unknown>, token?: string) =>
    api(now(node), "POST", "/api/upgrade", { body, ...(token === undefined ? {} : { token }) });

  {
    await using node = await startNode({ program, db });
    const untouched = (pid: unknown) => {
      assert.equal(sumOf(file), sums["0.1.0"]);
      assert.deepEqual(files(), ["fazt"]);
      assert.equal(pidOf(node), pid, "the node that ran before runs on");
    };
    assert.equal((await deploy(node, "count", APP)).status, 201);
    assert.equal(await count(node), 1);
    const pid = pidOf(node);

    await t.step("it looks at what is offered and changes nothing", async () => {
      const ran = await cli(node, "upgrade", "--check", shop.url("0.2.0"), "--json");
      const { current, available, release } = succeeded(ran);
      assert.deepEqual([current, available, release.version], ["0.1.0", true, "0.2.0"]);
      assert.equal(release.signedBy, shop.key.publicKey);
      assert.equal(release.sha256, sums["0.2.0"]);
      untouched(pid);
    });

    await t.step("what is not proven to come from whom it should is refused", async () => {
      const signature = "/0.2.0/fazt-release.json.sig";
      const cases: [string, () => Response, string, string][] = [
        ["0.2.0", () => new Response("", { status: 404 }), "RELEASE_UNSIGNED", signature],
        [
          "0.2.0",
          () => new Response(`ed25519 ${shop.key.publicKey} ${"A".repeat(86)}==\n`),
          "RELEASE_SIGNATURE",
          signature,
        ],
        [
          "0.2.0",
          () => new Response('{"kind":"fazt-release"}'),
          "RELEASE_SIGNATURE",
          "/0.2.0/fazt-release.json",
        ],
        ["0.5.0-by-stranger", () => new Response(), "RELEASE_SIGNATURE", "/nowhere"],
      ];
      for (const [version, response, code, path] of cases) {
        shop.instead.set(path, response);
        const { status, error } = await ask(node, { url: shop.url(version) });
        assert.deepEqual([status, error.code], [422, code]);
        shop.instead.delete(path);
      }
      untouched(pid);
    });

    await t.step("a file that is not exactly what was signed never replaces anything", async () => {
      const whole = await Deno.readFile(shop.path("0.2.0"));
      const other = whole.slice();
      other[other.length - 1000]! ^= 1;
      const cases: [Uint8Array<ArrayBuffer>, RegExp][] = [
        [whole.subarray(0, whole.length / 2), /it ends after \d+ of \d+ bytes/],
        [other, /its SHA-256 is [0-9a-f]{64}, the release says/],
        [new Uint8Array([...whole.subarray(0, 100)]), /it ends after 100 of/],
        [new Uint8Array(whole.length + 1), /it is over the \d+ bytes it should be/],
      ];
      for (const [bytes, message] of cases) {
        shop.instead.set("/0.2.0/fazt", () => new Response(bytes));
        const { status, data, error } = await ask(node, { url: shop.url("0.2.0") });
        assert.equal(status, 202, JSON.stringify(error));
        const row = await outcome(node, data.id);
        assert.equal(row.state, "failed");
        assert.match(row.error!, message);
      }
      shop.instead.delete("/0.2.0/fazt");
      untouched(pid);
    });

    await t.step("what does not start at all costs nobody a moment", async () => {
      const { data } = await ask(node, { url: shop.url("0.4.0") });
      const row = await outcome(node, data.id);
      assert.equal(row.state, "failed");
      assert.match(row.error!, /0\.4\.0 does not come up: it ended with code 3: .*no such instr/);
      untouched(pid);
    });

    await t.step(
      "an API key cannot say whom to trust, nor reach what only this machine does",
      async () => {
        const made = await api(node, "POST", "/api/keys", {
          body: { name: "afar", scopes: ["admin"] },
        });
        const { token } = made.data;
        const url = shop.url("0.2.0");
        for (
          const [body, status, code] of [
            [{ url, allowUnsigned: true }, 403, "FORBIDDEN"],
            [{ url, key: shop.key.publicKey, check: true }, 403, "FORBIDDEN"],
            [{ url, check: true }, 422, "UPGRADE_URL"],
            [{ url: "https://127.0.0.1:1/", check: true }, 422, "UPGRADE_URL"],
            [{ url: "https://192.168.0.1/", check: true }, 422, "UPGRADE_URL"],
            [{ url: "file:///etc/passwd", check: true }, 422, "UPGRADE_URL"],
            [{ check: true }, 422, "UPGRADE_URL"],
          ] as const
        ) {
          const answer = await ask(node, body, token);
          assert.deepEqual(
            [answer.status, answer.error?.code],
            [status, code],
            JSON.stringify(body),
          );
        }
        for (const key of ["upgrade.key", "upgrade.private"]) {
          const value = key === "upgrade.key" ? shop.key.publicKey : "true";
          const body = { key, value };
          const answer = await api(node, "PUT", "/api/system/config", { body, token });
          assert.equal(answer.status, 403, key);
          const gone = await api(node, "DELETE", `/api/system/config/${key}`, { token });
          assert.equal(gone.status, 403, key);
        }
        const sql = "UPDATE settings SET value = '1'";
        const wrote = await api(node, "POST", "/api/sql", { body: { sql, write: true }, token });
        assert.equal(wrote.status, 403);
        untouched(pid);
      },
    );

    await t.step("two at once: the second is told so", async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => release = resolve);
      shop.instead.set("/0.4.0/fazt", () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await held;
              controller.close();
            },
          }),
        ));
      const first = await ask(node, { url: shop.url("0.4.0") });
      assert.equal(first.status, 202);
      const second = await ask(node, { url: shop.url("0.4.0") });
      assert.deepEqual([second.status, second.error.code], [409, "CONFLICT"]);
      release();
      assert.equal((await outcome(node, first.data.id)).state, "failed");
      shop.instead.delete("/0.4.0/fazt");
    });

    await t.step("what fails on the real database: the version of before returns", async () => {
      const ran = await cli(node, "upgrade", shop.url("0.3.0"), "--yes");
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /0\.3\.0 did not come up, 0\.1\.0 runs again/);
      assert.match(ran.stderr, /this version cannot read that database/);
      assert.equal(sumOf(file), sums["0.1.0"]);
      assert.deepEqual(files(), ["fazt"]);
      assert.equal(await count(node), 2);
      const { data } = await api(now(node), "GET", "/api/upgrade");
      assert.deepEqual([data.version, data.history[0].state], ["0.1.0", "returned"]);
    });

    await t.step("a good one takes over with the data intact", async () => {
      const done = succeeded(await cli(node, "upgrade", shop.url("0.2.0"), "--yes", "--json"));
      assert.deepEqual([done.from, done.to], ["0.1.0", "0.2.0"]);
      assert.deepEqual(files(), ["fazt", "fazt.previous"]);
      assert.deepEqual([sumOf(file), sumOf(`${file}.previous`)], [sums["0.2.0"], sums["0.1.0"]]);
      assert.equal(await count(node), 3);
      const here = now(node);
      assert.equal((await api(here, "GET", "/api/system/health")).data.version, "0.2.0");
      const backups = (await api(here, "GET", "/api/backups")).data.backups;
      assert.ok(backups.some((one: { id: string }) => one.id === done.backupId));
      const activity = (await api(here, "GET", "/api/activity")).data;
      const found = activity.filter((one: { action: string }) => one.action.startsWith("upgrade."));
      assert.deepEqual(
        found.slice(0, 2).map((one: { action: string; target: string; result: string }) =>
          [one.action, one.target, one.result].join()
        ),
        ["upgrade.end,0.2.0,ok", "upgrade.start,0.2.0,ok"],
      );
      // What was tried and failed leaves nothing unpacked.
      const places = [...Deno.readDirSync(cache)].map(({ name }) => name);
      const versions = places.map((name) =>
        /"version":"([^"]+)"/.exec(Deno.readTextFileSync(`${cache}/${name}/main.js`))?.[1]
      );
      assert.deepEqual(versions.sort(), ["0.1.0", "0.2.0"]);
    });

    await t.step("an older version is no upgrade", async () => {
      const { status, error } = await ask(node, { url: shop.url("0.1.0") });
      assert.deepEqual([status, error.code], [409, "DOWNGRADE"]);
      assert.match(error.hint, /fazt upgrade --rollback/);
      const same = await ask(node, { url: shop.url("0.2.0") });
      assert.deepEqual([same.status, same.error.code], [409, "UPGRADE_CURRENT"]);
    });

    await t.step("upgraded once, it still returns from what fails", async () => {
      const { data } = await ask(node, { url: shop.url("0.3.0") });
      const row = await outcome(node, data.id);
      assert.equal(row.state, "returned", row.error);
      assert.equal(sumOf(file), sums["0.2.0"]);
      assert.equal((await api(now(node), "GET", "/api/system/health")).data.version, "0.2.0");
      assert.equal(await count(node), 4);
    });

    await t.step("from afar it goes back to the executable of before", async () => {
      const here = now(node);
      const body = { name: "far", scopes: ["admin"] };
      const { token } = (await api(here, "POST", "/api/keys", { body })).data;
      const far = { db: `${top}/elsewhere/data.db`, program };
      const added = await cli(far, "peer", "add", "far", "--url", here.url, "--token", token);
      assert.equal(added.code, 0, added.stderr);
      const back = succeeded(await cli(far, "@far", "upgrade", "--rollback", "--yes", "--json"));
      assert.deepEqual([back.from, back.to], ["0.2.0", "0.1.0"]);
      assert.deepEqual([sumOf(file), sumOf(`${file}.previous`)], [sums["0.1.0"], sums["0.2.0"]]);
      assert.equal(await count(node), 5);
      const seen = await cli(far, "@far", "upgrade", "--check");
      assert.equal(seen.code, 1);
      assert.match(seen.stderr, /no address of releases is set/);
    });

    await t.step("whoever started it ends it, its successor too", async () => {
      const child = Number(pidOf(node));
      assert.notEqual(child, node.child.pid);
      node.child.kill("SIGTERM");
      assert.equal((await node.child.status).code, 0);
      assert.throws(() => Deno.kill(child, "SIGCONT"), Deno.errors.NotFound);
    });
  }

  await t.step("a service manager gets its node back to start it anew", async () => {
    const env = { FAZT_RESTARTED_BY: "a test" };
    const node = await startNode({ program, db, env });
    const { data } = await ask(node, { url: shop.url("0.2.0") });
    assert.equal((await node.child.status).code, 0);
    assert.equal(sumOf(file), sums["0.2.0"]);
    await using again = await startNode({ program, db, env });
    assert.equal((await outcome(again, data.id)).state, "done");
    assert.equal(await count(again), 6);
  });

  await t.step("a stopped node's executable is replaced by the command line itself", async () => {
    const back = succeeded(await cli({ db, program }, "upgrade", "--rollback", "--yes", "--json"));
    assert.deepEqual([back.from, back.to], ["0.2.0", "0.1.0"]);
    assert.ok(Deno.statSync(back.snapshot).size > 0);
    assert.equal(sumOf(file), sums["0.1.0"]);
    const bytes = (await Deno.readFile(shop.path("0.2.0"))).subarray(0, 1_000_000);
    shop.instead.set("/0.2.0/fazt", () => new Response(bytes));
    const cut = await cli({ db, program }, "upgrade", shop.url("0.2.0"), "--yes");
    assert.equal(cut.code, 1);
    assert.match(cut.stderr, /it ends after 1000000 of/);
    assert.equal(sumOf(file), sums["0.1.0"]);
    assert.deepEqual(files(), ["fazt", "fazt.previous"]);
  });
}

/**
 * The installed file, started with nothing but what a service gets; always on one port, as the
 * peers of a node expect.
 */
async function programAt(
  top: string,
  { file, cache, db }: { readonly file: string; readonly cache: string; readonly db: string },
): Promise<Program> {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const path = `${top}/start`;
  const script = `#!/bin/sh
for word; do shift; [ "$word" = 0 ] && word=${port}; set -- "$@" "$word"; done
exec env -i PATH="$PATH" HOME=${top} FAZT_CACHE=${cache} FAZT_DB="\${FAZT_DB:-${db}}" \\
  FAZT_RESTARTED_BY="$FAZT_RESTARTED_BY" ${file} "$@"
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return { command: path, args: [] };
}
