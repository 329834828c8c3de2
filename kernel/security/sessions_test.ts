import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { GRACE_MS, LINK_MS, ROTATE_MS, SESSION_MS, Sessions } from "./sessions.ts";
import { tokenHash } from "./tokens.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const sessionsOf = (t: AppsFixture) => new Sessions(t.db, () => t.now);

async function signIn(sessions: Sessions): Promise<string> {
  const { token } = await sessions.createLink();
  return (await sessions.useLink(token))!.token;
}

Deno.test(
  "an owner link is traded for a session of the owner",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const link = await sessions.createLink();
    assert.equal(link.expiresAt, t.now + 30 * MINUTE);
    const session = await sessions.useLink(link.token);
    assert.equal(session!.expiresAt, t.now + 30 * DAY);
    assert.notEqual(session!.token, link.token);
    const principal = sessions.verify(session!.token)!;
    assert.deepEqual(principal, {
      kind: "owner",
      id: "usr_owner",
      name: "owner",
      scopes: ["admin"],
      session: {
        id: session!.id,
        slot: "current",
        method: "link",
        expiresAt: session!.expiresAt,
        rotatedAt: t.now,
        provedAt: t.now,
      },
    });
    assert.equal(sessions.verify(link.token), undefined);
  }),
);

Deno.test(
  "an owner link works for 30 minutes and no millisecond longer",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const [early, late] = [await sessions.createLink(), await sessions.createLink()];
    t.now += LINK_MS - 1;
    assert.ok(await sessions.useLink(early.token));
    t.now += 1;
    assert.equal(await sessions.useLink(late.token), undefined);
    assert.equal(t.count("sessions"), 1);
  }),
);

Deno.test(
  "an owner link works once, however many use it at the same time",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const { token } = await sessions.createLink();
    const answers = await Promise.all(Array.from({ length: 8 }, () => sessions.useLink(token)));
    const won = answers.filter((answer) => answer !== undefined);
    assert.equal(won.length, 1);
    assert.ok(sessions.verify(won[0]!.token));
    assert.equal(t.count("sessions"), 1);
    assert.equal(await sessions.useLink(token), undefined);
    assert.equal(t.count("sessions"), 1);
  }),
);

Deno.test(
  "what is not a link makes no session",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const { token } = await sessions.createLink();
    for (const text of ["", token.slice(1), `${token}1`, token.toUpperCase(), "x".repeat(1e6)]) {
      assert.equal(await sessions.useLink(text), undefined);
      assert.equal(sessions.verify(text), undefined);
    }
    assert.equal(t.count("sessions"), 0);
    assert.ok(await sessions.useLink(token));
  }),
);

Deno.test(
  "a session ends after 30 days, however much it is used",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const token = await signIn(sessions);
    for (let day = 0; day < 29; day++) {
      t.now += DAY;
      assert.ok(sessions.verify(token));
    }
    t.now += DAY - 1;
    assert.ok(sessions.verify(token));
    t.now += 1;
    assert.equal(sessions.verify(token), undefined);
  }),
);

Deno.test(
  "a session that is not used for 7 days ends, also over a restart",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const token = await signIn(sessions);
    t.now += 7 * DAY - 1;
    assert.ok(sessions.verify(token, "203.0.113.9"));
    await sessions.flush();
    t.now += 7 * DAY - 1;
    const again = sessionsOf(t);
    assert.ok(again.list().length === 1 && again.list()[0]!.address === "203.0.113.9");
    assert.ok(again.verify(token));
    t.now += 7 * DAY;
    assert.deepEqual(again.list(), []);
    assert.equal(again.verify(token), undefined);
  }),
);

Deno.test(
  "a token is replaced after an hour, and the old one works until the new one was used",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const first = await signIn(sessions);
    const use = (token: string) => sessions.verify(token);
    t.now += ROTATE_MS - 1;
    assert.equal(await sessions.renew(first, use(first)!), undefined);
    t.now += 1;
    // Several requests at once: one new token.
    const offers = await Promise.all(
      Array.from({ length: 5 }, () => sessions.renew(first, use(first)!)),
    );
    const made = offers.filter((offer) => offer !== undefined);
    assert.equal(made.length, 1);
    const second = made[0]!.token;
    // The answer was lost: the old one goes on working and is offered another.
    t.now += 10 * GRACE_MS;
    assert.ok(use(first));
    const third = (await sessions.renew(first, use(first)!))!.token;
    assert.equal(use(second), undefined);
    assert.ok(use(third));
    await sessions.renew(third, use(third)!);
    assert.equal(use(third)!.session!.slot, "current");
    assert.equal(use(first)!.session!.slot, "previous");
    t.now += GRACE_MS - 1;
    assert.ok(use(first));
    assert.equal(await sessions.renew(first, use(first)!), undefined);
    t.now += 1;
    assert.equal(use(first), undefined);
    assert.ok(use(third));
    assert.equal(sessions.list().length, 1);
  }),
);

Deno.test(
  "a proof gives a new token, and the one it came with counts for nothing that is dangerous",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const old = await signIn(sessions);
    t.now += DAY;
    const { token } = (await sessions.prove(old, sessions.verify(old)!))!;
    assert.notEqual(token, old);
    assert.equal(sessions.verify(token)!.session!.provedAt, t.now);
    assert.equal(sessions.verify(old)!.session!.provedAt, null);
    t.now += GRACE_MS;
    assert.equal(sessions.verify(old), undefined);
    await sessions.revoke(sessions.verify(token)!.session!.id);
    assert.equal(
      await sessions.prove(token, { kind: "owner", id: "", name: "", scopes: [] }),
      undefined,
    );
  }),
);

Deno.test(
  "signing in ends the session the same browser had, and signing out everywhere ends all",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const first = await sessions.open({ method: "password", agent: "A", address: "192.0.2.1" });
    const second = await sessions.open({ method: "passkey", instead: first.id });
    const other = await sessions.open({ method: "link" });
    assert.equal(sessions.verify(first.token), undefined);
    assert.deepEqual(sessions.list().map(({ id }) => id).sort(), [second.id, other.id].sort());
    assert.equal(await sessions.revokeAll(second.id), 1);
    assert.equal(sessions.verify(other.token), undefined);
    assert.ok(sessions.verify(second.token));
    assert.equal(await sessions.revokeAll(), 1);
    assert.equal(await sessions.revokeAll(), 0);
    assert.deepEqual(sessions.list(), []);
  }),
);

Deno.test(
  "signing out ends this session at once and no other",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const [here, there] = [await signIn(sessions), await signIn(sessions)];
    const { id } = sessions.verify(here)!.session!;
    assert.ok(sessions.isAlive(id));
    assert.equal(await sessions.revoke(id), true);
    assert.equal(sessions.verify(here), undefined);
    assert.equal(sessions.isAlive(id), false);
    assert.ok(sessions.verify(there));
    assert.equal(await sessions.revoke(id), false);
    assert.equal(await sessions.revoke("no session at all"), false);
    assert.ok(sessions.verify(there));
  }),
);

Deno.test(
  "what ended is forgotten a day later, what lives is kept",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const old = await signIn(sessions);
    t.now += LINK_MS + DAY;
    await sessions.cleanup();
    assert.deepEqual([t.count("owner_links"), t.count("sessions")], [1, 1]);
    t.now += 1;
    await sessions.cleanup();
    assert.deepEqual([t.count("owner_links"), t.count("sessions")], [0, 1]);
    assert.ok(sessions.verify(old));
    t.now += SESSION_MS;
    const young = await signIn(sessions);
    await sessions.cleanup();
    assert.deepEqual([t.count("owner_links"), t.count("sessions")], [1, 1]);
    assert.ok(sessions.verify(young));
  }),
);

Deno.test(
  "the database holds hashes of links and sessions and nowhere the secrets",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const link = (await sessions.createLink()).token;
    const session = (await sessions.useLink(link))!.token;
    const stored = await t.stored();
    for (const secret of [link, session]) {
      assert.ok(stored.includes(new TextDecoder("latin1").decode(tokenHash(secret))));
      assert.equal(stored.includes(secret), false);
    }
  }),
);
