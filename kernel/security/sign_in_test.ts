import assert from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { NOBODYS_HASH } from "./password_hash.ts";
import { signInOf } from "./testing.ts";

const PASSWORD = "four small words together";
const HOME = { address: "192.0.2.1", counted: "192.0.2.1" };
const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

const guess = (address: string) => ({ address, counted: address });
const code = (secret: string, at: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });

/** The code of the error, or `ok`. */
async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function withCodes(t: AppsFixture) {
  const parts = await signInOf(t);
  await parts.owner.setPassword(PASSWORD);
  const { secret } = await parts.owner.beginCodes();
  const recovery = await parts.owner.confirmCodes(code(secret, t.now));
  t.now += MINUTE;
  return { ...parts, secret, recovery };
}

Deno.test(
  "the right password signs in; wrong password and unknown name cannot be told apart",
  withApps(async (t) => {
    const { signIn, owner, hasher, entries } = await signInOf(t);
    const ask = (input: { name?: string; password: string }) =>
      outcome(() => signIn.byPassword(input, HOME));
    assert.equal(await ask({ password: PASSWORD }), "UNAUTHORIZED");
    assert.deepEqual(hasher.compared, [NOBODYS_HASH]);
    await owner.setPassword(PASSWORD);
    assert.equal(await ask({ password: PASSWORD }), "ok");
    assert.equal(await ask({ name: " Owner", password: PASSWORD }), "ok");
    assert.equal(await ask({ name: "root", password: PASSWORD }), "UNAUTHORIZED");
    assert.equal(await ask({ password: "wrong" }), "UNAUTHORIZED");
    // One comparison each, whoever it was: the time tells nothing.
    assert.equal(hasher.compared.length, 5);
    assert.equal(hasher.compared[3], NOBODYS_HASH);
    assert.deepEqual(entries.map(({ result }) => result), [
      "UNAUTHORIZED",
      "ok",
      "ok",
      "UNAUTHORIZED",
      "UNAUTHORIZED",
    ]);
    assert.ok(!JSON.stringify(entries).match(/wrong|root|words/));
  }),
);

Deno.test(
  "a code is asked for after the right password only, and works once",
  withApps(async (t) => {
    const { signIn, secret } = await withCodes(t);
    const ask = (password: string, given?: string) =>
      outcome(() => signIn.byPassword({ password, code: given }, HOME));
    assert.equal(await ask("wrong"), "UNAUTHORIZED");
    assert.equal(await ask("wrong", code(secret, t.now)), "UNAUTHORIZED");
    assert.equal(await ask(PASSWORD), "CODE_REQUIRED");
    assert.equal(await ask(PASSWORD, code(secret, t.now - 2 * MINUTE)), "UNAUTHORIZED");
    const now = code(secret, t.now);
    assert.equal(await ask(PASSWORD, now), "ok");
    assert.equal(await ask(PASSWORD, now), "UNAUTHORIZED");
    // A neighbour's clock is half a minute off; what is older than the last one is not taken.
    assert.equal(await ask(PASSWORD, code(secret, t.now - 30 * SECOND)), "UNAUTHORIZED");
    assert.equal(await ask(PASSWORD, code(secret, t.now + 30 * SECOND)), "ok");
  }),
);

Deno.test(
  "of many who use one code at the same moment one gets in",
  withApps(async (t) => {
    const { owner, secret } = await withCodes(t);
    const now = code(secret, t.now);
    const all = await Promise.all(Array.from({ length: 8 }, () => owner.useCode(now)));
    assert.equal(all.filter(Boolean).length, 1);
  }),
);

Deno.test(
  "a recovery code stands in for a code once; new ones end the old",
  withApps(async (t) => {
    const { signIn, owner, recovery } = await withCodes(t);
    const ask = (given: string) =>
      outcome(() => signIn.byPassword({ password: PASSWORD, code: given }, HOME));
    assert.equal(recovery.length, 10);
    assert.equal(owner.info().recoveryCodesLeft, 10);
    assert.equal(await ask(recovery[0]!), "ok");
    assert.equal(await ask(recovery[0]!), "UNAUTHORIZED");
    assert.equal(await ask(recovery[1]!.toUpperCase().replaceAll("-", " ")), "ok");
    assert.equal(owner.info().recoveryCodesLeft, 8);
    const [fresh] = await owner.renewRecoveryCodes();
    assert.equal(await ask(recovery[2]!), "UNAUTHORIZED");
    assert.equal(await ask(fresh!), "ok");
    await owner.dropCodes();
    assert.deepEqual(owner.methods(), ["password"]);
    assert.equal(owner.info().recoveryCodesLeft, 0);
  }),
);

Deno.test(
  "codes come on only once confirmed, and none of it is in the database in clear",
  withApps(async (t) => {
    const { owner } = await signInOf(t);
    await assert.rejects(owner.beginCodes(), { code: "CONFLICT" });
    await owner.setPassword(PASSWORD);
    await assert.rejects(owner.confirmCodes("123456"), { code: "CONFLICT" });
    const { secret, uri } = await owner.beginCodes();
    assert.match(uri, /^otpauth:\/\/totp\/Fazt:owner%40localhost\?/);
    const wrong = code(secret, t.now + HOUR);
    await assert.rejects(owner.confirmCodes(wrong), { code: "INVALID" });
    assert.equal(owner.asksForCodes, false);
    assert.equal(owner.info().totpPending, true);
    const recovery = await owner.confirmCodes(code(secret, t.now));
    assert.deepEqual(owner.methods(), ["password", "totp"]);
    const stored = await t.stored();
    for (const text of [secret, ...recovery, recovery[0]!.replaceAll("-", "")]) {
      assert.equal(stored.includes(text), false);
    }
  }),
);

Deno.test(
  "guessing gets slower by address, and many at once are not cheaper",
  withApps(async (t) => {
    const { signIn, owner } = await signInOf(t);
    await owner.setPassword(PASSWORD);
    const ask = (password: string) => outcome(() => signIn.byPassword({ password }, HOME));
    const burst = await Promise.all(Array.from({ length: 20 }, () => ask("wrong")));
    assert.equal(burst.filter((one) => one === "UNAUTHORIZED").length, 5);
    assert.equal(burst.filter((one) => one === "RATE_LIMITED").length, 15);
    assert.equal(await ask(PASSWORD), "RATE_LIMITED");
    t.now += SECOND;
    assert.equal(await ask("wrong"), "UNAUTHORIZED");
    t.now += SECOND;
    assert.equal(await ask(PASSWORD), "RATE_LIMITED");
    t.now += SECOND;
    assert.equal(await ask(PASSWORD), "ok");
    assert.equal(await ask("wrong"), "UNAUTHORIZED");
  }),
);

Deno.test(
  "guessing from many addresses gets slower by account, over a restart too",
  withApps(async (t) => {
    const parts = await signInOf(t);
    await parts.owner.setPassword(PASSWORD);
    // The owner signs in at home.
    await parts.signIn.byPassword({ password: PASSWORD }, HOME);
    let wrong = 0;
    for (let i = 0; i < 40; i++) {
      const ask = () => parts.signIn.byPassword({ password: "wrong" }, guess(`198.51.100.${i}`));
      if (await outcome(ask) === "UNAUTHORIZED") wrong++;
    }
    assert.equal(wrong, 10);
    // Writes are done in the order they were asked for.
    await parts.sessions.cleanup();
    const later = parts.restarted();
    const ask = (password: string, from: typeof HOME) =>
      outcome(() => later.byPassword({ password }, from));
    assert.equal(await ask("wrong", guess("203.0.113.77")), "RATE_LIMITED");
    // An address the owner signed in from is not held up by what strangers do.
    assert.equal(await ask(PASSWORD, HOME), "ok");
    assert.equal(await ask("wrong", guess("203.0.113.78")), "UNAUTHORIZED");
  }),
);

Deno.test(
  "a day without failures forgets them, and no wait is longer than five minutes",
  withApps(async (t) => {
    const parts = await signInOf(t);
    await parts.owner.setPassword(PASSWORD);
    const ask = (i: number) =>
      outcome(() =>
        parts.signIn.byPassword({ password: "wrong" }, guess(`10.0.${i >> 8}.${i & 255}`))
      );
    for (let i = 0; i < 30; i++) {
      t.now += 5 * MINUTE;
      assert.equal(await ask(i), "UNAUTHORIZED");
    }
    assert.equal(await ask(30), "RATE_LIMITED");
    t.now += 24 * HOUR;
    for (let i = 31; i < 41; i++) assert.equal(await ask(i), "UNAUTHORIZED");
    assert.equal(await ask(41), "RATE_LIMITED");
  }),
);

Deno.test(
  "a link works while passwords are held up; wrong links fill neither log nor wait for it",
  withApps(async (t) => {
    const { signIn, owner, sessions, entries } = await signInOf(t);
    await owner.setPassword(PASSWORD);
    for (let i = 0; i < 50; i++) {
      assert.equal(await outcome(() => signIn.byLink("wrong", HOME)), "UNAUTHORIZED");
    }
    assert.ok(entries.length <= 6, `${entries.length} lines`);
    assert.equal(
      await outcome(() => signIn.byPassword({ password: PASSWORD }, HOME)),
      "RATE_LIMITED",
    );
    const { token } = await sessions.createLink();
    assert.equal(await outcome(() => signIn.byLink(token, HOME)), "ok");
  }),
);

Deno.test(
  "the right password without its code makes guesses at the code no cheaper",
  withApps(async (t) => {
    const { signIn } = await withCodes(t);
    const outcomes: string[] = [];
    for (let i = 0; i < 12; i++) {
      outcomes.push(await outcome(() => signIn.byPassword({ password: PASSWORD }, HOME)));
      outcomes.push(
        await outcome(() =>
          signIn.byPassword({ password: PASSWORD, code: `00000${i % 10}` }, HOME)
        ),
      );
    }
    assert.equal(outcomes.filter((one) => one === "UNAUTHORIZED").length, 5);
    assert.equal(outcomes.at(-1), "RATE_LIMITED");
  }),
);

Deno.test(
  "a proof counts for ten minutes, for the session that gave it",
  withApps(async (t) => {
    const { signIn, owner, sessions, stepUp, entries } = await signInOf(t);
    const site = { origin: "http://admin.localhost" };
    const link = await sessions.createLink();
    const first = await signIn.byLink(link.token, HOME);
    const principal = () => sessions.verify(first.token)!;
    t.now += HOUR;
    // There is nothing yet to prove it with.
    assert.equal(stepUp.isProven(principal()), true);
    await owner.setPassword(PASSWORD, first.id);
    assert.equal(stepUp.isProven(principal()), false);
    assert.throws(() => stepUp.check(principal()), {
      code: "STEP_UP_REQUIRED",
      status: 403,
      details: { methods: ["password"], minutes: 10 },
    });
    const prove = (proof: { password: string } | { token: string }, token = first.token) =>
      signIn.stepUp({ principal: sessions.verify(token)!, token }, proof, { site, visitor: HOME });
    assert.equal(await outcome(() => prove({ password: "wrong" })), "UNAUTHORIZED");
    const second = await prove({ password: PASSWORD });
    const after = () => sessions.verify(second.token)!;
    assert.equal(stepUp.isProven(after()), true);
    assert.equal(stepUp.isProven(principal()), false);
    t.now += 10 * MINUTE - 1;
    assert.equal(stepUp.isProven(after()), true);
    t.now += 1;
    assert.equal(stepUp.isProven(after()), false);
    const { token } = await sessions.createLink();
    const third = await prove({ token }, second.token);
    assert.equal(await outcome(() => prove({ token }, third.token)), "UNAUTHORIZED");
    assert.equal(stepUp.isProven(sessions.verify(third.token)!), true);
    assert.deepEqual(
      entries.filter(({ action }) => action === "session.step-up").map(({ result }) => result),
      ["UNAUTHORIZED", "ok", "ok", "UNAUTHORIZED"],
    );
    for (const kind of ["key", "local"] as const) {
      assert.equal(stepUp.isProven({ kind, id: "x", name: "x", scopes: ["admin"] }), true);
    }
  }),
);

Deno.test(
  "a new password ends every other session and is not left without another way in",
  withApps(async (t) => {
    const { signIn, owner, sessions } = await signInOf(t);
    await owner.setPassword(PASSWORD);
    const here = await signIn.byPassword({ password: PASSWORD }, HOME);
    const there = await signIn.byPassword({ password: PASSWORD }, HOME);
    assert.equal(await owner.setPassword("another fine phrase", here.id), 1);
    assert.ok(sessions.verify(here.token));
    assert.equal(sessions.verify(there.token), undefined);
    await assert.rejects(owner.dropPassword(), { code: "CONFLICT" });
    assert.equal(await owner.checkPassword(PASSWORD), false);
    assert.equal(await owner.checkPassword("another fine phrase"), true);
  }),
);
