// A node is backed up while it works, lost, and brought back on another machine.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MIB } from "../../kernel/lib/bytes.ts";
import { CREDENTIALS, S3Double } from "../../kernel/storage/s3/external/testing.ts";
import { api, cli, deploy, noise, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

const PASSPHRASE = "correct horse battery";
const COUNTER = {
  "app.json": '{"name":"counter","permissions":["storage:kv"]}',
  "index.html": "<h1>counter</h1>",
  "api/main.js": `export default async (request) => {
  if (request.method === "POST") {
    const n = (await fazt.storage.kv.get("n") ?? 0) + 1;
    await fazt.storage.kv.set("n", n);
    return { n };
  }
  return { n: await fazt.storage.kv.get("n") ?? 0 };
}`,
};

const count = async (node: TestNode, method = "GET"): Promise<number> => {
  const { status, text } = await visit(node, "counter", "/api/", { method });
  assert.equal(status, 200, text);
  return JSON.parse(text).n;
};

/** Runs the command line with a passphrase in its environment. */
async function withPassphrase<R>(passphrase: string, run: () => Promise<R>): Promise<R> {
  Deno.env.set("FAZT_BACKUP_PASSPHRASE", passphrase);
  try {
    return await run();
  } finally {
    Deno.env.delete("FAZT_BACKUP_PASSPHRASE");
  }
}

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "fazt-backups-" });
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a node is backed up while it writes, lost, and restored elsewhere", async (t) => {
  await inFolder(async (dir) => {
    const db = `${dir}/one/data.db`;
    await Deno.mkdir(`${dir}/one`);
    let id = "";
    let atBackup = 0;
    {
      await using node = await startNode({ db });
      assert.equal((await deploy(node, "counter", COUNTER)).status, 201);
      await api(node, "PUT", "/api/secrets", {
        body: { name: "KEY", value: "v", hosts: ["a.example"] },
      });

      await t.step(
        "writes go on while it is made, and none that is answered before is missing",
        async () => {
          let made = false;
          let during = 0;
          const before = await count(node, "POST");
          const writing = (async () => {
            while (!made) during = await count(node, "POST");
          })();
          const { data, status } = await api(node, "POST", "/api/backups", { body: {} });
          made = true;
          await writing;
          assert.equal(status, 201);
          assert.equal(during > before, true);
          id = data.id;
          atBackup = before;
        },
      );
      await t.step("it is listed, shown, and proven by the command line", async () => {
        const listed = await cli(node, "backup", "list");
        assert.match(listed.stdout, new RegExp(`${id} .* 2 +manual +no`));
        const verified = await cli(node, "backup", "verify", id, "--json");
        assert.equal(verified.code, 0, verified.stderr);
        assert.equal(JSON.parse(verified.stdout).ok, true);
        const missing = await cli(node, "backup", "verify", "19990101");
        assert.deepEqual([missing.code, missing.stderr.includes("fazt backup list")], [3, true]);
      });
      await t.step("one that is not encrypted says what that means", async () => {
        const made = await cli(node, "backup", "create");
        assert.match(made.stderr, /not encrypted: .* can open the node's secrets/);
        assert.match(made.stdout, /fazt backup restore 2/);
        const removed = await cli(node, "backup", "remove", "latest", "--yes");
        assert.equal(removed.code, 0, removed.stderr);
      });
      await t.step("while the node runs nothing is restored over it", async () => {
        const ran = await cli(node, "backup", "restore", id, "--yes");
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /a node runs on it\nhint: stop the node/);
        assert.equal((await cli(node, "backup", "restore", id)).code, 2);
      });
      await t.step("what was done is in the log of activity", async () => {
        const { data } = await api(node, "GET", "/api/activity");
        const actions = data.map((row: { action: string }) => row.action);
        for (const action of ["backup.create", "backup.remove"]) {
          assert.ok(actions.includes(action));
        }
      });
    }
    await t.step("the machine burns; elsewhere the file is all it takes", async () => {
      await Deno.mkdir(`${dir}/two`);
      await Deno.rename(`${dir}/one/backups/${id}.fbk`, `${dir}/saved.fbk`);
      await Deno.remove(`${dir}/one`, { recursive: true });
      const two = { db: `${dir}/two/data.db` };
      const ran = await cli(two, "backup", "restore", `${dir}/saved.fbk`, "--yes");
      assert.equal(ran.code, 0, ran.stderr);
      await using node = await startNode(two);
      assert.match((await visit(node, "counter", "/")).text, /counter/);
      assert.equal(await count(node) >= atBackup, true);
      assert.equal((await api(node, "GET", "/api/secrets")).data[0].name, "KEY");
      await count(node, "POST");
    });
    await t.step("a restore over a database keeps it, and it can be put back", async () => {
      const two = { db: `${dir}/two/data.db` };
      const ran = await cli(two, "backup", "restore", `${dir}/saved.fbk`, "--yes", "--json");
      const { kept } = JSON.parse(ran.stdout);
      const back = await cli(two, "backup", "restore", kept, "--yes");
      assert.equal(back.code, 0, back.stderr);
    });
  });
});

Deno.test("an encrypted backup needs its passphrase at every door", async () => {
  await inFolder(async (dir) => {
    const db = `${dir}/data.db`;
    {
      await using node = await startNode({ db });
      const made = await withPassphrase(
        PASSPHRASE,
        () => cli(node, "backup", "create", "--encrypt"),
      );
      assert.equal(made.code, 0, made.stderr);
      assert.doesNotMatch(made.stderr, /warning/);
      const none = await cli(node, "backup", "verify", "latest");
      assert.match(none.stderr, /it is encrypted/);
      assert.equal(
        (await withPassphrase(PASSPHRASE, () => cli(node, "backup", "verify", "latest"))).code,
        0,
      );
      const weak = await api(node, "POST", "/api/backups", { body: { passphrase: "short" } });
      assert.deepEqual([weak.status, weak.error.code], [422, "INVALID"]);
      const kept = await cli(node, "backup", "secret", "passphrase", "--value", PASSPHRASE);
      assert.match(kept.stdout, /the passphrase is kept/);
      assert.equal((await api(node, "POST", "/api/backups", { body: {} })).data.encrypted, true);
      assert.equal((await cli(node, "backup", "verify", "latest")).code, 0);
    }
    const wrong = await withPassphrase(
      "a wrong passphrase",
      () => cli({ db }, "backup", "restore", "latest", "--yes"),
    );
    assert.equal(wrong.code, 4);
    assert.match(wrong.stderr, /the passphrase is wrong/);
    const ran = await withPassphrase(
      PASSPHRASE,
      () => cli({ db }, "backup", "restore", "latest", "--yes"),
    );
    assert.equal(ran.code, 0, ran.stderr);
    // It was made while a passphrase was kept, so the restored node goes on with it.
    await using node = await startNode({ db });
    assert.equal((await api(node, "GET", "/api/backups")).data.encrypted, true);
  });
});

Deno.test("a node that is killed while it makes a backup has none of it, and makes the next one", async () => {
  await inFolder(async (dir) => {
    const db = `${dir}/data.db`;
    const node = await startNode({ db });
    // Large enough that the kill comes before the end.
    for (let i = 0; i < 4; i++) await deploy(node, "big", { [`f${i}.bin`]: noise(16 * MIB) });
    const making = api(node, "POST", "/api/backups", { body: { passphrase: PASSPHRASE } })
      .catch(() => "gone");
    const work = `${dir}/backups/.work`;
    const names = (path: string) => {
      try {
        return [...Deno.readDirSync(path)].filter(({ isFile }) => isFile).map(({ name }) => name);
      } catch {
        return [];
      }
    };
    await until(() => names(work).length > 0);
    await node.kill();
    assert.equal(await making, "gone");
    const { stdout } = await cli({ db }, "backup", "list", "--json");
    assert.deepEqual(JSON.parse(stdout).backups, []);
    await using again = await startNode({ db });
    const { data } = await api(again, "POST", "/api/backups", { body: {} });
    assert.deepEqual(names(work), []);
    assert.deepEqual(names(`${dir}/backups`).sort(), [`${data.id}.fbk`, `${data.id}.json`]);
  });
});

Deno.test("backups are for administrators, and a schedule is judged when it is set", async () => {
  await using node = await startNode();
  for (const scope of ["read", "deploy"]) {
    const { data } = await api(node, "POST", "/api/keys", {
      body: { name: scope, scopes: [scope] },
    });
    for (
      const [method, path] of [
        ["GET", "/api/backups"],
        ["POST", "/api/backups"],
        ["PUT", "/api/backups/secrets"],
        ["GET", "/api/backups/latest/file"],
        ["DELETE", "/api/backups/latest"],
        ["POST", "/api/apps/import"],
        ["GET", "/api/apps/welcome/export"],
      ] as const
    ) {
      const { status } = await api(node, method, path, {
        token: data.token,
        ...(method === "GET" || method === "DELETE" ? {} : { body: {} }),
      });
      assert.equal(status, 403, `${scope} ${method} ${path}`);
    }
  }
  for (const value of ["weekly", "99 * * * *", "* * *", "0 0 30 2 *"]) {
    const { status } = await api(node, "PUT", "/api/system/config", {
      body: { key: "backup.schedule", value },
    });
    assert.equal(status, 422, value);
  }
  assert.equal((await cli(node, "config", "set", "backup.keep", "some")).code, 1);
  assert.equal((await cli(node, "config", "set", "backup.schedule", "daily")).code, 0);
  const { data } = await api(node, "GET", "/api/backups");
  assert.equal(data.schedule, "daily");
  assert.equal(typeof data.nextAt, "number");
});

Deno.test("a disk that has no room is told before anything is written", async () => {
  await using node = await startNode({ settings: { "limits.global.diskPercent": "1" } });
  const { status, error } = await api(node, "POST", "/api/backups", { body: {} });
  assert.deepEqual([status, error.code], [507, "DISK_FULL"]);
  assert.match(error.message, /needs [\d.]+ [KM]B and has 0 B/);
  assert.equal(error.details.needs > error.details.has, true);
  const listed = await cli(node, "backup", "list");
  assert.match(listed.stdout, /the last one failed: Cannot do this/);
});

Deno.test("a lost machine is brought back from a bucket by its name, its key and a passphrase", async () => {
  const bucket = new S3Double();
  const settings = {
    "backup.s3.bucket": CREDENTIALS.bucket,
    "backup.s3.endpoint": bucket.endpoint,
    "backup.s3.region": CREDENTIALS.region,
    "backup.s3.accessKeyId": CREDENTIALS.accessKeyId,
  };
  const environment: Record<string, string> = {
    FAZT_BACKUP_PASSPHRASE: PASSPHRASE,
    FAZT_BACKUP_S3_SECRET_KEY: CREDENTIALS.secretAccessKey,
    ...Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [
        `FAZT_${key.replaceAll(".", "_").toUpperCase()}`,
        value,
      ]),
    ),
  };
  try {
    await inFolder(async (dir) => {
      {
        await using node = await startNode({ settings });
        assert.equal((await deploy(node, "counter", COUNTER)).status, 201);
        await count(node, "POST");
        const body = { s3SecretKey: CREDENTIALS.secretAccessKey, passphrase: PASSPHRASE };
        assert.equal((await api(node, "PUT", "/api/backups/secrets", { body })).status, 200);
        assert.equal((await api(node, "POST", "/api/backups", { body: {} })).status, 201);
      }
      const db = `${dir}/new/data.db`;
      for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
      const ran = await cli({ db }, "backup", "restore", "latest", "--yes");
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual(
        [...Deno.readDirSync(`${dir}/new`)].map(({ name }) => name).sort(),
        ["data.db", "data.db.lock"],
      );
      for (const name of Object.keys(environment)) Deno.env.delete(name);
      await using node = await startNode({ db });
      assert.equal(await count(node), 1);
    });
  } finally {
    for (const name of Object.keys(environment)) Deno.env.delete(name);
    await bucket.close();
  }
});

Deno.test("a file of a newer executable is refused with what to do", async () => {
  await inFolder(async (dir) => {
    const db = `${dir}/data.db`;
    {
      await using _ = await startNode({ db });
    }
    const raw = new DatabaseSync(db);
    raw.exec("INSERT INTO migrations VALUES (999, 'later', 1)");
    raw.exec(`VACUUM INTO '${dir}/newer.db'`);
    raw.close();
    const ran = await cli(
      { db: `${dir}/other.db` },
      "backup",
      "restore",
      `${dir}/newer.db`,
      "--yes",
    );
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /level 999, this executable knows \d+\nhint: upgrade/);
    assert.equal([...Deno.readDirSync(dir)].some(({ name }) => name === "other.db"), false);
  });
});
