import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { LINK_MS, SESSION_MS, Sessions } from "./sessions.ts";
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
    assert.deepEqual(sessions.verify(session!.token), {
      kind: "owner",
      id: "usr_owner",
      name: "owner",
      scopes: ["admin"],
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
  "a session ends after 30 days",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const token = await signIn(sessions);
    t.now += SESSION_MS - 1;
    assert.ok(sessions.verify(token));
    t.now += 1;
    assert.equal(sessions.verify(token), undefined);
  }),
);

Deno.test(
  "signing out ends this session at once and no other",
  withApps(async (t) => {
    const sessions = sessionsOf(t);
    const [here, there] = [await signIn(sessions), await signIn(sessions)];
    await sessions.revoke(here);
    assert.equal(sessions.verify(here), undefined);
    assert.ok(sessions.verify(there));
    await sessions.revoke("no session at all");
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
