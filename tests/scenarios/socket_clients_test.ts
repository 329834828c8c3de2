// Client libraries from npm inside apps, against the real servers they are made for.
import assert from "node:assert/strict";
import { TEST_CA } from "../../kernel/egress/testing_tls.ts";
import { hasRedis, postgresFolder, startPostgres, startRedis } from "../helpers/backends.ts";
import { clientLibrary } from "../helpers/client_library.ts";
import { deploy, startNode, type TestNode, visit } from "../helpers/mod.ts";

/** Deploying large modules one after another fills the memory that apps are judged by. */
const ROOMY = { settings: { "limits.global.memoryMb": "1500" } };

/** What an app answers that runs `body` with the library `lib`; its ports are granted. */
async function run(
  node: TestNode,
  name: string,
  { library, body, ports }: {
    readonly library: string;
    readonly body: string;
    readonly ports: readonly number[];
  },
): Promise<unknown> {
  const permissions = ports.map((port) => `net:connect:127.0.0.1:${port}`);
  const { status, error } = await deploy(node, name, {
    "app.json": JSON.stringify({ name, permissions }),
    "api/main.js": `const lib = require("./vendor/library.js");
const ca = ${JSON.stringify(TEST_CA)};
module.exports = async () => { ${body} };`,
    "api/vendor/library.js": library,
  });
  assert.equal(status, 201, JSON.stringify(error));
  const answer = await visit(node, name, "/api");
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
}

Deno.test({
  name: "the redis client works in an app, with TLS too (apt-get install redis-server)",
  ignore: !hasRedis(),
}, async () => {
  await using redis = await startRedis();
  await using node = await startNode(ROOMY);
  const { port, tlsPort } = redis;
  const ports = [port, tlsPort];
  const library = await clientLibrary("redis");
  const body = `const out = [];
    const sockets = [{ port: ${port} }, { port: ${tlsPort}, tls: true, ca, servername: "good.test" }];
    for (const socket of sockets) {
      const client = lib.createClient({ socket: { host: "127.0.0.1", ...socket } });
      const errors = [];
      client.on("error", (error) => errors.push(error.message));
      await client.connect();
      await client.del("list");
      await Promise.all(Array.from({ length: 1000 }, (_, i) => client.rPush("list", "v" + i)));
      await client.set("big", "é".repeat(500_000));
      out.push([await client.lLen("list"), (await client.get("big")).length, errors]);
      await client.close();
    }
    const wrong = lib.createClient({
      socket: { host: "127.0.0.1", port: ${tlsPort}, tls: true, ca, reconnectStrategy: false },
    });
    wrong.on("error", () => {});
    out.push(await wrong.connect().then(() => "connected", (error) => error.code));
    return { json: out };`;
  assert.deepEqual(await run(node, "cache", { library, body, ports }), [
    [1000, 500_000, []],
    [1000, 500_000, []],
    "NET_ERROR",
  ]);
});

Deno.test({
  name: "PostgreSQL's clients work in an app, with TLS too (apt-get install postgresql)",
  ignore: postgresFolder() === undefined,
}, async (t) => {
  await using postgres = await startPostgres();
  await using node = await startNode(ROOMY);
  const { port } = postgres;
  const ports = [port];
  const login = `host: "127.0.0.1", port: ${port}, user: "fazt", password: "secret",
    database: "postgres"`;
  const secure = "(select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl";
  await t.step("pg", async () => {
    const library = await clientLibrary("pg");
    const body = `const out = [];
      for (const ssl of [false, { ca, servername: "good.test" }]) {
        const pool = new lib.Pool({ ${login}, ssl, max: 3 });
        const ask = (n) => pool.query("select $1::int + 1 as n, repeat('x', 200000) as x, ${secure}", [n]);
        const all = await Promise.all([1, 2, 3, 4, 5].map(ask));
        out.push(all.map(({ rows: [row] }) => row.n + row.x.length), all[0].rows[0].ssl);
        await pool.end();
      }
      for (const ssl of [{ ca }, { rejectUnauthorized: false }]) {
        const client = new lib.Client({ ${login}, ssl });
        client.on("error", () => {});
        out.push(await client.connect().then(() => "connected", (error) => error.message));
      }
      return { json: out };`;
    const sums = [2, 3, 4, 5, 6].map((n) => n + 200_000);
    const [first, plain, second, tls, ...errors] = await run(node, "pg", {
      library,
      body,
      ports,
    }) as unknown[];
    assert.deepEqual([first, plain, second, tls], [sums, false, sums, true]);
    assert.match(String(errors[0]), /certificate cannot be trusted/);
    assert.match(String(errors[1]), /rejectUnauthorized: false is not available/);
  });
  // The second is built for `cloudflare:sockets` and knows no certificate of one's own.
  for (
    const [name, file] of [["postgres", undefined], ["pgworkers", "../cf/src/index.js"]] as const
  ) {
    await t.step(name, async () => {
      const library = await clientLibrary("postgres", file);
      const body = `const out = [], postgres = lib.default ?? lib;
        for (const ssl of [false, ${file ? "" : `{ ca, servername: "good.test" }`}]) {
          const sql = postgres({ ${login}, ssl, max: 2 });
          const ask = (n) => sql\`select \${n}::int + 1 as n, ${secure}\`;
          const rows = await Promise.all([1, 2, 3].map(ask));
          out.push(rows.map(([row]) => [row.n, row.ssl]));
          await sql.end();
        }
        return { json: out };`;
      const rows = (ssl: boolean) => [2, 3, 4].map((n) => [n, ssl]);
      assert.deepEqual(
        await run(node, name, { library, body, ports }),
        file ? [rows(false)] : [rows(false), rows(true)],
      );
    });
  }
});
