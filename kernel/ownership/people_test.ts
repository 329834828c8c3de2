import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import { manifest, OWNER } from "../apps/testing.ts";
import type { FaztError } from "../lib/fazt_error.ts";
import { isId } from "../lib/ids.ts";
import { ANN, BOB, type OwnershipFixture, withOwnership } from "./testing.ts";

const DAY = 86_400_000;
const code = (expected: string) => (error: FaztError) => error.code === expected;

/** A table nobody here has heard of, with rows of everybody. */
function foreign(t: OwnershipFixture, appId: string): void {
  t.raw((db) => {
    db.exec(
      "CREATE TABLE foreign_notes (app_id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, " +
        "text TEXT, bytes BLOB, large INTEGER, PRIMARY KEY (app_id, user_id, name)) WITHOUT ROWID",
    );
    for (
      const [userId, text] of [[ANN, "anns words"], [BOB, "bobs words"], ["usr_system", "all"]]
    ) {
      db.run(
        "INSERT INTO foreign_notes VALUES (?, ?, 'same', ?, x'00ff', 9007199254740993)",
        appId,
        userId!,
        text!,
      );
    }
  });
}

/** What `kv.set` would do. */
function kv(t: OwnershipFixture, appId: string, userId: string, key = "key"): void {
  t.raw((db) => {
    db.run("INSERT INTO kv VALUES (?, ?, ?, ?, 10, NULL, 0)", appId, userId, key, `"${userId}"`);
    for (
      const [table, who, values] of [
        ["storage_usage", "app_id, user_id, pillar", [appId, userId, "kv"]],
        ["storage_totals", "app_id, pillar", [appId, "kv"]],
      ] as const
    ) {
      db.run(
        `INSERT INTO ${table} VALUES (${values.map(() => "?")}, 1, 10) ON CONFLICT (${who}) ` +
          "DO UPDATE SET entries = entries + 1, bytes = bytes + 10",
        ...values,
      );
    }
  });
}

const totals = (t: OwnershipFixture) =>
  t.fx.db.reader.all<{ entries: number; bytes: number }>(
    "SELECT entries, bytes FROM storage_totals ORDER BY app_id",
  ).map(({ entries, bytes }) => [entries, bytes]);

Deno.test(
  "erasing takes a person's rows from every table, also one nobody here knows, and from the sums",
  withOwnership(async (t) => {
    const { app } = await t.fx.deploy({ "app.json": manifest("one") });
    foreign(t, app.id);
    for (const userId of [ANN, BOB, "usr_system"]) kv(t, app.id, userId);
    const listed = await t.people.list();
    assert.deepEqual(
      listed,
      [ANN, BOB].map((id) => ({
        id,
        state: "here",
        apps: [{ appId: app.id, rows: 2, bytes: 10 }],
      })),
    );
    assert.deepEqual(totals(t), [[3, 30]]);
    const done = await t.people.erase(ANN, { now: true });
    assert.deepEqual([done.state, done.clean, done.copies], ["done", true, []]);
    for (const table of ["kv", "foreign_notes", "storage_usage"]) {
      assert.deepEqual([table, t.rows(table, ANN), t.rows(table, BOB)], [table, 0, 1]);
    }
    assert.deepEqual(totals(t), [[2, 20]]);
    assert.ok(!(await t.fx.stored()).includes(ANN));
    assert.deepEqual((await t.people.list()).map(({ id }) => id), [BOB]);
  }),
);

Deno.test(
  "an erased person gets nothing at once, keeps their rows 30 days and can come back until then",
  withOwnership(async (t) => {
    const { app } = await t.fx.deploy({ "app.json": manifest("one") });
    kv(t, app.id, ANN);
    const call = { appId: app.id, userId: ANN };
    const { state, erasedAt } = await t.people.erase(ANN);
    assert.deepEqual([state, erasedAt], ["waiting", t.fx.now + 30 * DAY]);
    assert.throws(() => t.ownership.gone.admit(call), code("GONE"));
    assert.throws(() => t.restarted().gone.admit(call), code("GONE"));
    t.ownership.gone.admit({ ...call, userId: BOB });
    t.fx.now += 29 * DAY;
    await t.ownership.eraseDue();
    assert.equal(t.rows("kv", ANN), 1);
    assert.equal((await t.people.list())[0]!.state, "leaving");
    await t.people.restore(ANN);
    t.ownership.gone.admit(call);
    assert.equal((await t.people.list())[0]!.state, "here");

    await t.people.erase(ANN);
    t.fx.now += 30 * DAY;
    await assert.rejects(t.people.restore(ANN), code("NOT_FOUND"));
    // A node that was off when the time came does it after its next start.
    t.ownership = t.restarted();
    await t.ownership.eraseDue();
    assert.equal(t.rows("kv", ANN), 0);
    assert.throws(() => t.restarted().gone.admit(call), code("GONE"));
    await assert.rejects(t.people.erase(ANN), code("GONE"));
    t.fx.now += 31 * DAY;
    await t.ownership.eraseDue();
    assert.equal(t.fx.count("erasures"), 0);
  }),
);

Deno.test(
  "anonymising keeps rows as a stranger's, each person's apart, and no sum changes",
  withOwnership(async (t) => {
    const { app } = await t.fx.deploy({ "app.json": manifest("one") });
    foreign(t, app.id);
    for (const userId of [ANN, BOB, "usr_anonymous"]) kv(t, app.id, userId);
    await t.people.anonymise(ANN);
    await t.people.anonymise(BOB);
    const ids = t.fx.db.reader.all<{ user_id: string }>("SELECT user_id FROM kv").map((row) =>
      row.user_id
    );
    assert.equal(new Set(ids).size, 3);
    assert.ok(!ids.includes(ANN) && !ids.includes(BOB));
    assert.deepEqual((await t.people.list()).map(({ apps }) => apps[0]!.rows), [2, 2]);
    assert.deepEqual(totals(t), [[3, 30]]);
    const stored = await t.fx.stored();
    // Their values name them, and values are the app's business; keys and owners do not.
    assert.equal(stored.split(ANN).length - 1, 1);
    assert.ok((await t.people.list()).every(({ id }) => isId("usr", id)));
    assert.throws(() => t.ownership.gone.admit({ appId: app.id, userId: ANN }), code("GONE"));
  }),
);

Deno.test(
  "what a person made of an app stays, their credentials never do",
  withOwnership(async (t) => {
    const { app } = await t.fx.deploy({ "app.json": manifest("one") }, {
      by: { ...OWNER, userId: ANN },
    });
    t.raw((db) => {
      db.run(
        "INSERT INTO sessions (id, hash, user_id, created_at, expires_at) " +
          "VALUES ('ses_x', x'01', ?, 0, 1)",
        ANN,
      );
      db.run("INSERT INTO passwords VALUES (?, 'x', 1)", ANN);
      db.run("INSERT INTO one_time_codes VALUES (?, 1, 1)", ANN);
      db.run("INSERT INTO recovery_codes VALUES (?, x'01', NULL)", ANN);
      db.run("INSERT INTO passkeys VALUES ('x', ?, 'x', 'x', x'01', 0, '[]', 0, 1, 1)", ANN);
      db.run("INSERT INTO sign_in_failures VALUES (?, 1, 1)", ANN);
      db.run("INSERT INTO traffic VALUES ('2026-11', ?, ?, 5, 6, 7, NULL)", app.id, ANN);
    });
    t.activity.record({
      userId: ANN,
      actor: "ann",
      address: "192.0.2.7",
      action: "app.deploy",
      appId: app.id,
      target: "one",
      result: "ok",
      details: { message: "by ann" },
    });
    await t.people.anonymise(ANN);
    assert.equal(t.fx.apps.info("one").revision, 1);
    assert.equal(t.fx.apps.revisions("one")[0]!.createdBy, "usr_system");
    for (
      const table of [
        "sessions",
        "passwords",
        "one_time_codes",
        "recovery_codes",
        "passkeys",
        "sign_in_failures",
      ]
    ) assert.equal(t.fx.count(table), 0, table);
    assert.equal(t.fx.count("traffic", app.id), 1);
    const row = t.activity.list().find(({ action }) => action === "app.deploy")!;
    assert.deepEqual(
      [row.actor, row.address, row.details, row.target],
      ["anonymous", null, undefined, "one"],
    );
    const stored = await t.fx.stored();
    assert.ok(!stored.includes(ANN) && !stored.includes("192.0.2.7") && !stored.includes("by ann"));
  }),
);

Deno.test(
  "an export is JSON by app and table, with bytes, long numbers and nobody else's rows",
  withOwnership(async (t) => {
    const { app } = await t.fx.deploy({ "app.json": manifest("one") });
    foreign(t, app.id);
    for (let i = 0; i < 450; i++) kv(t, app.id, ANN, `key ${String(i).padStart(4, "0")}`);
    kv(t, app.id, BOB);
    const body = await new Response(await t.people.export(ANN)).bytes();
    const zip = unzipSync(body);
    const json = (path: string) => JSON.parse(new TextDecoder().decode(zip[path]));
    assert.deepEqual(Object.keys(zip).sort(), [
      "about.json",
      `${app.id}/foreign_notes.json`,
      `${app.id}/kv.json`,
    ]);
    assert.equal(json("about.json").userId, ANN);
    assert.deepEqual(json(`${app.id}/foreign_notes.json`), [{
      app_id: app.id,
      user_id: ANN,
      name: "same",
      text: "anns words",
      bytes: { $hex: "00FF" },
      large: "9007199254740993",
    }]);
    const keys = json(`${app.id}/kv.json`).map((row: { key: string }) => row.key);
    assert.equal(keys.length, 450);
    assert.deepEqual(keys, [...new Set(keys)].sort());
  }),
);

Deno.test(
  "only persons that rows name can be forgotten",
  withOwnership(async (t) => {
    for (const id of ["usr_system", "usr_owner", "key_annannannann", "x' OR 1=1", ""]) {
      await assert.rejects(t.people.erase(id, { now: true }), code("INVALID"), id);
      await assert.rejects(t.people.export(id), code("INVALID"), id);
    }
    await assert.rejects(t.people.erase(ANN), code("NOT_FOUND"));
    await assert.rejects(t.people.anonymise(ANN), code("NOT_FOUND"));
    assert.equal(t.fx.count("erasures"), 0);
  }),
);

Deno.test(
  "a row that was under way while its person was forgotten goes too, and copies are named",
  withOwnership(async (t) => {
    const { app } = await t.fx.deploy({ "app.json": manifest("one") });
    kv(t, app.id, ANN);
    const copy = `${t.fx.db.path}.before-3-1`;
    await writeFile(copy, "old");
    const done = await t.people.erase(ANN, { now: true });
    assert.deepEqual(done.copies!.map(({ file }) => file), [copy]);
    kv(t, app.id, ANN);
    await t.ownership.lookAgain();
    assert.equal(t.rows("kv", ANN), 0);
    assert.ok(!(await t.fx.stored()).includes(ANN));
  }),
);
