import assert from "node:assert/strict";
import { withApps } from "../apps/testing.ts";
import { Challenges } from "./challenges.ts";
import { signInOf } from "./testing.ts";
import { SoftPasskey, type Twist } from "./testing_authenticator.ts";

const ORIGIN = "http://admin.localhost:8080";
const SITE = { origin: ORIGIN };
const OWNER = { id: "usr_owner", name: "owner" };
const REGISTER = { site: SITE, purpose: "register ses_1" } as const;
const SIGN_IN = { site: SITE, purpose: "sign-in" } as const;
const MINUTE = 60_000;

Deno.test("a challenge is good for its purpose, five minutes, once, in this process", () => {
  let now = 1_800_000_000_000;
  const challenges = new Challenges(() => now);
  const one = challenges.make("sign-in");
  assert.notEqual(challenges.make("sign-in"), one);
  assert.ok(challenges.isOpen(one, "sign-in"));
  assert.ok(!challenges.isOpen(one, "step-up ses_1"));
  assert.ok(!new Challenges(() => now).isOpen(one, "sign-in"));
  const bytes = Uint8Array.fromBase64(one, { alphabet: "base64url" });
  for (let i = 0; i < bytes.length; i++) {
    const other = bytes.slice();
    other[i]! ^= 1;
    const text = other.toBase64({ alphabet: "base64url", omitPadding: true });
    assert.ok(!challenges.isOpen(text, "sign-in"), `byte ${i}`);
  }
  for (const text of ["", "x", "*", one.slice(1), `${one}AA`]) {
    assert.ok(!challenges.isOpen(text, "sign-in"));
  }
  now += 5 * MINUTE - 1;
  assert.ok(challenges.isOpen(one, "sign-in"));
  assert.equal(challenges.use(one), true);
  assert.equal(challenges.use(one), false);
  assert.ok(!challenges.isOpen(one, "sign-in"));
  const late = challenges.make("sign-in");
  now += 5 * MINUTE;
  assert.ok(!challenges.isOpen(late, "sign-in"));
});

Deno.test(
  "a passkey is made, signs in, is renamed and removed",
  withApps(async (t) => {
    const { owner, passkeys, signIn, sessions } = await signInOf(t);
    const key = await SoftPasskey.make();
    const options = passkeys.registrationOptions(OWNER, REGISTER);
    assert.equal(options.rp.id, "admin.localhost");
    const response = await key.create(options, ORIGIN);
    const made = await passkeys.register(OWNER, { ...REGISTER, name: "Laptop", response });
    assert.deepEqual(owner.methods(), ["passkey"]);
    assert.deepEqual(made, {
      id: key.id,
      name: "Laptop",
      host: "admin.localhost",
      createdAt: t.now,
      lastUsedAt: null,
      backedUp: false,
    });
    // The same answer again is one too many.
    await assert.rejects(passkeys.register(OWNER, { ...REGISTER, name: "x", response }), {
      code: "PASSKEY_REFUSED",
    });
    const ask = passkeys.requestOptions(SIGN_IN);
    assert.ok(!("allowCredentials" in ask));
    const answer = await key.get(ask, ORIGIN);
    const session = await signIn.byPasskey(answer, SITE, {
      address: undefined,
      counted: undefined,
    });
    assert.equal(sessions.verify(session.token)!.session!.method, "passkey");
    await assert.rejects(
      signIn.byPasskey(answer, SITE, { address: undefined, counted: undefined }),
      { code: "UNAUTHORIZED" },
    );
    assert.equal(passkeys.list("usr_owner")[0]!.lastUsedAt, t.now);
    assert.equal((await passkeys.rename("usr_owner", key.id, "Old laptop")).name, "Old laptop");
    await passkeys.remove("usr_owner", key.id);
    await assert.rejects(passkeys.remove("usr_owner", key.id), { code: "NOT_FOUND" });
    assert.deepEqual(owner.methods(), []);
    const gone = await key.get(passkeys.requestOptions(SIGN_IN), ORIGIN);
    assert.equal(await passkeys.verify(gone, SIGN_IN), undefined);
  }),
);

Deno.test(
  "an answer that is forged, foreign, old or half is refused",
  withApps(async (t) => {
    const { passkeys } = await signInOf(t);
    const key = await SoftPasskey.make();
    const stranger = await SoftPasskey.make();
    const made: Twist[] = [
      { origin: "http://evil.localhost:8080" },
      { rpId: "localhost" },
      { challenge: "AAAA" },
      { type: "webauthn.get" },
      { flags: 0x01 },
      { flags: 0x04 },
    ];
    for (const twist of made) {
      const options = passkeys.registrationOptions(OWNER, REGISTER);
      const response = await key.create(options, ORIGIN, twist);
      await assert.rejects(
        passkeys.register(OWNER, { ...REGISTER, name: "x", response }),
        { code: "PASSKEY_REFUSED" },
        JSON.stringify(twist),
      );
    }
    const other = passkeys.registrationOptions(OWNER, { ...REGISTER, purpose: "register ses_2" });
    await assert.rejects(
      passkeys.register(OWNER, {
        ...REGISTER,
        name: "x",
        response: await key.create(other, ORIGIN),
      }),
      { code: "PASSKEY_REFUSED" },
    );
    const options = passkeys.registrationOptions(OWNER, REGISTER);
    const response = await key.create(options, ORIGIN);
    await passkeys.register(OWNER, { ...REGISTER, name: "x", response });

    const twists: Twist[] = [
      { origin: "http://evil.localhost:8080" },
      { rpId: "evil.localhost" },
      { type: "webauthn.create" },
      { flags: 0x01 },
      { flags: 0x00 },
      { signWith: stranger.keys.privateKey },
    ];
    for (const twist of twists) {
      const answer = await key.get(passkeys.requestOptions(SIGN_IN), ORIGIN, twist);
      assert.equal(await passkeys.verify(answer, SIGN_IN), undefined, JSON.stringify(twist));
    }
    const verify = async (twist: Twist = {}) =>
      await passkeys.verify(
        await key.get(passkeys.requestOptions(SIGN_IN), ORIGIN, twist),
        SIGN_IN,
      );
    assert.ok(await verify({ counter: 10 }));
    // A counter that does not grow is a copy's (§6.1.1).
    assert.equal(await verify({ counter: 10 }), undefined);
    assert.equal(await verify({ counter: 9 }), undefined);
    assert.ok(await verify({ counter: 11 }));
    // For another session's step-up.
    const stepUp = { ...SIGN_IN, purpose: "step-up ses_1" } as const;
    const answer = await key.get(passkeys.requestOptions(stepUp), ORIGIN, { counter: 12 });
    assert.equal(await passkeys.verify(answer, SIGN_IN), undefined);
    assert.equal(
      await passkeys.verify(answer, { ...SIGN_IN, purpose: "step-up ses_2" }),
      undefined,
    );
    const late = await key.get(passkeys.requestOptions(SIGN_IN), ORIGIN, { counter: 13 });
    t.now += 5 * MINUTE;
    assert.equal(await passkeys.verify(late, SIGN_IN), undefined);
    for (
      const junk of [{}, { id: key.id }, { id: key.id, response: {} }, { id: 1, response: null }]
    ) {
      assert.equal(await passkeys.verify(junk, SIGN_IN), undefined);
    }
  }),
);

Deno.test(
  "passkeys are not offered at a bare address",
  withApps(async (t) => {
    const { passkeys } = await signInOf(t);
    for (const origin of ["http://127.0.0.1:8080", "http://[::1]:8080"]) {
      assert.throws(() => passkeys.requestOptions({ site: { origin }, purpose: "sign-in" }), {
        code: "INVALID",
      });
    }
  }),
);
