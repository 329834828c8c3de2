// Every route of the API as every role: who may, who may not, and that a refusal says no more.
import assert from "node:assert/strict";
import { api, deploy, startNode, type TestNode, visitHost } from "../helpers/mod.ts";

type Role =
  | "guest"
  | "wrong"
  | "read"
  | "other"
  | "mine"
  | "deploy"
  | "admin"
  | "local"
  | "session";

/** Roles from the least to the most; each level names who gets in. */
const LEVELS = {
  anyone: ["read", "other", "mine", "deploy", "admin", "local", "session"],
  read: ["read", "deploy", "admin", "local", "session"],
  readApp: ["read", "mine", "deploy", "admin", "local", "session"],
  deployApp: ["mine", "deploy", "admin", "local", "session"],
  uploads: ["other", "mine", "deploy", "admin", "local", "session"],
  deploy: ["deploy", "admin", "local", "session"],
  admin: ["admin", "local", "session"],
} as const;

/** Route, who may, and the status they get. */
const ROUTES: readonly (readonly [string, string, keyof typeof LEVELS, number, unknown?])[] = [
  ["GET", "/api/session", "anyone", 200],
  ["GET", "/api/system/health", "read", 200],
  ["GET", "/api/system/limits", "read", 200],
  ["GET", "/api/system/cache", "read", 200],
  ["GET", "/api/system/db", "read", 200],
  ["GET", "/api/system/config", "read", 200],
  ["PUT", "/api/system/config", "admin", 200, { key: "logs.keepDays", value: 8 }],
  ["DELETE", "/api/system/config/logs.keepDays", "admin", 200],
  ["POST", "/api/deploy", "deployApp", 200, {
    name: "mine",
    files: [{ path: "x", cid: `bafkrei${"a".repeat(52)}`, size: 1 }],
  }],
  ["PUT", `/api/blobs/bafkrei${"a".repeat(52)}`, "uploads", 422, new Uint8Array([1])],
  ["GET", "/api/apps", "anyone", 200],
  ["POST", "/api/apps", "deploy", 422, { name: "Not A Name" }],
  ["GET", "/api/apps/mine", "readApp", 200],
  ["PATCH", "/api/apps/mine", "deploy", 200, { title: "Mine" }],
  ["DELETE", "/api/apps/nothing", "admin", 404],
  ["POST", "/api/apps/nothing/restore", "admin", 404],
  ["GET", "/api/users", "admin", 200],
  ["GET", "/api/users/usr_annannannann/export", "admin", 404],
  ["POST", "/api/users/usr_annannannann/erase", "admin", 404, {}],
  ["POST", "/api/users/usr_annannannann/restore", "admin", 404],
  ["POST", "/api/users/usr_annannannann/anonymise", "admin", 404],
  ["GET", "/api/apps/mine/status", "readApp", 200],
  ["GET", "/api/apps/mine/revisions", "readApp", 200],
  ["POST", "/api/apps/mine/rollback", "deployApp", 404, { revision: 99 }],
  ["POST", "/api/apps/mine/promote", "deployApp", 404, { revision: 99 }],
  ["POST", "/api/apps/mine/preview", "deployApp", 404, { revision: 99 }],
  ["DELETE", "/api/apps/mine/preview/99", "deployApp", 404],
  ["GET", "/api/apps/mine/diff?from=1&to=99", "readApp", 404],
  ["POST", "/api/apps/mine/fork", "deploy", 422, { name: "Not A Name" }],
  ["GET", "/api/apps/mine/lineage", "readApp", 200],
  ["POST", "/api/aliases/swap", "admin", 404, { a: "nothing", b: "nowhere" }],
  ["GET", "/api/apps?outdated=1", "read", 200],
  ["POST", "/api/apps/install", "deploy", 422, { source: "no source" }],
  ["POST", "/api/apps/mine/upgrade", "deployApp", 409, { check: true }],
  ["POST", "/api/apps/mine/pull", "readApp", 200, {}],
  ["GET", "/api/markets", "read", 200],
  ["POST", "/api/markets", "admin", 422, { source: "no source" }],
  ["GET", "/api/markets/apps", "read", 200],
  ["GET", "/api/markets/none/apps/none/logo", "read", 404],
  ["POST", "/api/markets/none/update", "admin", 404],
  ["DELETE", "/api/markets/none", "admin", 404],
  ["GET", "/api/apps/mine/files", "readApp", 200],
  ["GET", "/api/apps/mine/files/api/main.js", "readApp", 200],
  ["GET", "/api/fs/apps/mine", "readApp", 200],
  ["GET", "/api/fs/cids/bafkreiabc", "read", 404],
  ["GET", "/api/pins", "admin", 200],
  ["POST", "/api/pins", "admin", 422, { files: [] }],
  ["POST", "/api/pins/car", "admin", 422, new Uint8Array([1])],
  ["DELETE", "/api/pins/cids/bafkreiabc", "admin", 404],
  ["GET", "/api/pins/apps/mine", "deployApp", 200],
  ["POST", "/api/pins/apps/mine", "deployApp", 422, { files: [] }],
  ["POST", "/api/pins/apps/mine/car", "deployApp", 422, new Uint8Array([1])],
  ["DELETE", "/api/pins/apps/mine/cids/bafkreiabc", "deployApp", 404],
  ["GET", "/api/apps/mine/env", "deployApp", 200],
  ["PUT", "/api/apps/mine/env", "deployApp", 200, { COLOR: "red" }],
  ["GET", "/api/apps/mine/grants", "readApp", 200],
  ["POST", "/api/apps/mine/grants", "admin", 200, {}],
  ["GET", "/api/apps/mine/logs", "readApp", 200],
  ["POST", "/api/apps/mine/run", "deployApp", 200, {}],
  ["GET", "/api/apps/mine/cron", "readApp", 200],
  ["GET", "/api/apps/mine/cron/history", "readApp", 200],
  ["POST", "/api/apps/mine/cron/0/run", "deployApp", 404],
  ["GET", "/api/apps/mine/jobs", "readApp", 200],
  ["POST", "/api/apps/mine/jobs/job_nothing/retry", "deployApp", 404],
  ["DELETE", "/api/apps/mine/jobs/job_nothing", "deployApp", 404],
  ["GET", "/api/events", "read", 200],
  ["POST", "/api/events", "admin", 201, { app: "mine", type: "told", data: 1 }],
  ["GET", "/api/events/deliveries", "read", 200],
  ["POST", "/api/events/deliveries/1/retry", "deploy", 404],
  ["GET", "/api/storage/usage", "read", 200],
  ["GET", "/api/storage/mine/kv", "readApp", 200],
  ["GET", "/api/storage/mine/kv/nothing", "readApp", 404],
  ["PUT", "/api/storage/mine/kv/key", "admin", 200, { value: 1 }],
  ["DELETE", "/api/storage/mine/kv/nothing", "admin", 404],
  ["GET", "/api/storage/mine/ds", "readApp", 200],
  ["GET", "/api/storage/mine/ds/notes", "readApp", 200],
  ["POST", "/api/storage/mine/ds/notes", "admin", 201, { documents: [{}] }],
  ["PATCH", "/api/storage/mine/ds/notes", "admin", 200, { query: {}, change: { a: 1 } }],
  ["DELETE", "/api/storage/mine/ds/nothing", "admin", 200],
  ["POST", "/api/storage/mine/ds/notes/indexes", "admin", 201, { path: "a" }],
  ["GET", "/api/storage/mine/shards/notes", "readApp", 200],
  ["PUT", "/api/storage/mine/shards/notes", "admin", 422, { by: "nothing" }],
  ["POST", "/api/storage/mine/shards/notes/1/restore", "admin", 404],
  ["GET", "/api/storage/mine/ds/notes/nothing", "readApp", 404],
  ["PATCH", "/api/storage/mine/ds/notes/nothing", "admin", 404, { change: { a: 1 } }],
  ["DELETE", "/api/storage/mine/ds/notes/nothing", "admin", 404],
  ["POST", "/api/apps/import", "admin", 422, new Uint8Array([1])],
  ["GET", "/api/apps/mine/export", "admin", 200],
  ["GET", "/api/upgrade", "admin", 200],
  // A checkout has no executable that could be replaced.
  ["POST", "/api/upgrade", "admin", 409, { url: "https://example.com/" }],
  ["GET", "/api/backups", "admin", 200],
  ["GET", "/api/backups/progress", "admin", 200],
  ["POST", "/api/backups", "admin", 422, { passphrase: 1 }],
  ["PUT", "/api/backups/secrets", "admin", 422, { passphrase: 1 }],
  ["GET", "/api/backups/nothing", "admin", 404],
  ["GET", "/api/backups/nothing/file", "admin", 404],
  ["POST", "/api/backups/nothing/verify", "admin", 404],
  ["DELETE", "/api/backups/nothing", "admin", 404],
  ["GET", "/api/metrics.txt", "read", 200],
  ["GET", "/api/system/metrics", "read", 200],
  ["GET", "/api/system/cells", "read", 200],
  ["POST", "/api/sandbox/exec", "admin", 200, { code: "1 + 1" }],
  ["POST", "/api/sandbox/validate", "admin", 200, { code: "1 + 1" }],
  ["GET", "/api/storage/mine/rd", "readApp", 200],
  ["POST", "/api/storage/mine/rd/query", "admin", 200, { sql: "SELECT 1" }],
  ["POST", "/api/sql", "admin", 200, { sql: "SELECT 1" }],
  ["GET", "/api/aliases", "read", 200],
  ["PUT", "/api/aliases/second", "admin", 200, { app: "mine" }],
  ["DELETE", "/api/aliases/nothing", "admin", 404],
  ["GET", "/api/domains", "read", 200],
  ["POST", "/api/domains", "admin", 422, { domain: "no domain", app: "mine" }],
  ["GET", "/api/domains/nothing.test", "read", 404],
  ["PATCH", "/api/domains/nothing.test", "admin", 404, { role: "serve" }],
  ["POST", "/api/domains/nothing.test/verify", "admin", 404],
  ["DELETE", "/api/domains/nothing.test", "admin", 404],
  ["GET", "/api/certificates", "read", 200],
  ["POST", "/api/certificates", "admin", 422, { name: "nothing.test" }],
  ["PUT", "/api/certificates/secrets", "admin", 200, {}],
  ["GET", "/api/certificates/authority", "read", 200],
  ["GET", "/api/certificates/nothing.test", "read", 404],
  ["POST", "/api/certificates/nothing.test/renew", "admin", 404],
  ["POST", "/api/certificates/nothing.test/revoke", "admin", 404, {}],
  ["GET", "/api/keys", "admin", 200],
  ["POST", "/api/keys", "admin", 422, { name: "x", scopes: ["reed"] }],
  ["PATCH", "/api/keys/key_nothing", "admin", 404, { name: "x" }],
  ["DELETE", "/api/keys/key_nothing", "admin", 404],
  ["GET", "/api/peers", "admin", 200],
  ["POST", "/api/peers", "admin", 422, { name: "local", url: "https://a.example" }],
  ["PATCH", "/api/peers/nothing", "admin", 404, {}],
  ["DELETE", "/api/peers/nothing", "admin", 404],
  ["GET", "/api/secrets", "admin", 200],
  ["PUT", "/api/secrets", "admin", 200, { name: "KEY", value: "v" }],
  ["DELETE", "/api/secrets?name=NOTHING", "admin", 404],
  ["GET", "/api/net/rules", "admin", 200],
  ["POST", "/api/net/rules", "admin", 201, { pattern: "a.example" }],
  ["DELETE", "/api/net/rules?pattern=b.example", "admin", 404],
  ["GET", "/api/net/logs", "admin", 200],
  ["GET", "/api/net/limits", "admin", 200],
  ["DELETE", "/api/net/cache", "admin", 200],
  ["POST", "/api/net/fetch", "admin", 422, { url: "nowhere" }],
  ["GET", "/api/storage/mine/s3", "readApp", 200],
  ["GET", "/api/storage/mine/s3?user=usr_111111111111", "admin", 200],
  ["GET", "/api/storage/mine/s3/nothing", "readApp", 404],
  ["PUT", "/api/storage/mine/s3/a", "admin", 201, { some: "text" }],
  ["DELETE", "/api/storage/mine/s3/nothing", "admin", 404],
  ["POST", "/api/storage/mine/s3-url", "admin", 201, { path: "a" }],
  ["POST", "/api/storage/mine/s3-migrate", "admin", 422, { to: "nowhere" }],
  ["GET", "/api/storage-providers", "admin", 200],
  ["POST", "/api/storage-providers", "admin", 422, { name: "x" }],
  ["DELETE", "/api/storage-providers/nothing", "admin", 404],
  ["GET", "/api/uploads/none-of-mine", "anyone", 404],
  ["GET", "/api/access", "read", 200],
  ["GET", "/api/access/edge", "read", 200],
  ["GET", "/api/activity", "admin", 200],
  ["GET", "/api/activity.csv", "admin", 200],
  ["GET", "/api/activity.json", "admin", 200],
  ["GET", "/api/activity.ndjson", "admin", 200],
  ["GET", "/api/sessions", "admin", 200],
  ["DELETE", "/api/sessions/ses_nothing", "admin", 404],
  ["POST", "/api/step-up", "admin", 422, {}],
  ["GET", "/api/owner", "admin", 200],
  ["PATCH", "/api/owner", "admin", 422, { name: "" }],
  ["PUT", "/api/owner/password", "admin", 422, { password: "short" }],
  ["DELETE", "/api/owner/password", "admin", 409],
  ["POST", "/api/owner/totp", "admin", 409],
  ["POST", "/api/owner/totp/confirm", "admin", 409, { code: "123456" }],
  ["DELETE", "/api/owner/totp", "admin", 404],
  ["POST", "/api/owner/recovery-codes", "admin", 409],
  ["POST", "/api/owner/passkeys", "admin", 422, {}],
  ["PATCH", "/api/owner/passkeys/nothing", "admin", 404, { name: "x" }],
  ["DELETE", "/api/owner/passkeys/nothing", "admin", 404],
  ["GET", "/api/analytics", "read", 200],
  ["GET", "/api/analytics?app=mine", "readApp", 200],
  ["GET", "/api/analytics/top?kind=path&app=mine", "readApp", 200],
  ["GET", "/api/analytics/apps", "read", 200],
  ["GET", "/api/analytics/live?app=mine", "readApp", 200],
  ["GET", "/api/analytics.csv?app=mine", "readApp", 200],
  ["DELETE", "/api/analytics?app=mine", "admin", 200],
  ["GET", "/api/redirects", "read", 200],
  ["POST", "/api/redirects", "admin", 422, { url: "nowhere" }],
  ["GET", "/api/redirects/nothing", "read", 404],
  ["PATCH", "/api/redirects/nothing", "admin", 404, { title: "x" }],
  ["DELETE", "/api/redirects/nothing", "admin", 404],
  ["GET", "/api/logs", "read", 200],
  ["GET", "/api/logs?app=mine", "readApp", 200],
  ["GET", "/api/logs?app=node", "read", 200],
  ["GET", "/api/logs.csv?app=mine", "readApp", 200],
  ["GET", "/api/logs.ndjson?app=mine", "readApp", 200],
  ["GET", "/api/logs/stats", "read", 200],
  ["POST", "/api/logs/cleanup", "admin", 200, {}],
  ["POST", "/api/owner-links", "admin", 201],
];

async function signIn(node: TestNode, token: string): Promise<{ status: number; cookie: string }> {
  const host = `admin.localhost:${node.port}`;
  const answer = await visitHost(node, host, "/api/session", {
    method: "POST",
    headers: { origin: `http://${host}`, "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return { status: answer.status, cookie: answer.headers.get("set-cookie") ?? "" };
}

async function key(node: TestNode, scope: string): Promise<{ id: string; token: string }> {
  const { data } = await api(node, "POST", "/api/keys", {
    body: { name: scope.replace(":", " "), scopes: [scope] },
  });
  return data;
}

Deno.test("every route lets in who may and nobody else", async () => {
  await using node = await startNode();
  await deploy(node, "mine", { "api/main.js": "export default () => 1", "index.html": "x" });
  await deploy(node, "theirs", { "index.html": "x" });
  const { cookie } = await signIn(node, node.ownerToken);
  const tokens: Record<Exclude<Role, "session">, string> = {
    guest: "",
    wrong: `fazt_${"1".repeat(40)}`,
    read: (await key(node, "read")).token,
    other: (await key(node, "deploy:theirs")).token,
    mine: (await key(node, "deploy:mine")).token,
    deploy: (await key(node, "deploy")).token,
    admin: (await key(node, "admin")).token,
    local: node.token,
  };
  const ask = async (role: Role, [method, path, , , body]: (typeof ROUTES)[number]) => {
    if (role !== "session") return await api(node, method, path, { token: tokens[role], body });
    const host = `admin.localhost:${node.port}`;
    const raw = body instanceof Uint8Array;
    const answer = await visitHost(node, host, path, {
      method,
      headers: {
        cookie: cookie.split(";")[0]!,
        origin: `http://${host}`,
        "sec-fetch-site": "same-origin",
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    return { status: answer.status };
  };
  const wrong: string[] = [];
  for (const route of ROUTES) {
    const [method, path, level, status] = route;
    for (const role of ["guest", "wrong", ...LEVELS.anyone] as Role[]) {
      const may = (LEVELS[level] as readonly string[]).includes(role);
      const expected = may ? status : role === "guest" || role === "wrong" ? 401 : 403;
      const got = (await ask(role, route)).status;
      if (got !== expected) wrong.push(`${method} ${path} as ${role}: ${got}, not ${expected}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("the table above knows every route there is", async () => {
  const { createApi } = await import("../../kernel/http/api/mod.ts");
  const routes = createApi({} as Parameters<typeof createApi>[0]).routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  const tested = (route: string) => {
    const [method, path] = route.split(" ") as [string, string];
    const pattern = new RegExp(
      `^${path.replaceAll(/:[a-z]+\{([^/]+)\}(?=\/|$)/g, "$1").replaceAll(/:[a-z]+/g, "[^/]+")}$`,
    );
    return ROUTES.some(([m, p]) => m === method && pattern.test(p.split("?")[0]!));
  };
  // The streams and what is for everybody are tested by themselves, signing in and out below.
  const elsewhere = [
    "GET /api/apps/:ref/logs/stream",
    "GET /api/events/stream",
    // `sign_in_test.ts` has these: they need no credential, or end the one that is used.
    "GET /api/sign-in",
    "GET /api/logs/stream",
    "POST /api/session",
    "POST /api/session/passkey/options",
    "POST /api/session/passkey",
    "DELETE /api/session",
    "DELETE /api/sessions",
    "POST /api/step-up/passkey/options",
    "POST /api/owner/passkeys/options",
    "GET /openapi.json",
    "GET /api/openapi.json",
    "GET /schemas/app.json",
  ];
  assert.deepEqual(routes.filter((route) => !tested(route) && !elsewhere.includes(route)), []);
});

Deno.test("wrong and missing credentials get the same answer", async () => {
  await using node = await startNode();
  const { id, token } = await key(node, "admin");
  await api(node, "DELETE", `/api/keys/${id}`);
  const answers = [];
  for (const credential of ["", "nonsense", `fazt_${"2".repeat(40)}`, token]) {
    const { status, error } = await api(node, "GET", "/api/apps", { token: credential });
    answers.push(JSON.stringify([status, error]));
  }
  assert.equal(new Set(answers).size, 1);
  assert.match(answers[0]!, /401.*UNAUTHORIZED/);
});

Deno.test("an owner link works once, also when two use it at the same moment", async () => {
  await using node = await startNode();
  const both = await Promise.all([signIn(node, node.ownerToken), signIn(node, node.ownerToken)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 401]);
  const { cookie } = both.find(({ status }) => status === 201)!;
  assert.match(cookie, /^fazt=[a-z0-9]{40}; .*HttpOnly/);
  assert.match(cookie, /SameSite=Strict/);
  assert.doesNotMatch(cookie, /Domain/i);
  assert.equal((await signIn(node, node.ownerToken)).status, 401);
});

Deno.test("a page of another origin cannot act with the owner's cookie, nor a sibling app", async () => {
  await using node = await startNode();
  const host = `admin.localhost:${node.port}`;
  const cookie = (await signIn(node, node.ownerToken)).cookie.split(";")[0]!;
  const send = async (method: string, headers: Record<string, string>) =>
    (await visitHost(node, host, method === "GET" ? "/api/apps" : "/api/owner-links", {
      method,
      headers: { cookie, ...headers },
    })).status;
  const own = `http://${host}`;
  assert.equal(await send("POST", { origin: own, "sec-fetch-site": "same-origin" }), 201);
  assert.equal(await send("POST", { origin: own, "sec-fetch-site": "same-site" }), 403);
  assert.equal(
    await send("POST", {
      origin: `http://evil.localhost:${node.port}`,
      "sec-fetch-site": "same-site",
    }),
    403,
  );
  assert.equal(await send("POST", { origin: "null" }), 403);
  assert.equal(await send("POST", {}), 403);
  assert.equal(await send("GET", { "sec-fetch-site": "same-site" }), 403);
  assert.equal(await send("GET", { "sec-fetch-site": "none" }), 200);
  assert.equal(
    await send("DELETE", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }),
    403,
  );
});

Deno.test("the live log of an app comes as server-sent events", async () => {
  await using node = await startNode();
  await deploy(node, "talker", {
    "api/main.js": "export default () => { console.log('hello\\u001b[2J'); return 1 }",
  });
  const { data } = await api(node, "GET", "/api/apps/talker");
  const response = await fetch(`${node.url}/api/apps/${data.id}/logs/stream`, {
    headers: { authorization: `Bearer ${node.token}` },
  });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  await visitHost(node, `talker.localhost:${node.port}`, "/api/");
  while (!text.includes("\n\n", 20)) text += (await reader.read()).value ?? "";
  await reader.cancel();
  assert.equal(JSON.parse(/data: (.*)/.exec(text)![1]!).message, "hello\u001b[2J");
});

Deno.test("unknown routes and methods say so in the one error shape", async () => {
  await using node = await startNode();
  const missing = await api(node, "GET", "/api/nothing");
  assert.deepEqual([missing.status, missing.error.code], [404, "NOT_FOUND"]);
  const method = await api(node, "PATCH", "/api/keys");
  assert.deepEqual([method.status, method.error.code, method.headers.get("allow")], [
    405,
    "METHOD_NOT_ALLOWED",
    "GET, POST",
  ]);
  const bad = await visitHost(node, `127.0.0.1:${node.port}`, "/api/keys", {
    method: "POST",
    headers: { authorization: `Bearer ${node.token}` },
    body: "{not json",
  });
  assert.equal(JSON.parse(bad.text).error.code, "BAD_REQUEST");
});
