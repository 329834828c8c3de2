import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { Keys } from "./keys.ts";
import { tokenHash } from "./tokens.ts";

const DAY = 86_400_000;

const keysOf = (t: AppsFixture) => new Keys(t.db, () => t.now);

Deno.test(
  "a key is found by its token with its scopes, and listed without it",
  withApps(async (t) => {
    const keys = keysOf(t);
    const made = await keys.create({ name: "ci", scopes: ["deploy:blog", "read", "read"] });
    assert.match(made.token, /^fazt_[1-9a-km-z]{40}$/);
    assert.match(made.id, /^key_[1-9a-km-z]{12}$/);
    assert.deepEqual(keys.verify(made.token), {
      kind: "key",
      id: made.id,
      name: "ci",
      scopes: ["deploy:blog", "read"],
    });
    t.now += 1;
    const second = await keys.create({ name: "Zweiter Schlüssel 2._-", scopes: ["admin"] });
    const { token: _, ...info } = made;
    assert.deepEqual(keys.list()[0], info);
    assert.deepEqual(info, {
      id: made.id,
      name: "ci",
      scopes: ["deploy:blog", "read"],
      createdAt: t.now - 1,
      expiresAt: null,
      lastUsedAt: null,
      lastAddress: null,
    });
    assert.deepEqual(keys.list().map(({ id }) => id), [made.id, second.id]);
  }),
);

Deno.test(
  "whatever is not exactly a token finds nothing",
  withApps(async (t) => {
    const keys = keysOf(t);
    const { token } = await keys.create({ name: "ci", scopes: ["admin"] });
    const near = [
      "",
      "fazt_",
      token.slice(5),
      token.slice(0, -1),
      `${token}1`,
      ` ${token}`,
      token.toUpperCase(),
      "fazt_' OR 1=1 --",
      `fazt_${"x".repeat(1_000_000)}`,
      new TextDecoder("latin1").decode(tokenHash(token)),
    ];
    for (const text of near) assert.equal(keys.verify(text), undefined, text.slice(0, 60));
    assert.ok(keys.verify(token));
  }),
);

Deno.test(
  "a key ends at the moment it expires, and only then",
  withApps(async (t) => {
    const keys = keysOf(t);
    const { token, expiresAt } = await keys.create({
      name: "ci",
      scopes: ["read"],
      expiresIn: "30d",
    });
    assert.equal(expiresAt, t.now + 30 * DAY);
    t.now = expiresAt! - 1;
    assert.ok(keys.verify(token));
    assert.equal(keys.list().length, 1);
    t.now = expiresAt!;
    assert.equal(keys.verify(token), undefined);
    assert.deepEqual(keys.list(), []);
  }),
);

Deno.test(
  "a revoked key is refused at once, and the others go on",
  withApps(async (t) => {
    const keys = keysOf(t);
    const bad = await keys.create({ name: "bad", scopes: ["admin"] });
    const good = await keys.create({ name: "good", scopes: ["read"] });
    await keys.revoke(bad.id);
    assert.equal(keys.verify(bad.token), undefined);
    assert.equal(keys.verify(good.token)?.name, "good");
    assert.deepEqual(keys.list().map(({ name }) => name), ["good"]);
    for (const id of [bad.id, "key_nobody111111", good.token]) {
      await assert.rejects(() => keys.revoke(id), { code: "NOT_FOUND", status: 404 });
    }
  }),
);

Deno.test(
  "when a key was last used is written in the background, the latest time only",
  withApps(async (t) => {
    const keys = keysOf(t);
    const used = await keys.create({ name: "used", scopes: ["read"] });
    await keys.create({ name: "unused", scopes: ["read"] });
    const lastUsed = () => keys.list().map(({ name, lastUsedAt }) => [name, lastUsedAt]);
    const first = t.now += 10;
    keys.verify(used.token);
    keys.verify(`${used.token}x`);
    assert.deepEqual(lastUsed(), [["used", null], ["unused", null]]);
    await keys.flush();
    assert.deepEqual(lastUsed(), [["used", first], ["unused", null]]);
    t.now += 10;
    keys.verify(used.token);
    const last = t.now += 10;
    keys.verify(used.token);
    await keys.flush();
    assert.deepEqual(lastUsed(), [["used", last], ["unused", null]]);
    const restarted = keysOf(t);
    const later = t.now += 10;
    restarted.verify(used.token);
    await restarted.flush();
    await keys.flush();
    assert.deepEqual(lastUsed(), [["used", later], ["unused", null]]);
  }),
);

Deno.test(
  "a key gets another name, and tells where it was used from; one that ended does not",
  withApps(async (t) => {
    const keys = keysOf(t);
    const { id, token } = await keys.create({ name: "ci", scopes: ["read"] });
    keys.verify(token, "203.0.113.9");
    await keys.flush();
    keys.verify(token);
    await keys.flush();
    const { name, lastAddress } = await keys.rename(id, "laptop");
    assert.deepEqual([name, lastAddress], ["laptop", "203.0.113.9"]);
    await assert.rejects(keys.rename(id, "<b>"), { code: "INVALID" });
    assert.equal(keys.isAlive(id), true);
    await keys.revoke(id);
    assert.equal(keys.isAlive(id), false);
    await assert.rejects(keys.rename(id, "x"), { code: "NOT_FOUND" });
  }),
);

Deno.test(
  "a key without a fair name, a scope or an end that can be read is not made",
  withApps(async (t) => {
    const keys = keysOf(t);
    const ok = { name: "ci", scopes: ["read"] };
    const bad = [
      { ...ok, name: "" },
      { ...ok, name: "x".repeat(65) },
      { ...ok, name: "a\nb" },
      { ...ok, name: "a\u001b[31m" },
      { ...ok, name: "<b>" },
      { ...ok, scopes: [] },
      { ...ok, scopes: ["read", "root"] },
      { ...ok, expiresIn: "soon" },
      { ...ok, expiresIn: "-1d" },
      { ...ok, expiresIn: "0d" },
      { ...ok, expiresIn: "36501d" },
      { ...ok, expiresIn: "999999999d" },
    ];
    for (const input of bad) {
      await assert.rejects(() => keys.create(input), { code: "INVALID" }, JSON.stringify(input));
    }
    assert.equal(t.count("keys"), 0);
    assert.deepEqual(keys.list(), []);
    await keys.create({ ...ok, name: "x".repeat(64), expiresIn: "36500d" });
    assert.equal(keys.list().length, 1);
  }),
);

Deno.test(
  "the database holds the hash of a key and nowhere the key",
  withApps(async (t) => {
    const keys = keysOf(t);
    const { token } = await keys.create({ name: "marker-of-the-row", scopes: ["admin"] });
    keys.verify(token);
    await keys.flush();
    const stored = await t.stored();
    assert.ok(stored.includes("marker-of-the-row"));
    assert.ok(stored.includes(new TextDecoder("latin1").decode(tokenHash(token))));
    assert.equal(stored.includes(token.slice(5)), false);
  }),
);
