import assert from "node:assert/strict";
import { Connection, type Connection as Db, lockFile, newestLevel } from "../db/mod.ts";
import { writeSetting } from "../config/operations.ts";
import { pack } from "./container.ts";
import { restoreDatabase } from "./restore.ts";
import { Secrets } from "../secrets/mod.ts";
import { BackupFixture, openStore } from "./testing.ts";
import { verifyFile } from "./verify_file.ts";

const PASSPHRASE = "correct horse battery";

function on<T>(path: string, use: (db: Db) => T): T {
  const db = new Connection(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** The value of the setting the tests change. */
const value = (path: string) =>
  on(path, (db) => db.get<{ value: string }>("SELECT value FROM settings WHERE key = 'x'")?.value);

/** A stopped node whose setting was "old" when it was backed up and is "new" now. */
async function stopped(options: { readonly passphrase?: string } = {}) {
  const f = await BackupFixture.make();
  await f.store.db.write(writeSetting, { key: "x", value: '"old"', at: 1 });
  const backup = await f.create(options);
  await f.store.db.write(writeSetting, { key: "x", value: '"new"', at: 2 });
  await f.stop();
  const dbPath = f.store.db.path;
  const file = `${f.folder}/${backup.id}.fbk`;
  const restore = (over: Partial<Parameters<typeof restoreDatabase>[0]> = {}) =>
    restoreDatabase({ file, dbPath, passphrase: options.passphrase, at: 1000, ...over });
  const names = () => [...Deno.readDirSync(f.dir)].map(({ name }) => name).sort();
  return { f, backup, dbPath, file, restore, names };
}

/** Whatever was tried, the database is as it was and nothing lies beside it. */
function untouched({ dbPath, names }: Awaited<ReturnType<typeof stopped>>): void {
  assert.equal(value(dbPath), '"new"');
  assert.deepEqual(names().filter((name) => /restor/.test(name)), []);
}

Deno.test("a restore brings back what was, and keeps what is", async () => {
  const t = await stopped();
  await using _ = t.f;
  const { proof, kept } = await t.restore({ sha256: t.backup.sha256 });
  assert.equal(proof.level, newestLevel());
  assert.equal(value(t.dbPath), '"old"');
  assert.equal(kept, `${t.dbPath}.before-restore-1000`);
  assert.equal(value(kept!), '"new"');
  assert.equal(Deno.statSync(t.dbPath).mode! & 0o777, 0o600);
  // What was there of the running process when the copy was made is not taken for one.
  on(t.dbPath, (db) => assert.deepEqual(db.all("SELECT * FROM node"), []));
  // The same clock again does not overwrite what was kept.
  assert.equal((await t.restore()).kept, `${t.dbPath}.before-restore-1001`);
});

Deno.test("writes that only the write-ahead log has are in the database that is kept", async () => {
  const t = await stopped();
  await using _ = t.f;
  const program = `
    import { Connection } from "${new URL("../db/connection.ts", import.meta.url).href}";
    const db = new Connection(${JSON.stringify(t.dbPath)});
    db.run("UPDATE settings SET value = '\\"newest\\"' WHERE key = 'x'");
    Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `data:text/javascript,${encodeURIComponent(program)}`],
  }).output();
  assert.equal(Deno.statSync(`${t.dbPath}-wal`).size > 0, true);
  const { kept } = await t.restore();
  assert.equal(t.names().some((name) => name.endsWith("-wal")), false);
  assert.equal(value(t.dbPath), '"old"');
  assert.equal(value(kept!), '"newest"');
});

Deno.test("where there is no database a restore makes one", async () => {
  const t = await stopped();
  await using _ = t.f;
  const dbPath = `${t.f.dir}/another/place/data.db`;
  const { kept } = await t.restore({ dbPath });
  assert.equal(kept, undefined);
  assert.equal(value(dbPath), '"old"');
});

Deno.test("a database that a node has open is not replaced", async () => {
  const t = await stopped();
  await using _ = t.f;
  const lock = await lockFile(t.dbPath);
  await assert.rejects(t.restore(), { code: "LOCKED", hint: /stop the node/ });
  untouched(t);
  lock.release();
});

Deno.test("a damaged, cut-off, foreign or wrongly named file replaces nothing", async () => {
  const t = await stopped();
  await using _ = t.f;
  const whole = await Deno.readFile(t.file);
  const attempts: readonly [string, Uint8Array, string][] = [
    [
      "a byte flipped",
      whole.map((byte, i) => i === whole.length - 500 ? byte ^ 1 : byte),
      "BACKUP_DAMAGED",
    ],
    ["cut off", whole.subarray(0, whole.length - 100), "BACKUP_DAMAGED"],
    ["empty", new Uint8Array(0), "INVALID"],
    ["no backup", new TextEncoder().encode("not a backup at all"), "INVALID"],
  ];
  for (const [why, bytes, code] of attempts) {
    await Deno.writeFile(`${t.f.dir}/bad`, bytes);
    await assert.rejects(t.restore({ file: `${t.f.dir}/bad` }), { code }, why);
    untouched(t);
  }
  await assert.rejects(t.restore({ sha256: "0".repeat(64) }), { code: "BACKUP_DAMAGED" });
  await assert.rejects(t.restore({ file: t.dbPath }), { code: "INVALID" });
  untouched(t);
});

Deno.test("an encrypted backup replaces nothing without its passphrase", async () => {
  const t = await stopped({ passphrase: PASSPHRASE });
  await using _ = t.f;
  for (const passphrase of [undefined, "another passphrase"]) {
    await assert.rejects(t.restore({ passphrase }), { code: "PASSPHRASE" });
    untouched(t);
  }
  await t.restore();
  assert.equal(value(t.dbPath), '"old"');
});

Deno.test("a sound file with an unsound database in it replaces nothing", async () => {
  const t = await stopped();
  await using _ = t.f;
  const { dir } = t.f;
  const header = {
    ...{ kind: "backup", id: "x", nodeId: "n", createdAt: 1, version: "1", level: 1 } as const,
    ...{ source: "manual", compression: "none", counts: {}, secretKey: "none" } as const,
  };
  const attempt = async (name: string, change: (path: string) => void) => {
    const from = `${dir}/${name}.db`;
    on(t.dbPath, (db) => db.run("VACUUM INTO ?", from));
    change(from);
    await pack({ from, to: `${dir}/${name}.fbk`, header });
    return await t.restore({ file: `${dir}/${name}.fbk` }).then(() => undefined, (error) => error);
  };
  const flipped = await attempt("flipped", (path) => {
    const bytes = Deno.readFileSync(path);
    bytes.fill(0xaa, 3 * 4096, 4 * 4096);
    Deno.writeFileSync(path, bytes);
  });
  assert.equal(flipped.code, "BACKUP_DAMAGED");
  const text = await attempt("text", (path) => Deno.writeTextFileSync(path, "no database"));
  assert.equal(text.code, "BACKUP_DAMAGED");
  const other = await attempt("other", (path) => {
    Deno.removeSync(path);
    on(path, (db) => db.exec("CREATE TABLE x (y)"));
  });
  assert.match(other.message, /not one of a node/);
  const newer = await attempt("newer", (path) =>
    on(path, (db) => {
      db.run("INSERT INTO migrations VALUES (?, 'later', 1)", newestLevel() + 1);
    }));
  assert.equal(newer.code, "BACKUP_NEWER");
  assert.match(newer.hint, /upgrade/);
  untouched(t);
});

Deno.test("a verification proves the same and leaves nothing behind", async () => {
  const t = await stopped();
  await using _ = t.f;
  const task = {
    file: t.file,
    scratch: `${t.f.dir}/scratch`,
    passphrase: undefined,
    diskPercent: 100,
  };
  const proof = await verifyFile({ ...task, sha256: t.backup.sha256 }, () => {});
  assert.equal(proof.openedAt, newestLevel());
  assert.equal(t.names().some((name) => name.startsWith("scratch")), false);
  await assert.rejects(verifyFile({ ...task, sha256: "0".repeat(64) }, () => {}), {
    code: "BACKUP_DAMAGED",
  });
  await assert.rejects(verifyFile({ ...task, sha256: undefined, diskPercent: 1 }, () => {}), {
    code: "DISK_FULL",
  });
  assert.equal(t.names().some((name) => name.startsWith("scratch")), false);
  untouched(t);
});

Deno.test("secrets open again after a restore; those of a sealed node only with its passphrase", async () => {
  for (const environment of [{}, { FAZT_SECRET_KEY: "of the old machine" }]) {
    await using f = await BackupFixture.make({}, environment as Record<string, string>);
    await f.secrets.set({ name: "KEY", value: "the value", userId: "usr_owner" });
    const backup = await f.create();
    const sealed = "FAZT_SECRET_KEY" in environment;
    assert.equal(backup.secretKey, sealed ? "sealed" : "inside");
    await using other = await BackupFixture.make();
    await other.stop();
    await restoreDatabase({
      file: `${f.folder}/${backup.id}.fbk`,
      dbPath: other.store.db.path,
      passphrase: undefined,
      at: 1,
    });
    const store = await openStore({ dbPath: other.store.db.path });
    const open = (environment: Record<string, string>) =>
      Secrets.open({ db: store.db, clock: () => 1, environment });
    const here = await open({});
    if (sealed) {
      assert.match(here.locked!, /FAZT_SECRET_KEY/);
      assert.equal(
        (await open(environment as Record<string, string>)).reveal("app_x", "KEY")!.value,
        "the value",
      );
    } else assert.equal(here.reveal("app_x", "KEY")!.value, "the value");
    await store.db.close();
    store.lock.release();
  }
});
