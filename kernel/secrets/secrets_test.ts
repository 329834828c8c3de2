import assert from "node:assert/strict";
import { Connection } from "../db/mod.ts";
import { StoreFixture } from "../egress/testing.ts";
import { Secrets } from "./secrets.ts";

const VALUE = "sk_live_4242_do_not_tell";
const BY = { userId: "usr_owner" };

const open = (store: StoreFixture, FAZT_SECRET_KEY?: string) =>
  Secrets.open({ db: store.db, clock: store.clock, environment: { FAZT_SECRET_KEY } });

/** Everything the tables hold, as one text to look for a value in. */
function dump(store: StoreFixture): string {
  const text = new TextDecoder("latin1");
  return ["secrets", "node_keys"].flatMap((table) =>
    store.db.reader.all(`SELECT * FROM ${table}`).flatMap((row) => Object.values(row))
  ).map((value) => value instanceof Uint8Array ? text.decode(value) : String(value)).join("\n");
}

Deno.test("a secret is kept sealed and used by the app it belongs to", async () => {
  await using store = await StoreFixture.open();
  const secrets = await open(store);
  await secrets.set({
    appId: "app_a",
    name: "STRIPE",
    value: VALUE,
    hosts: ["API.stripe.com"],
    ...BY,
  });
  assert.equal(secrets.reveal("app_a", "STRIPE")?.value, VALUE);
  assert.deepEqual(secrets.reveal("app_a", "STRIPE")?.hosts, ["api.stripe.com"]);
  assert.equal(secrets.reveal("app_b", "STRIPE"), undefined);
  assert.ok(!dump(store).includes(VALUE));
  const again = await open(store);
  assert.equal(again.reveal("app_a", "STRIPE")?.value, VALUE);
});

Deno.test("an app's own secret comes before everybody's of that name", async () => {
  await using store = await StoreFixture.open();
  const secrets = await open(store);
  await secrets.set({ name: "KEY", value: "everybody", ...BY });
  await secrets.set({ appId: "app_a", name: "KEY", value: "own", ...BY });
  assert.equal(secrets.reveal("app_a", "KEY")?.value, "own");
  assert.equal(secrets.reveal("app_b", "KEY")?.value, "everybody");
  assert.equal(await secrets.remove({ appId: "app_a", name: "KEY" }), true);
  assert.equal(await secrets.remove({ appId: "app_a", name: "KEY" }), false);
  assert.equal(secrets.reveal("app_a", "KEY")?.value, "everybody");
});

Deno.test("a list tells everything but the value", async () => {
  await using store = await StoreFixture.open();
  const secrets = await open(store);
  const createdAt = store.now;
  await secrets.set({ appId: "app_a", name: "KEY", value: VALUE, ...BY });
  store.now += 5;
  const info = await secrets.set({
    appId: "app_a",
    name: "KEY",
    value: "new",
    hosts: ["a.test"],
    ...BY,
  });
  const expected = {
    ...{ appId: "app_a", name: "KEY", hosts: ["a.test"], userId: "usr_owner" },
    ...{ createdAt, updatedAt: store.now },
  };
  assert.deepEqual(info, expected);
  await secrets.set({ appId: "app_b", name: "KEY", value: VALUE, ...BY });
  assert.deepEqual(secrets.list("app_a"), [expected]);
  assert.equal(secrets.list().length, 2);
  assert.ok(!JSON.stringify(secrets.list()).includes(VALUE));
});

Deno.test("what is no secret is refused without repeating it", async () => {
  await using store = await StoreFixture.open();
  const secrets = await open(store);
  const bad = [
    { name: "", value: VALUE },
    { name: "a b", value: VALUE },
    { name: "1A", value: VALUE },
    { name: "A", value: "" },
    { name: "A", value: VALUE.repeat(1000) },
    { name: "A", value: `${VALUE}\ud800` },
    { name: "A", value: VALUE, hosts: ["http://x"] },
    { name: "A", value: VALUE, hosts: Array(51).fill("a.test") },
  ];
  for (const input of bad) {
    await assert.rejects(
      secrets.set({ ...input, ...BY }),
      (error: Error & { code: string }) =>
        error.code === "INVALID" && !error.message.includes(VALUE),
    );
  }
});

Deno.test("with a passphrase the database alone opens nothing", async () => {
  await using store = await StoreFixture.open();
  const plain = await open(store);
  await plain.set({ name: "KEY", value: VALUE, ...BY });
  const [before] = store.db.reader.all<{ key: Uint8Array }>("SELECT key FROM node_keys");
  const sealed = await open(store, "correct horse");
  assert.equal(sealed.reveal("app_a", "KEY")?.value, VALUE);
  const [after] = store.db.reader.all<{ key: Uint8Array; salt: Uint8Array }>(
    "SELECT key, salt FROM node_keys",
  );
  assert.equal(after!.salt.length, 16);
  assert.notDeepEqual(after!.key, before!.key);
  assert.equal((await open(store, "correct horse")).reveal("app_a", "KEY")?.value, VALUE);

  for (const wrong of [await open(store), await open(store, "wrong")]) {
    assert.match(wrong.locked!, /FAZT_SECRET_KEY/);
    assert.throws(() => wrong.reveal("app_a", "KEY"), { code: "SECRETS_LOCKED" });
    await assert.rejects(wrong.set({ name: "B", value: "b", ...BY }), { code: "SECRETS_LOCKED" });
    assert.equal(wrong.list().length, 1);
  }
});

Deno.test("a node whose passphrase is lost works again once its secrets are removed", async () => {
  await using store = await StoreFixture.open();
  await (await open(store, "lost")).set({ name: "KEY", value: VALUE, ...BY });
  await (await open(store)).remove({ name: "KEY" });
  const secrets = await open(store);
  assert.equal(secrets.locked, undefined);
  await secrets.set({ name: "KEY", value: "new", ...BY });
  assert.equal(secrets.reveal("app_a", "KEY")?.value, "new");
});

Deno.test("a sealed value opens nowhere but in its own row", async () => {
  await using store = await StoreFixture.open();
  const secrets = await open(store);
  await secrets.set({ appId: "app_a", name: "KEY", value: VALUE, hosts: ["a.test"], ...BY });
  const { sealed } = store.db.reader.get<{ sealed: Uint8Array }>("SELECT sealed FROM secrets")!;
  await secrets.set({ appId: "app_b", name: "KEY", value: "other", ...BY });
  const thief = new Connection(store.db.path);
  thief.run("UPDATE secrets SET sealed = ? WHERE app_id = 'app_b'", sealed);
  thief.run("UPDATE secrets SET hosts = '[]' WHERE app_id = 'app_a'");
  thief.close();
  assert.throws(() => secrets.reveal("app_b", "KEY"), { code: "SECRETS_LOCKED" });
  assert.throws(() => secrets.reveal("app_a", "KEY"), { code: "SECRETS_LOCKED" });
});
