import assert from "node:assert/strict";
import { errorAnswer, FakeNode, jsonOf } from "./testing/fake_node.ts";

const VALUE = "sk_live_abc";
const secret = { name: "KEY", hosts: ["a.b"], userId: "usr_owner", createdAt: 1, updatedAt: 1 };
const rule = { pattern: "a.b", action: "allow", userId: "usr_owner", createdAt: 1 };
const ofBlog = { appId: "app_123456789abc", app: "blog" };
const line = {
  ...ofBlog,
  userId: "usr_anonymous",
  at: 1,
  method: "GET",
  ms: 4,
  bytesIn: 9,
  bytesOut: 0,
};
const limits = {
  limits: { perMinute: 100, perMinuteGlobal: 1000, outMb: 10, inMb: 50, seconds: 30 },
  usage: {
    minute: 3,
    open: 1,
    apps: [{ ...ofBlog, minute: 3, open: 1 }],
    cache: { bytes: 4100, entries: 2 },
  },
};
const answer = { status: 200, url: "https://a.b/", headers: [], body: btoa("hi"), truncated: true };

interface Row {
  readonly argv: readonly string[];
  /** Method and path, and the answer. */
  readonly api: Readonly<Record<string, unknown>>;
  /** The last request's JSON. */
  readonly sent?: unknown;
  readonly out: RegExp;
  readonly err?: RegExp;
  readonly input?: string;
  readonly code?: number;
}

const ROWS: readonly Row[] = [
  {
    argv: ["secret", "set", "KEY", "a.b", "*.c.d:8443", "--app", "blog"],
    api: { "PUT /api/secrets": { ...secret, ...ofBlog } },
    sent: { name: "KEY", value: VALUE, hosts: ["a.b", "*.c.d:8443"], app: "blog" },
    input: `${VALUE}\n`,
    out: /KEY is kept for blog, for the hosts a\.b/,
  },
  {
    argv: ["secret", "set", "KEY", "--value", VALUE],
    api: { "PUT /api/secrets": { ...secret, hosts: [] } },
    sent: { name: "KEY", value: VALUE, hosts: [] },
    out: /KEY is kept for every app/,
    err: /warning: KEY names no hosts/,
  },
  { argv: ["secret", "list"], api: { "GET /api/secrets": [] }, out: /No secrets yet/ },
  {
    argv: ["secret", "list", "--app", "blog"],
    api: { "GET /api/secrets?app=blog": [{ ...secret, ...ofBlog }, { ...secret, hosts: [] }] },
    out: /KEY +blog +a\.b +\S[^]*KEY +every app +any/,
  },
  {
    argv: ["secret", "remove", "KEY", "--app", "blog", "--yes"],
    api: { "DELETE /api/secrets?name=KEY&app=blog": { name: "KEY", appId: ofBlog.appId } },
    out: /KEY of blog is removed/,
  },
  {
    argv: ["net", "allow", "add", "a.b"],
    api: { "POST /api/net/rules": rule },
    sent: { pattern: "a.b", action: "allow" },
    out: /a\.b is allowed to every app; what no rule allows is refused/,
  },
  {
    argv: ["net", "allow", "add", "a.b", "--deny", "--app", "blog"],
    api: { "POST /api/net/rules": { ...rule, ...ofBlog, action: "deny" } },
    sent: { pattern: "a.b", action: "deny", app: "blog" },
    out: /a\.b is refused to blog/,
  },
  {
    argv: ["net", "allow", "list", "--app", "blog"],
    api: { "GET /api/net/rules?app=blog": [rule, { ...rule, ...ofBlog, action: "deny" }] },
    out: /a\.b +allow +every app[^]*a\.b +deny +blog/,
  },
  { argv: ["net", "allow", "list"], api: { "GET /api/net/rules": [] }, out: /No rules: each app/ },
  {
    argv: ["net", "allow", "remove", "*.a.b", "-y"],
    api: { "DELETE /api/net/rules?pattern=*.a.b": { pattern: "*.a.b" } },
    out: /rule \*\.a\.b for every app is removed/,
  },
  {
    argv: ["net", "logs", "--app", "blog", "--failed", "-n", "5"],
    api: {
      "GET /api/net/logs?app=blog&failed=1&limit=5": [
        { ...line, id: 2, host: "c.d", path: "/later", code: "NET_BLOCKED" },
        { ...line, id: 1, host: "a.b", path: "/first", status: 200 },
      ],
    },
    out: /blog +200 .*GET a\.b\/first\n.*blog +NET_BLOCKED .*GET c\.d\/later/,
  },
  { argv: ["net", "logs"], api: { "GET /api/net/logs?limit=100": [] }, out: /Nothing was sent/ },
  {
    argv: ["net", "limits"],
    api: { "GET /api/net/limits": limits },
    out: /one app +100[^]*1000, in use 3[^]*2, 4\.1 KB[^]*blog +3 +1/,
  },
  {
    argv: ["net", "fetch", "https://a.b/"],
    api: { "POST /api/net/fetch": answer },
    sent: { url: "https://a.b/", method: "GET", headers: {} },
    out: /^hi$/,
    err: /200 from https:\/\/a\.b\/\n.*the body was longer/,
  },
  {
    argv: ["net", "fetch", "put", "https://a.b/", "-d", "@-", "-H", "x-a: b"],
    api: { "POST /api/net/fetch": { ...answer, status: 500 } },
    sent: { url: "https://a.b/", method: "PUT", headers: { "x-a": "b" }, body: "hello" },
    input: "hello",
    out: /^hi$/,
    code: 1,
  },
  {
    argv: ["net", "cache", "clear", "--app", "blog"],
    api: { "DELETE /api/net/cache?app=blog": { appId: ofBlog.appId } },
    out: /answers of blog are forgotten/,
  },
  {
    argv: ["net", "cache", "clear"],
    api: { "DELETE /api/net/cache": {} },
    out: /answers of every app are forgotten/,
  },
];

for (const { argv, api, sent, out, err, input, code = 0 } of ROWS) {
  const line = argv.join(" ");
  const options = input === undefined ? {} : { input };
  Deno.test(`fazt ${line}`, async () => {
    await using node = new FakeNode(api);
    const result = await node.run(argv, options);
    assert.equal(result.code, code, result.err);
    assert.match(result.out, out);
    if (err !== undefined) assert.match(result.err, err);
    if (sent !== undefined) assert.deepEqual(jsonOf(node.seen.at(-1)), sent);
    assert.ok(!(result.out + result.err).includes(VALUE), "a secret's value was printed");
  });

  Deno.test(`fazt ${line} --json`, async () => {
    await using node = new FakeNode(api);
    const result = await node.run([...argv, "--json"], options);
    assert.equal(result.code, code, result.err);
    JSON.parse(result.out);
  });
}

Deno.test("a secret typed where it would be shown is refused before it is sent, unprinted", async () => {
  await using node = new FakeNode({});
  const lines = [["KEY", VALUE], [`KEY=${VALUE}`], [`KEY:${VALUE}`, "a.b"]];
  for (const words of lines) {
    const { code, out, err } = await node.run(["secret", "set", ...words], { input: "x\n" });
    assert.equal(code, 2);
    assert.ok(!(out + err).includes(VALUE), err);
  }
  assert.deepEqual(node.seen, []);
});

Deno.test("a piped secret keeps all its lines but for the last line's end", async () => {
  await using node = new FakeNode({ "PUT /api/secrets": secret });
  const value = "-----BEGIN KEY-----\nabc\n-----END KEY-----";
  await node.run(["secret", "set", "KEY", "a.b"], { input: `${value}\r\n` });
  assert.equal(jsonOf<{ value: string }>(node.seen.at(-1)).value, value);
});

Deno.test("a secret is asked for on a terminal", async () => {
  await using node = new FakeNode({ "PUT /api/secrets": secret });
  const { err } = await node.run(["secret", "set", "KEY", "a.b"], {
    terminal: true,
    input: `${VALUE}\n`,
  });
  assert.match(err, /Value of KEY/);
  assert.equal(jsonOf<{ value: string }>(node.seen.at(-1)).value, VALUE);
});

Deno.test("no value, no URL and no answer to a question change nothing", async () => {
  await using node = new FakeNode({});
  const lines = ["secret set KEY a.b", "net fetch a.b", "net fetch http://a.b http://c.d"];
  for (const text of [...lines, "secret remove KEY", "net allow remove a.b"]) {
    assert.equal((await node.run(text.split(" "))).code, 2, text);
  }
  assert.deepEqual(node.seen, []);
});

Deno.test("a refused request ends with 4 and says why", async () => {
  await using node = new FakeNode({
    "POST /api/net/fetch": () =>
      errorAnswer(403, "NET_BLOCKED", "Cannot reach localhost: it is a host of this node"),
  });
  const { code, err } = await node.run(["net", "fetch", "http://localhost/"]);
  assert.equal(code, 4);
  assert.match(err, /^error: Cannot reach localhost: it is a host of this node\n$/);
});
