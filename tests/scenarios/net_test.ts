// What apps may send, on a running node. There is no other network than loopback, which egress
// refuses: what is tested is that it refuses, writes that down, and gives no secret away.
import assert from "node:assert/strict";
import { api, cli, deploy, startNode, type TestNode, visit } from "../helpers/mod.ts";

const VALUE = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

/** Fetches what it is told to and answers how that ended, with everything the error says. */
const APP = `export default async (request) => {
  const { url, init } = await request.json();
  try {
    return { status: (await fetch(url, init)).status };
  } catch (error) {
    const { code, message, hint, details, stack, cause } = error;
    return { code, message, hint, details, text: [String(error), stack, String(cause)].join() };
  }
};`;

/** Shows all that an app can see without asking anybody. */
const LOOKER = `export default async () => {
  const seen = [];
  const look = (value, depth) => {
    if (depth > 4 || value === null || !["object", "function"].includes(typeof value)) {
      seen.push(String(value));
      return;
    }
    for (const key of Reflect.ownKeys(value)) {
      try { look(value[key], depth + 1); } catch (error) { seen.push(String(error)); }
    }
  };
  look(fazt, 0);
  look(globalThis.process?.env ?? {}, 0);
  for (const name of ["KEY", "SHARED"]) {
    for (const table of ["kv", "env", "secrets"]) {
      try { look(await fazt[table]?.get?.(name), 0); } catch (error) { seen.push(String(error)); }
    }
  }
  try { seen.push(await Deno.readTextFile("/proc/self/environ")); } catch (error) { seen.push(String(error)); }
  return { seen };
};`;

interface Ended {
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
}

const NOT_GRANTED = /^NET_BLOCKED .* is not granted/;

async function ask(node: TestNode, app: string, url: string, init = {}): Promise<Ended> {
  const answer = await visit(node, app, "/api", {
    method: "POST",
    body: JSON.stringify({ url, init }),
  });
  assert.ok(!answer.text.includes(VALUE), "the app's answer has the secret in it");
  return JSON.parse(answer.text);
}

async function withApps(node: TestNode, apps: Readonly<Record<string, readonly string[]>>) {
  for (const [name, permissions] of Object.entries(apps)) {
    const { status, error } = await deploy(node, name, {
      "app.json": JSON.stringify({ name, permissions }),
      "api/main.js": APP,
    });
    assert.equal(status, 201, JSON.stringify(error));
  }
}

Deno.test("no app reaches the node, its machine or a host without a grant or against a rule", async () => {
  await using node = await startNode();
  await withApps(node, { granted: ["net:fetch"], without: [], narrow: ["net:fetch:a.example"] });
  const refused = async (app: string, url: string) => {
    const { code, message } = await ask(node, app, url);
    return `${code} ${message}`;
  };
  const own = `http://127.0.0.1:${node.port}`;
  assert.match(await refused("without", "https://a.example/"), NOT_GRANTED);
  assert.match(await refused("narrow", "https://b.example/"), NOT_GRANTED);
  for (
    const url of [
      `${own}/api/apps`,
      `http://localhost:${node.port}/api/apps`,
      `http://granted.localhost:${node.port}/`,
      `http://[::1]:${node.port}/`,
      `http://0.0.0.0:${node.port}/`,
      `http://2130706433:${node.port}/`,
      "http://169.254.169.254/latest/meta-data",
      "file:///etc/passwd",
    ]
  ) assert.equal((await ask(node, "granted", url)).code, "NET_BLOCKED", url);

  const { code: denied } = await cli(node, "net", "allow", "add", "*.a.example", "--deny");
  assert.equal(denied, 0);
  assert.match(
    await refused("granted", "https://x.a.example/"),
    /^NET_BLOCKED .*the owner denies \*\.a\.example/,
  );
  await api(node, "POST", "/api/net/rules", { body: { pattern: "b.example", app: "granted" } });
  assert.match(await refused("granted", "https://c.example/"), /^NET_BLOCKED .*allow-list/);
  const rules = await api(node, "GET", "/api/net/rules?app=granted");
  assert.deepEqual(
    rules.data.map(({ pattern, action, app }: Record<string, string>) => [pattern, action, app]),
    [["*.a.example", "deny", undefined], ["b.example", "allow", "granted"]],
  );
  assert.equal((await cli(node, "net", "allow", "remove", "b.example", "--yes")).code, 3);
  const removed = await cli(
    node,
    ...["net", "allow", "remove", "b.example", "--app", "granted", "--yes"],
  );
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal((await api(node, "GET", "/api/net/rules")).data.length, 1);
});

Deno.test("a secret goes to its hosts only, and nobody reads it anywhere", async () => {
  await using node = await startNode({ settings: { "logs.level": "debug" } });
  await withApps(node, { shop: ["net:fetch"], other: ["net:fetch"] });
  await deploy(node, "looker", { "api/main.js": LOOKER });
  const set = await cli(
    node,
    "secret",
    "set",
    "KEY",
    "a.example",
    "--app",
    "shop",
    "--value",
    VALUE,
  );
  assert.equal(set.code, 0, set.stderr);
  const shared = await api(node, "PUT", "/api/secrets", { body: { name: "SHARED", value: VALUE } });
  assert.equal(shared.status, 200);
  const listed = await cli(node, "secret", "list", "--json");
  assert.deepEqual(
    JSON.parse(listed.stdout).map((s: Record<string, unknown>) => [s.name, s.app, s.hosts]),
    [["SHARED", undefined, []], ["KEY", "shop", ["a.example"]]],
  );

  const code = async (app: string, url: string, auth: string, authMode = "bearer") =>
    (await ask(node, app, url, { auth, authMode })).code;
  assert.equal(await code("shop", "https://a.example/", "NONE"), "NET_AUTH");
  assert.equal(await code("shop", "https://b.example/", "KEY"), "NET_AUTH", "for another host");
  assert.equal(await code("other", "https://a.example/", "KEY"), "NET_AUTH", "of another app");
  assert.equal(await code("shop", "http://127.0.0.1/", "SHARED", "query:k"), "NET_BLOCKED");

  const logs = await api(node, "GET", "/api/net/logs?app=shop&limit=10");
  assert.deepEqual(
    logs.data.map(({ host, code }: Record<string, string>) => [host, code]),
    [["127.0.0.1", "NET_BLOCKED"], ["b.example", "NET_AUTH"], ["a.example", "NET_AUTH"]],
  );
  const shown = [
    set,
    listed,
    shared,
    logs,
    await cli(node, "net", "logs"),
    await cli(node, "net", "limits"),
    await cli(node, "app", "logs", "shop"),
    await api(node, "GET", "/api/activity"),
    await api(node, "GET", "/api/apps/shop/env"),
    (await visit(node, "looker", "/api")).text,
  ].map((one) => JSON.stringify(one));
  assert.match(shown.at(-1)!, /seen/);
  assert.deepEqual(shown.filter((text) => text.includes(VALUE)), []);
  await assertNotInFile(node, VALUE);

  const usage = (await api(node, "GET", "/api/net/limits")).data.usage;
  assert.deepEqual(
    usage.apps.map(({ app, minute, open }: Record<string, unknown>) => [app, minute, open]).sort(),
    [["other", 1, 0], ["shop", 3, 0]],
  );
  assert.equal((await cli(node, "secret", "remove", "KEY", "--app", "shop", "-y")).code, 0);
  assert.equal((await cli(node, "secret", "remove", "KEY", "--app", "shop", "-y")).code, 3);
});

Deno.test("the owner's own request goes the same way, and is written down as the owner's", async () => {
  await using node = await startNode();
  for (const url of [`http://127.0.0.1:${node.port}/`, `http://localhost:${node.port}/`]) {
    const { code, stderr } = await cli(node, "net", "fetch", url);
    assert.equal(code, 4, stderr);
    assert.match(
      stderr,
      /^error: Cannot (reach 127\.0\.0\.1|send this request: "localhost" is no public host)/,
    );
    assert.doesNotMatch(stderr, /app grants|create-key/);
  }
  const { error } = await api(node, "POST", "/api/net/fetch", { body: { url: "//a.example" } });
  assert.equal(error.code, "INVALID");
  const { stdout } = await cli(node, "net", "logs", "--failed", "--json");
  assert.deepEqual(
    JSON.parse(stdout).map((line: Record<string, unknown>) => [line.appId, line.host, line.code]),
    [
      ["owner", `127.0.0.1:${node.port}`, "NET_BLOCKED"],
      ["owner", `localhost:${node.port}`, "NET_BLOCKED"],
    ],
  );
  assert.equal((await cli(node, "net", "cache", "clear")).code, 0);
  assert.equal((await cli(node, "net", "cache", "clear", "--app", "nobody")).code, 3);
});

/** The database and its log, byte for byte; a secret the app's grants would show is there too. */
async function assertNotInFile(node: TestNode, value: string): Promise<void> {
  let read = "";
  for (const end of ["", "-wal"]) {
    const bytes = await Deno.readFile(node.db + end);
    read += new TextDecoder("latin1").decode(bytes);
  }
  assert.ok(read.includes("a.example"), "what stands beside the secret is found");
  assert.ok(!read.includes(value), "the database has the secret as text");
  assert.ok(!read.includes(btoa(value)), "the database has the secret in base64");
}
