import assert from "node:assert/strict";
import { Connection } from "../db/mod.ts";
import { BackupFixture } from "./testing.ts";
import { hashFile } from "./container.ts";

const PASSPHRASE = "correct horse battery";
const HOUR = 3_600_000;

Deno.test("a backup is one file with a line beside it that says what it is", async () => {
  await using f = await BackupFixture.make();
  await f.secrets.set({ name: "KEY", value: "v", userId: "usr_owner" });
  const backup = await f.create();
  assert.deepEqual(f.files(), [`${backup.id}.fbk`, `${backup.id}.json`]);
  assert.equal(backup.id.startsWith("20261122-120000-000-"), true);
  assert.deepEqual(
    { bytes: backup.bytes, sha256: backup.sha256 },
    hashFile(`${f.folder}/${backup.id}.fbk`),
  );
  assert.equal(backup.encrypted, false);
  assert.equal(backup.secretKey, "inside");
  assert.deepEqual(backup.counts.secrets, 1);
  assert.equal(Deno.statSync(f.folder).mode! & 0o777, 0o700);
  assert.deepEqual((await f.backups.overview()).backups, [backup]);
  const { proof } = await f.backups.verify("latest", undefined);
  assert.equal(proof.header!.nodeId, f.backups.nodeId);
  assert.deepEqual(f.files().length, 2);
});

Deno.test("a node keeps its id, and what it is asked for twice at once it makes once", async () => {
  await using f = await BackupFixture.make();
  const again = await f.makeBackups(f);
  assert.equal(again.nodeId, f.backups.nodeId);
  const [first, second] = await Promise.allSettled([f.create(), f.create()]);
  assert.equal(first.status, "fulfilled");
  assert.equal((second as PromiseRejectedResult).reason.code, "CONFLICT");
  await f.create();
  assert.equal((await f.backups.overview()).backups.length, 2);
});

Deno.test("with a kept passphrase every backup is encrypted, and the passphrase is nowhere to be read", async () => {
  await using f = await BackupFixture.make();
  await f.backups.keys.set({ passphrase: PASSPHRASE }, "usr_owner");
  const backup = await f.create();
  assert.equal(backup.encrypted, true);
  assert.equal((await f.create({ plain: true })).encrypted, false);
  assert.equal((await f.backups.verify(backup.id, undefined)).id, backup.id);
  await assert.rejects(f.backups.verify(backup.id, "another passphrase"), { code: "PASSPHRASE" });
  // Neither an app nor a list of what apps may use comes near it.
  assert.equal(f.secrets.reveal("app_123456789abc", "BACKUP_PASSPHRASE"), undefined);
  for (const path of [f.store.db.path, `${f.store.db.path}-wal`]) {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
    assert.equal(text.includes(PASSPHRASE), false);
  }
  await f.backups.keys.set({ passphrase: null }, "usr_owner");
  assert.equal((await f.create()).encrypted, false);
  await assert.rejects(f.backups.keys.set({ passphrase: "short" }, "u"), { code: "INVALID" });
});

Deno.test("what does not fit on the disk is refused before anything is written, with the numbers", async () => {
  await using f = await BackupFixture.make({ "limits.global.diskPercent": 1 });
  const error = await f.create().catch((error) => error);
  assert.equal(error.code, "DISK_FULL");
  assert.equal(error.details.has, 0);
  assert.equal(error.details.needs > 100_000, true);
  assert.match(error.message, /needs [\d.]+ [KM]B and has 0 B below 1 %/);
  assert.deepEqual(f.files(), []);
  assert.deepEqual((await f.backups.overview()).last!.result, "DISK_FULL");
});

Deno.test("a folder that cannot be used is an error that names it", async () => {
  await using f = await BackupFixture.make({ "backup.folder": "/proc/none" });
  await assert.rejects(f.create(), { code: "BACKUP_FOLDER", message: /\/proc\/none/ });
});

Deno.test("a damaged database is not backed up as if it were sound", async () => {
  await using f = await BackupFixture.make();
  const { path } = f.store.db;
  await f.stop();
  // The page of a table is no longer one.
  const db = new Connection(path);
  const { rootpage, page } = db.get<{ rootpage: number; page: number }>(
    "SELECT rootpage, (SELECT page_size FROM pragma_page_size) AS page FROM sqlite_master " +
      "WHERE name = 'settings'",
  )!;
  db.close();
  {
    using file = Deno.openSync(path, { write: true });
    file.seekSync((rootpage - 1) * page, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(page).fill(7));
  }
  const { makeBackup } = await import("./make_backup.ts");
  const task = {
    ...{
      db: path,
      store: { kind: "folder", folder: f.folder } as const,
      work: `${f.folder}/.work`,
    },
    ...{ id: "x", nodeId: "node_x", createdAt: 1, version: "1", source: "manual" as const },
    ...{ compression: "zstd" as const, passphrase: undefined, diskPercent: 100 },
  };
  await assert.rejects(makeBackup(task, () => {}), {
    code: "BACKUP_DAMAGED",
    message: /the database is damaged/,
  });
  assert.deepEqual(f.files(), []);
});

Deno.test("the schedule makes one when it is due, makes up for one that was missed, and keeps the rule", async () => {
  await using f = await BackupFixture.make({ "backup.keep": "2 daily" });
  const { settings } = f.store;
  await f.backups.tick();
  assert.deepEqual(f.files(), []);
  const byHand = await f.create();
  await settings.set("backup.schedule", "0 * * * *", 1);
  assert.equal((await f.backups.overview()).nextAt, f.now);
  await f.backups.tick();
  await f.backups.tick();
  const scheduled = async () =>
    (await f.backups.overview()).backups.filter((one) => one.source === "schedule");
  assert.equal((await scheduled()).length, 1);
  assert.equal((await f.backups.overview()).nextAt, f.now + HOUR);
  for (const hours of [1, 25, 73]) {
    f.now = Date.UTC(2026, 10, 22, 12) + hours * HOUR;
    await f.backups.tick();
  }
  assert.deepEqual(
    (await scheduled()).map(({ createdAt }) => (createdAt - Date.UTC(2026, 10, 22, 12)) / HOUR),
    [73, 25],
  );
  assert.equal((await f.backups.info(byHand.id)).id, byHand.id);
  assert.equal(f.recorded.filter((one) => one.action === "backup.create").length, 4);
  assert.equal(f.recorded.filter((one) => one.action === "backup.remove").length, 2);
  // A clock that went back makes nothing due.
  f.now -= 10 * HOUR;
  await f.backups.tick();
  assert.equal((await scheduled()).length, 2);
});

Deno.test("a scheduled backup that fails is told, and tried again", async () => {
  await using f = await BackupFixture.make({
    "backup.schedule": "daily",
    "limits.global.diskPercent": 1,
  });
  await assert.rejects(f.backups.tick(), { code: "DISK_FULL" });
  await assert.rejects(f.backups.tick(), { code: "DISK_FULL" });
  assert.deepEqual(f.recorded[0], {
    action: "backup.create",
    target: "schedule",
    result: "DISK_FULL",
  });
});

Deno.test("of backups of another node in the same folder none is removed", async () => {
  await using f = await BackupFixture.make({ "backup.keep": "1 last" });
  await using other = await BackupFixture.make({
    "backup.folder": f.folder,
    "backup.schedule": "daily",
    "backup.keep": "1 last",
  });
  await f.create({ source: "schedule" });
  await other.backups.tick();
  other.now += 24 * HOUR;
  await other.backups.tick();
  await f.backups.prune();
  const all = (await f.backups.overview()).backups;
  assert.deepEqual(
    new Set(all.map((one) => one.nodeId)),
    new Set([f.backups.nodeId, other.backups.nodeId]),
  );
  assert.equal(all.length, 2);
});

Deno.test("what a cut-off attempt left is not listed and goes at the next one", async () => {
  await using f = await BackupFixture.make();
  const done = await f.create();
  const node = f.backups.nodeId;
  await Deno.writeTextFile(`${f.folder}/.work/${node}-20261122-000000-000-aaaa.copy`, "half");
  await Deno.writeTextFile(`${f.folder}/.work/node_other-20261122-000000-000-aaaa.copy`, "theirs");
  await Deno.writeTextFile(`${f.folder}/20261122-130000-000-${node.slice(-4)}.fbk`, "no line");
  await Deno.writeTextFile(`${f.folder}/20261122-130000-001-aaaa.json`, "{}");
  assert.deepEqual((await f.backups.overview()).backups.map(({ id }) => id), [done.id]);
  const next = await f.create();
  assert.deepEqual(
    f.files(),
    [
      `.work/node_other-20261122-000000-000-aaaa.copy`,
      `20261122-130000-001-aaaa.json`,
      ...[done, next].flatMap(({ id }) => [`${id}.fbk`, `${id}.json`]),
    ].sort(),
  );
});

Deno.test("a backup is found by the start of its id, and removed for good", async () => {
  await using f = await BackupFixture.make();
  const first = await f.create();
  f.now += 1000;
  const second = await f.create();
  assert.equal((await f.backups.info("latest")).id, second.id);
  assert.equal((await f.backups.info(first.id.slice(0, 16))).id, first.id);
  await assert.rejects(f.backups.info("2026"), { code: "CONFLICT" });
  for (const ref of ["", "x", "../data.db", "2025"]) {
    await assert.rejects(f.backups.info(ref), { code: "NOT_FOUND" });
  }
  await f.backups.remove(second.id);
  assert.deepEqual(f.files(), [`${first.id}.fbk`, `${first.id}.json`]);
});

Deno.test("a node that stops ends the backup it makes, and nothing of it is listed", async () => {
  await using f = await BackupFixture.make();
  const making = f.create();
  f.backups.stop();
  await assert.rejects(making, { code: "BUSY" });
  await assert.rejects(f.create(), { code: "BUSY" });
  assert.deepEqual(f.files().filter((name) => name.endsWith(".json")), []);
});
