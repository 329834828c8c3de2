import assert from "node:assert/strict";
import { Database } from "../db/mod.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { DEFINITIONS, type SettingKey } from "./definitions.ts";
import { writeSetting } from "./operations.ts";
import { parseSetting, settingKey, Settings, settingVariable } from "./settings.ts";

const NOW = 1_800_000_000_000;
const PORT = "server.port";

/** Runs a test with a database of its own. */
function withDb(run: (db: Database) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = await Deno.makeTempDir({ prefix: "fazt-config-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    try {
      await run(db);
    } finally {
      await db.close();
      await Deno.remove(dir, { recursive: true });
    }
  };
}

const stored = (db: Database) =>
  db.reader.all<{ key: string; value: string; updated_at: number }>("SELECT * FROM settings")
    .map((row) => ({ ...row }));

Deno.test(
  "where nobody says anything the default rules",
  withDb((db) => {
    const settings = Settings.load(db);
    for (const key of Object.keys(DEFINITIONS) as SettingKey[]) {
      assert.deepEqual(settings.get(key), DEFINITIONS[key].fallback, key);
      assert.equal(settings.info(key).source, "default");
    }
    assert.equal(settings.get(PORT), 8080);
    return Promise.resolve();
  }),
);

Deno.test("every default is a value the setting may have", () => {
  for (const key of Object.keys(DEFINITIONS) as SettingKey[]) {
    assert.deepEqual(parseSetting(key, DEFINITIONS[key].fallback), DEFINITIONS[key].fallback, key);
  }
});

Deno.test(
  "flag wins over environment over database over default",
  withDb(async (db) => {
    const environment = { FAZT_SERVER_PORT: "2" };
    const now = (options?: Parameters<typeof Settings.load>[1]) => {
      const { value, source } = Settings.load(db, options).info(PORT);
      return [value, source];
    };
    assert.deepEqual(now(), [8080, "default"]);
    await Settings.load(db).set(PORT, 3, NOW);
    assert.deepEqual(now(), [3, "database"]);
    assert.deepEqual(now({ environment }), [2, "environment"]);
    assert.deepEqual(now({ environment, flags: { [PORT]: "1" } }), [1, "flag"]);
    assert.deepEqual(now({ environment: { FAZT_SERVER_PORT: "" } }), [3, "database"]);
    assert.deepEqual(now({ environment: {}, flags: { [PORT]: undefined } }), [3, "database"]);
  }),
);

Deno.test(
  "a falsy value is a value",
  withDb(async (db) => {
    assert.equal(Settings.load(db, { environment: { FAZT_SERVER_PORT: "0" } }).get(PORT), 0);
    assert.equal(Settings.load(db, { flags: { [PORT]: 0 } }).get(PORT), 0);
    await Settings.load(db).set(PORT, 0, NOW);
    assert.equal(Settings.load(db).get(PORT), 0);
  }),
);

Deno.test("each setting has an environment variable of its own", () => {
  assert.equal(settingVariable("limits.storage.kv.keyBytes"), "FAZT_LIMITS_STORAGE_KV_KEYBYTES");
  const names = Object.keys(DEFINITIONS).map(settingVariable);
  assert.equal(new Set(names).size, names.length);
});

Deno.test(
  "what is set counts at once and after a restart",
  withDb(async (db) => {
    const settings = Settings.load(db);
    const info = await settings.set("server.domain", "example.com", NOW);
    assert.deepEqual(info, {
      key: "server.domain",
      value: "example.com",
      source: "database",
      default: "localhost",
      about: DEFINITIONS["server.domain"].about,
      restart: false,
    });
    assert.equal(settings.get("server.domain"), "example.com");
    assert.equal(Settings.load(db).get("server.domain"), "example.com");
    await settings.set("server.domain", "example.org", NOW + 1);
    assert.deepEqual(stored(db), [
      { key: "server.domain", value: '"example.org"', updated_at: NOW + 1 },
    ]);
  }),
);

Deno.test(
  "a setting read once at start says that a change waits",
  withDb(async (db) => {
    const settings = Settings.load(db);
    assert.equal((await settings.set(PORT, 81, NOW)).restart, true);
    assert.equal(settings.info("limits.vfs.fileMb").restart, false);
  }),
);

Deno.test(
  "what is set below a flag is kept, but does not rule yet",
  withDb(async (db) => {
    const settings = Settings.load(db, { flags: { [PORT]: 1 } });
    const info = await settings.set(PORT, 3, NOW);
    assert.deepEqual([info.value, info.source], [1, "flag"]);
    assert.equal(Settings.load(db).get(PORT), 3);
  }),
);

Deno.test(
  "a value that cannot be is refused with what it may be, and changes nothing",
  withDb(async (db) => {
    const settings = Settings.load(db);
    await settings.set(PORT, 81, NOW);
    for (
      const value of ["http", 65536, -1, 1.5, "80.5", null, "", "1e3", "99999999999999999999", true]
    ) {
      await assert.rejects(
        () => settings.set(PORT, value, NOW),
        (error: Error & { hint: string }) => {
          assert.equal((error as unknown as { code: string }).code, "INVALID");
          assert.match(error.message, /^Cannot set server\.port: ./);
          assert.equal(
            error.hint,
            "it is: port of the HTTP server; 0 picks a free one (default 8080)",
          );
          return true;
        },
        String(value),
      );
    }
    assert.equal(settings.get(PORT), 81);
    assert.equal(stored(db)[0]!.value, "81");
  }),
);

Deno.test("a refusal says what is wrong with the value", () => {
  assert.throws(() => parseSetting(PORT, "65536"), /expected number to be <=65535/);
  assert.throws(() => parseSetting(PORT, "http"), /expected int|expected number/);
  assert.throws(
    () => parseSetting("server.domain", "Not A Domain"),
    /must be a lower-case domain name such as example\.com/,
  );
});

Deno.test("a domain is lower-case labels and dots", () => {
  for (const good of ["localhost", "example.com", "a-b.c", "xn--bcher-kva.example", "1.example"]) {
    assert.equal(parseSetting("server.domain", good), good);
  }
  for (
    const bad of [
      "",
      "Example.com",
      "a..b",
      ".a",
      "a.",
      "-a.b",
      "a-.b",
      "a_b",
      "a b",
      "a/b",
      "a:80",
      `${"a".repeat(64)}.b`,
      `${"a.".repeat(127)}ab`,
      "a\nb",
      "é.com",
    ]
  ) assert.throws(() => parseSetting("server.domain", bad), { code: "INVALID" }, bad);
});

Deno.test(
  "a wrong flag or variable keeps the node from starting",
  withDb((db) => {
    assert.throws(
      () => Settings.load(db, { flags: { [PORT]: "http" } }),
      { code: "INVALID", message: /^Cannot set server\.port/ },
    );
    assert.throws(
      () => Settings.load(db, { environment: { FAZT_SERVER_PORT: "70000" } }),
      { code: "INVALID", message: /^Cannot set server\.port/ },
    );
    return Promise.resolve();
  }),
);

Deno.test(
  "a name that is none is answered with the nearest",
  withDb(async (db) => {
    const settings = Settings.load(db);
    const unknown = {
      code: "NOT_FOUND",
      message: 'There is no setting "server.prot"',
      hint: "did you mean server.port?",
    };
    assert.throws(() => settingKey("server.prot"), unknown);
    await assert.rejects(() => settings.set("server.prot", 1, NOW), unknown);
    await assert.rejects(() => settings.unset("server.prot"), unknown);
    assert.deepEqual(stored(db), []);
  }),
);

Deno.test("a name that is like none is answered with where all are", () => {
  assert.throws(() => settingKey("x".repeat(80)), {
    code: "NOT_FOUND",
    hint: "fazt config list shows every setting",
  });
  for (const name of ["toString", "__proto__", "constructor", "SERVER.PORT", ""]) {
    assert.throws(() => settingKey(name), { code: "NOT_FOUND" }, name);
  }
});

Deno.test(
  "deleting a setting goes back to what rules without it",
  withDb(async (db) => {
    const settings = Settings.load(db, { environment: { FAZT_LOGS_KEEPDAYS: "9" } });
    await settings.set(PORT, 81, NOW);
    await settings.set("logs.keepDays", 30, NOW);
    const days = await settings.unset("logs.keepDays");
    assert.deepEqual([days.value, days.source], [9, "environment"]);
    assert.deepEqual(stored(db).map((row) => row.key), [PORT]);
    const port = await settings.unset(PORT);
    assert.deepEqual([port.value, port.source], [8080, "default"]);
    assert.deepEqual(stored(db), []);
    assert.equal((await settings.unset(PORT)).value, 8080);
  }),
);

Deno.test(
  "who watches a setting is told each new value of it alone",
  withDb(async (db) => {
    const settings = Settings.load(db);
    const seen: unknown[] = [];
    settings.watch("logs.keepDays", (value) => seen.push(value));
    settings.watch("logs.keepDays", (value) => seen.push(`${value} too`));
    await settings.set("logs.keepDays", 3, NOW);
    await settings.set(PORT, 81, NOW);
    await assert.rejects(() => settings.set("logs.keepDays", "long", NOW));
    await settings.unset("logs.keepDays");
    assert.deepEqual(seen, [3, "3 too", 7, "7 too"]);
  }),
);

Deno.test(
  "the list has every setting with all there is to know",
  withDb(async (db) => {
    const settings = Settings.load(db);
    await settings.set(PORT, 81, NOW);
    const list = settings.list();
    assert.deepEqual(list.map((info) => info.key), Object.keys(DEFINITIONS));
    assert.deepEqual(list.find((info) => info.key === PORT), settings.info(PORT));
    for (const info of list) assert.ok(info.about.length > 5, info.key);
  }),
);

Deno.test(
  "a value in the database that cannot be is left aside and named, and can be put right",
  withDb(async (db) => {
    for (const value of ["-5", '"x"', "not JSON"]) {
      await db.write(writeSetting, { key: PORT, value, at: NOW });
      const settings = Settings.load(db);
      assert.equal(settings.get(PORT), DEFINITIONS[PORT].fallback);
      assert.equal(settings.info(PORT).source, "default");
      assert.equal(settings.warnings.length, 1);
      await settings.set(PORT, 9000, NOW);
      assert.equal(settings.get(PORT), 9000);
    }
    assert.deepEqual(Settings.load(db).warnings, []);
  }),
);
