// Sign-in in a real browser: a passkey of a virtual authenticator, and an app's page beside it.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { chromium } from "playwright-core";
import { api, Dashboard, deploy, startNode } from "../helpers/mod.ts";

const CHROMIUM = "/usr/bin/chromium";
const missing = statSync(CHROMIUM, { throwIfNoEntry: false }) === undefined;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Asks from inside a page, as its own script would. */
const CALL = `globalThis.call = async (method, url, body) => {
  try {
    const answer = await fetch(url, {
      method,
      credentials: "include",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, ...(await answer.json()) };
  } catch (error) {
    return { blocked: String(error) };
  }
}`;

/** Makes a passkey, signs out and signs in with it. */
const USE_PASSKEY = `(async () => {
  const creation = await call("POST", "/api/owner/passkeys/options", {});
  const made = await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(creation.data),
  });
  const kept = await call("POST", "/api/owner/passkeys", {
    name: "Virtual",
    response: made.toJSON(),
  });
  await call("DELETE", "/api/session");
  const out = await call("GET", "/api/session");
  const request = await call("POST", "/api/session/passkey/options", {});
  const got = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request.data),
  });
  const signed = await call("POST", "/api/session/passkey", { response: got.toJSON() });
  const me = await call("GET", "/api/session");
  return { kept, out, signed, me, readable: document.cookie };
})()`;

/** What an app's page tries: to act, to read, to put a cookie in the way, to use the passkey. */
const ATTACK = (admin: string) =>
  `(async () => {
  document.cookie = "fazt=${"1".repeat(40)}; domain=localhost; path=/";
  document.cookie = "fazt=${"2".repeat(40)}; path=/";
  const seen = await call("GET", "/api/");
  const read = await call("GET", "${admin}/api/apps");
  const act = await call("POST", "${admin}/api/owner-links", {});
  const out = await call("DELETE", "${admin}/api/session");
  let passkey = "signed";
  try {
    await navigator.credentials.get({
      publicKey: { challenge: new Uint8Array(32), rpId: "admin.localhost" },
    });
  } catch (error) {
    passkey = error.name;
  }
  return { seen, read, act, out, passkey };
})()`;

Deno.test({
  name: "a browser's passkey signs in, and an app's page can do nothing with it " +
    "(apt-get install chromium)",
  ignore: missing,
  fn: async () => {
    await using node = await startNode();
    await deploy(node, "evil", {
      "index.html": "<title>evil</title>",
      "api/main.js": "export default (request) => ({ cookie: request.headers.get('cookie') })",
    });
    const owner = new Dashboard(node);
    await owner.signIn({ token: node.ownerToken });
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    try {
      const context = await browser.newContext();
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send("WebAuthn.enable");
      await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      });
      await context.addCookies([{
        name: "fazt",
        value: owner.cookie.slice("fazt=".length),
        url: owner.origin,
      }]);
      await page.goto(`${owner.origin}/health`);
      await page.evaluate(CALL);
      // deno-lint-ignore no-explicit-any -- what a page answers has no type
      const used = await page.evaluate(USE_PASSKEY) as any;
      assert.equal(used.kept.status, 201, JSON.stringify(used));
      assert.equal(used.out.status, 401);
      assert.deepEqual([used.signed.status, used.signed.data.method], [201, "passkey"]);
      assert.deepEqual(used.me.data.methods, ["passkey"]);
      assert.equal(used.readable, "");

      await page.goto(`http://evil.localhost:${node.port}/`);
      await page.evaluate(CALL);
      // deno-lint-ignore no-explicit-any -- as above
      const tried = await page.evaluate(ATTACK(owner.origin)) as any;
      // The app sees at most what it set itself.
      const [mine] = (await context.cookies(owner.origin)).filter(({ httpOnly }) => httpOnly);
      assert.ok(mine && !JSON.stringify(tried.seen).includes(mine.value), JSON.stringify(tried));
      for (const blocked of [tried.read, tried.act, tried.out]) {
        assert.ok(blocked.blocked, JSON.stringify(tried));
      }
      assert.equal(tried.passkey, "SecurityError");
      const links = await api(node, "GET", "/api/activity?action=owner-link.");
      assert.deepEqual(links.data, []);

      await page.goto(`${owner.origin}/health`);
      await page.evaluate(CALL);
      const after = await page.evaluate(`call("GET", "/api/session")`) as { status: number };
      assert.equal(after.status, 200);
    } finally {
      await browser.close();
    }
  },
});
