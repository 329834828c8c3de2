// The owner signs in: by link, password and code, passkey; and what others get who try.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Secret, TOTP } from "otpauth";
import { DANGEROUS } from "../../kernel/http/api/dangerous.ts";
import { SoftPasskey } from "../../kernel/security/testing_authenticator.ts";
import {
  api,
  cli,
  Dashboard,
  deploy,
  startNode,
  type TestNode,
  until,
  visit,
} from "../helpers/mod.ts";

const PASSWORD = "four small words together";

/** Changes the database beside the node, as time would. */
function inDatabase(node: TestNode, sql: string): void {
  const db = new DatabaseSync(node.db);
  db.exec("PRAGMA busy_timeout = 10000");
  db.exec(sql);
  db.close();
}

/** Makes every proof older than it may be. */
const forgetProofs = (node: TestNode) => inDatabase(node, "UPDATE sessions SET proved_at = 0");

/** A code nobody used yet: the next step's, or one before it where that went. */
function codes(secret: string): () => string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  let at = Date.now() - 30_000;
  // Codes of the step before now, of now and of the next one are taken, each once and in order.
  return () => totp.generate({ timestamp: (at += 30_000) - 30_000 });
}

Deno.test("from the first link to signing out everywhere", async () => {
  await using node = await startNode();
  const home = new Dashboard(node);
  const phone = new Dashboard(node);
  const secrets: string[] = [PASSWORD, node.ownerToken];

  const ways = () => phone.ask("GET", "/api/sign-in").then(({ data }) => data);
  assert.deepEqual(await ways(), { password: false, passkeys: false, link: true });
  assert.equal(await home.signIn({ token: node.ownerToken }), "201");
  secrets.push(home.cookie.split("=")[1]!);
  const first = (await home.ask("GET", "/api/session")).data;
  assert.deepEqual([first.kind, first.credentials, first.methods], ["owner", false, []]);
  assert.equal(await phone.signIn({ password: PASSWORD }), "401 UNAUTHORIZED");
  const weak = await home.ask("PUT", "/api/owner/password", { password: "password123" });
  assert.deepEqual([weak.status, weak.error.code], [422, "WEAK_PASSWORD"]);
  assert.equal((await home.ask("PUT", "/api/owner/password", { password: PASSWORD })).status, 200);
  assert.deepEqual(await ways(), { password: true, passkeys: false, link: true });

  // Codes: begun, confirmed, asked for, each once; a recovery code instead.
  const { secret, uri } = (await home.ask("POST", "/api/owner/totp")).data;
  assert.match(uri, /^otpauth:\/\/totp\/Fazt:owner%40localhost/);
  const next = codes(secret);
  secrets.push(secret);
  assert.equal(await phone.signIn({ password: PASSWORD }), "201");
  const { recoveryCodes } = (await home.ask("POST", "/api/owner/totp/confirm", { code: next() }))
    .data;
  assert.equal(recoveryCodes.length, 10);
  secrets.push(...recoveryCodes);
  assert.equal(await phone.signIn({ password: PASSWORD }), "401 CODE_REQUIRED");
  assert.equal(await phone.signIn({ password: PASSWORD, code: next() }), "201");
  assert.equal(await phone.signIn({ password: PASSWORD, code: recoveryCodes[0] }), "201");
  assert.equal(
    await phone.signIn({ password: PASSWORD, code: recoveryCodes[0] }),
    "401 UNAUTHORIZED",
  );
  assert.equal(await phone.signIn({ password: PASSWORD, code: recoveryCodes[1] }), "201");
  assert.equal((await home.ask("GET", "/api/owner")).data.recoveryCodesLeft, 8);
  // Signing in again ended what the same browser had: one session each.
  const sessions = (await home.ask("GET", "/api/sessions")).data;
  assert.deepEqual(
    sessions.map((one: { method: string; device: string; current: boolean }) => [
      one.method,
      one.device,
      one.current,
    ]).sort(),
    [["link", "Firefox on Linux", true], ["password", "Firefox on Linux", false]],
  );

  // Ending another session ends its streams too.
  const stream = await fetch(
    `${home.origin.replace("admin.localhost", "127.0.0.1")}/api/events/stream`,
    {
      headers: { host: home.host, cookie: phone.cookie },
    },
  );
  // `fetch` keeps its own Host: on the loopback address the API answers too.
  assert.equal(stream.status, 200);
  const other = sessions.find((one: { current: boolean }) => !one.current);
  assert.equal((await home.ask("DELETE", `/api/sessions/${other.id}`)).data.current, false);
  assert.equal((await phone.ask("GET", "/api/session")).status, 401);
  for await (const _ of stream.body!) { /* until it ends */ }

  assert.equal(await phone.signIn({ password: PASSWORD, code: recoveryCodes[2] }), "201");
  assert.equal((await home.ask("DELETE", "/api/sessions?others=1")).data.ended, 1);
  assert.equal((await home.ask("DELETE", "/api/sessions")).data.ended, 1);
  assert.equal(home.cookie, "");
  assert.equal((await home.ask("GET", "/api/session")).status, 401);

  // Everything stands in the log, nothing secret does, nor in the database's file.
  const log = await api(node, "GET", "/api/activity?limit=1000");
  const actions = new Set(log.data.map((row: { action: string }) => row.action));
  for (
    const action of [
      "session.create",
      "session.end",
      "session.end-all",
      "owner.password",
      "owner.codes-begin",
      "owner.codes-on",
    ]
  ) assert.ok(actions.has(action), action);
  const failed = await api(node, "GET", "/api/activity?action=session.create&result=failed");
  assert.ok(failed.data.length >= 2);
  assert.ok(failed.data.every((row: { actor: string }) => row.actor === "anonymous"));
  inDatabase(node, "PRAGMA wal_checkpoint(TRUNCATE)");
  const file = new TextDecoder("latin1").decode(await Deno.readFile(node.db));
  const told = JSON.stringify(log.data);
  for (const text of secrets) assert.ok(!told.includes(text) && !file.includes(text));
});

Deno.test("what is dangerous asks for a fresh proof, by password, code or passkey", async () => {
  await using node = await startNode();
  const owner = new Dashboard(node);
  await owner.signIn({ token: node.ownerToken });
  await deploy(node, "shop", {
    "app.json": JSON.stringify({ name: "shop", permissions: ["storage:kv", "sys:hostname"] }),
    "index.html": "x",
  });
  await owner.ask("PUT", "/api/owner/password", { password: PASSWORD });
  const { secret } = (await owner.ask("POST", "/api/owner/totp")).data;
  const next = codes(secret);
  await owner.ask("POST", "/api/owner/totp/confirm", { code: next() });

  // The passkey is made by the same rules as anything else.
  const passkey = await SoftPasskey.make();
  const creation = await owner.ask("POST", "/api/owner/passkeys/options", {});
  const made = await owner.ask("POST", "/api/owner/passkeys", {
    name: "Laptop",
    response: await passkey.create(creation.data, owner.origin),
  });
  assert.deepEqual([made.status, made.data.name], [201, "Laptop"]);

  /** What each dangerous route is sent; the answer does not matter, but that it is asked first. */
  const bodies: Readonly<Record<string, unknown>> = {
    "POST /api/apps/:ref/grants": { approve: ["sys:hostname"] },
    "POST /api/sql": { sql: "DELETE FROM kv", write: true },
    "PUT /api/system/config": { key: "session.idleDays", value: 8 },
  };
  const { createApi } = await import("../../kernel/http/api/mod.ts");
  const routes = new Set(
    createApi({} as Parameters<typeof createApi>[0]).routes.map(({ method, path }) =>
      `${method} ${path}`
    ),
  );
  forgetProofs(node);
  for (const { method, path } of DANGEROUS) {
    const route = `${method} ${path}`;
    assert.ok(routes.has(route), `${route} is no route`);
    const at = path.replace(":ref", "shop").replace(":key", "owner.name")
      .replace(/:(?:id|name)/, "nothing");
    const { status, error } = await owner.ask(
      method,
      at,
      method === "DELETE" ? undefined : bodies[route] ?? {},
    );
    assert.deepEqual([status, error?.code], [403, "STEP_UP_REQUIRED"], route);
    assert.deepEqual(error.details, { methods: ["password", "totp", "passkey"], minutes: 10 });
  }
  // The same by a way of writing that the router takes for the same.
  const sly = await owner.ask("POST", "/api/%6beys", { name: "x", scopes: ["read"] });
  assert.equal(sly.error.code, "STEP_UP_REQUIRED");

  // What is not dangerous is not asked, nor who shows a key or the machine's own token.
  const calm: readonly (readonly [string, string, unknown, number])[] = [
    ["POST", "/api/sql", { sql: "SELECT 1" }, 200],
    ["PUT", "/api/system/config", { key: "logs.keepDays", value: 8 }, 200],
    ["POST", "/api/apps/shop/grants", { revoke: ["sys:hostname"] }, 200],
    ["POST", "/api/apps/shop/grants", { approve: ["storage:kv"] }, 200],
    ["PATCH", "/api/apps/shop", { title: "Shop" }, 200],
    ["GET", "/api/owner", undefined, 200],
  ];
  for (const [method, path, body, status] of calm) {
    assert.equal((await owner.ask(method, path, body)).status, status, `${method} ${path}`);
  }
  const admin = (await api(node, "POST", "/api/keys", { body: { name: "a", scopes: ["admin"] } }))
    .data.token;
  for (const token of [admin, node.token]) {
    const { status } = await api(node, "POST", "/api/owner-links", { token });
    assert.equal(status, 201);
  }

  // What it deploys does not open the machine, until somebody proves who they are.
  const form = {
    name: "open",
    files: (await deploy(node, "seed", {
        "app.json": JSON.stringify({ name: "open", permissions: ["storage:kv", "sys:hostname"] }),
        "index.html": "x",
      })).status === 201
      ? (await api(node, "GET", "/api/apps/seed/files")).data
      : [],
  };
  const deployed = await owner.ask("POST", "/api/deploy", { ...form, approve: true });
  assert.equal(deployed.status, 201, deployed.text);
  assert.deepEqual(deployed.data.grants, {
    approved: ["storage:kv"],
    pending: ["sys:hostname"],
  });

  // Each way of proving it, and each only from the dashboard itself.
  const grant = () => owner.ask("POST", "/api/apps/open/grants", { approve: ["sys:hostname"] });
  const before = owner.cookie;
  const wrong = await owner.ask("POST", "/api/step-up", { password: "wrong wrong" });
  assert.equal(wrong.error.code, "UNAUTHORIZED");
  assert.equal((await grant()).error.code, "STEP_UP_REQUIRED");
  const proofs: (() => Promise<unknown>)[] = [
    () => Promise.resolve({ password: PASSWORD }),
    () => Promise.resolve({ code: next() }),
    async () => {
      const { data } = await owner.ask("POST", "/api/step-up/passkey/options", {});
      return { passkey: await passkey.get(data, owner.origin) };
    },
  ];
  for (const proof of proofs) {
    forgetProofs(node);
    const given = await proof();
    const foreign = await owner.ask("POST", "/api/step-up", given, {
      origin: `http://evil.localhost:${node.port}`,
      "sec-fetch-site": "same-site",
    });
    assert.equal(foreign.status, 403);
    const done = await owner.ask("POST", "/api/step-up", given);
    assert.equal(done.status, 200, done.text);
    assert.ok(done.data.until > Date.now());
    assert.equal((await grant()).status, 200);
    assert.equal((await owner.ask("GET", "/api/session")).data.provedUntil, done.data.until);
  }
  assert.notEqual(owner.cookie, before, "a proof gives a new cookie");

  // The passkey signs in by itself.
  const phone = new Dashboard(node);
  const { data } = await phone.ask("POST", "/api/session/passkey/options", {});
  const response = await passkey.get(data, phone.origin);
  assert.equal((await phone.ask("POST", "/api/session/passkey", { response })).status, 201);
  assert.equal((await phone.ask("POST", "/api/session/passkey", { response })).status, 401);
  assert.equal((await phone.ask("DELETE", `/api/owner/passkeys/${passkey.id}`)).status, 200);
});

Deno.test("an app beside the dashboard gets no cookie, cannot act with it nor hide it", async () => {
  await using node = await startNode();
  await deploy(node, "evil", {
    "api/main.js": `export default (request) => new Response(JSON.stringify([...request.headers]), {
      headers: [["set-cookie", "fazt=${"1".repeat(40)}; Domain=localhost; Path=/"],
        ["set-cookie", "__Host-fazt=${"1".repeat(40)}; Secure; Path=/; domain=localhost"]],
    })`,
  });
  const owner = new Dashboard(node);
  // Fixation: what was there before is not what counts after.
  owner.cookie = `fazt=${"1".repeat(40)}`;
  const signed = await owner.ask("POST", "/api/session", { token: node.ownerToken });
  assert.equal(signed.status, 201);
  const [set] = signed.headers.getSetCookie();
  assert.match(set!, /^fazt=[a-z0-9]{40}; /);
  assert.doesNotMatch(set!, /domain/i);
  assert.match(set!, /HttpOnly/);
  assert.match(set!, /SameSite=Strict/);
  const [mine, other] = [owner.cookie, `fazt=${"1".repeat(40)}`];
  assert.notEqual(mine, other);

  const answer = await visit(node, "evil", "/api/");
  for (const cookie of answer.headers.getSetCookie()) assert.doesNotMatch(cookie, /domain/i);

  // Tossing: a cookie of the same name, before it or after it, many times.
  const ask = async (cookie: string) =>
    (await owner.ask("GET", "/api/session", undefined, { cookie })).status;
  assert.equal(await ask(`${other}; ${mine}`), 200);
  assert.equal(await ask(`${mine}; ${other}`), 200);
  assert.equal(await ask(`x=1;${other};${mine}`), 200);
  assert.equal(await ask(other), 401);
  assert.equal(await ask(`__Host-${mine}`), 401);
  assert.equal(await ask(`fazt="${mine.slice(5)}"`), 401);

  // No page but the dashboard's own signs somebody in or out.
  const sibling = { origin: `http://evil.localhost:${node.port}`, "sec-fetch-site": "same-site" };
  const foreign: readonly (readonly [string, string])[] = [
    ["POST", "/api/session"],
    ["POST", "/api/session/passkey/options"],
    ["POST", "/api/session/passkey"],
    ["DELETE", "/api/session"],
    ["DELETE", "/api/sessions"],
    ["POST", "/api/step-up"],
    ["GET", "/api/sessions"],
  ];
  for (const [method, path] of foreign) {
    for (const headers of [sibling, { origin: "null", "sec-fetch-site": "cross-site" }]) {
      const { status, error } = await owner.ask(
        method,
        path,
        /GET|DELETE/.test(method) ? undefined : {},
        headers,
      );
      assert.deepEqual([status, error.code], [403, "FORBIDDEN"], `${method} ${path}`);
    }
  }
  assert.equal(await ask(mine), 200);
});

Deno.test("guesses are slowed down over a restart, and the machine itself lets the owner in", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-sign-in-" });
  const db = `${folder}/data.db`;
  try {
    {
      await using node = await startNode({ db });
      assert.equal(
        (await cliWith(node, PASSWORD, "server", "set-credentials", "--password")).code,
        0,
      );
      const stranger = new Dashboard(node);
      const guess = async (from: string) => {
        const { status, error, headers } = await stranger.ask(
          "POST",
          "/api/session",
          { password: "wrong wrong" },
          { "x-forwarded-for": from },
        );
        if (status !== 429) return status;
        assert.equal(headers.get("retry-after"), String(error.details.retryAfter));
        return status;
      };
      const statuses: number[] = [];
      for (let i = 0; i < 14; i++) statuses.push(await guess(`198.51.100.${i}`));
      assert.equal(statuses.filter((status) => status === 401).length >= 10, true);
      // Doubling waits: within as many tries one is held up, however slow this machine is.
      await until(async () => await guess("203.0.113.200") === 429, 60_000);
    }
    const stopped = { db };
    const link = await cli(stopped, "server", "set-credentials", "--sign-out", "--json");
    assert.equal(link.code, 0, link.stderr);
    const { url } = JSON.parse(link.stdout).link;
    {
      await using node = await startNode({ db });
      const raw = new DatabaseSync(db, { readOnly: true });
      const { count } = raw.prepare("SELECT count FROM sign_in_failures").get() as {
        count: number;
      };
      raw.close();
      assert.ok(count >= 10, `${count} failures are remembered`);
      const owner = new Dashboard(node);
      assert.equal(await owner.signIn({ token: url.split("#")[1] }), "201");
      const reset = await cliWith(
        node,
        "another fine long phrase",
        "server",
        "set-credentials",
        "--password",
        "--reset-totp",
      );
      assert.equal(reset.code, 0, reset.stderr);
      assert.equal((await owner.ask("GET", "/api/session")).status, 401);
      assert.equal(await owner.signIn({ password: PASSWORD }), "401 UNAUTHORIZED");
      assert.equal(await owner.signIn({ password: "another fine long phrase" }), "201");
      const log = await cli(node, "activity", "export", "--action", "owner.");
      assert.match(log.stdout, /^id,at,actor,[^]*local,127\.0\.0\.1,owner\.password/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The command line with a line on stdin. */
async function cliWith(node: TestNode, line: string, ...args: string[]) {
  const { command, args: before } = node.program;
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    env: { FAZT_DB: node.db, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${line}\n`));
  await writer.close();
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}
