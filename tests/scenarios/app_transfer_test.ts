// An app moves with its data from one node to another, and a hostile file moves nothing.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { unpack } from "../../kernel/backup/mod.ts";
import { cidOf } from "../../kernel/fs/mod.ts";
import {
  api,
  cli,
  deploy,
  download,
  forge,
  noise,
  raw,
  send,
  startNode,
  type TestNode,
  until,
  visit,
  withNodes,
} from "../helpers/mod.ts";

const app = (title: string) => ({
  "app.json": JSON.stringify({
    name: "diary",
    permissions: ["storage:kv"],
    env: [{ name: "COLOR" }, { name: "TOKEN", secret: true }],
    cron: [{ schedule: "0 3 * * *", handler: "api/main.js" }],
  }),
  "index.html": `<h1>${title}</h1>`,
  "photo.bin": noise(700_000),
  "api/main.js": `const fetch = async (request) => {
  const { set, later } = request.method === "POST" ? await request.json() : {};
  if (set) await fazt.storage.kv.set("text", { set, at: new Date(5), raw: new Uint8Array([1, 2]) });
  if (later) await fazt.schedule(later, "state");
  return { text: await fazt.storage.kv.get("text"), color: await fazt.env.get("COLOR", "none") };
};
export default { fetch, scheduled: () => {} };`,
});

const call = async (node: TestNode, name: string, body?: unknown) => {
  const sending = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const { text, status } = await visit(node, name, "/api/", sending);
  return { status, ...JSON.parse(text) };
};
/** Apps, blobs and rows there are: what an import that fails must not change. */
const standing = (node: TestNode) =>
  raw(
    node,
    "SELECT (SELECT count(*) FROM apps WHERE removed_at IS NULL) AS apps, " +
      "(SELECT count(*) FROM apps) AS everApps, (SELECT count(*) FROM kv) AS kv, " +
      "(SELECT count(*) FROM jobs) AS jobs, (SELECT count(*) FROM aliases) AS aliases, " +
      "(SELECT count(*) FROM grants) AS grants, (SELECT count(*) FROM app_imports) AS imports, " +
      "(SELECT count(*) FROM storage_totals) AS totals",
  )[0];

/** Deploys the app and gives it data, a secret and a job. */
async function filled(node: TestNode): Promise<string> {
  await deploy(node, "diary", app("first"));
  const done = await deploy(node, "diary", app("second"));
  assert.equal(done.status, 201, JSON.stringify(done.error));
  await api(node, "PUT", "/api/apps/diary/env", { body: { COLOR: "red", TOKEN: "hush-hush" } });
  await api(node, "PUT", "/api/secrets", {
    body: { name: "KEY", app: "diary", value: "hush-key" },
  });
  assert.equal((await call(node, "diary", { set: "dear diary", later: 3_600_000 })).status, 200);
  return done.data.app.id;
}

Deno.test("an app moves with its files, revisions, data and jobs, and without secrets", async (t) => {
  await withNodes(async (from, to, dir) => {
    const id = await filled(from);
    const file = `${dir}/diary.fazt`;
    await t.step("the file is written by the command line, with no secret in it", async () => {
      const ran = await cli(from, "app", "export", "diary", "-o", file);
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal((await cli(from, "app", "export", "diary", "-o", file)).code, 1);
      await unpack(file, { to: `${dir}/inside.db` });
      const inside = new TextDecoder("latin1").decode(await Deno.readFile(`${dir}/inside.db`));
      assert.equal(inside.includes("dear diary"), true);
      assert.equal(inside.includes("hush"), false);
      assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name).sort(), [
        "diary.fazt",
        "inside.db",
      ]);
    });
    await t.step(
      "it arrives under its id, asks for its grants and names what to set again",
      async () => {
        const ran = await cli(to, "app", "import", file);
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stderr, /set again: variable TOKEN, secret KEY/);
        assert.match(ran.stderr, /asks for .*storage:kv.*: fazt app grants approve diary/);
        assert.match(ran.stdout, new RegExp(`keeps its id ${id}`));
        assert.equal((await call(to, "diary")).status >= 400, true);
        await api(to, "POST", "/api/apps/diary/grants", {
          body: { approve: ["storage:kv"] },
        });
      },
    );
    await t.step("its data, files, variables, cron entry and job are there", async () => {
      assert.deepEqual(await call(to, "diary"), {
        status: 200,
        text: { set: "dear diary", at: new Date(5).toISOString(), raw: { 0: 1, 1: 2 } },
        color: "red",
      });
      assert.match((await visit(to, "diary", "/")).text, /second/);
      const { data } = await api(to, "GET", "/api/apps/diary/cron");
      assert.equal(data.entries.length, 1);
      assert.equal(data.entries[0].nextAt > Date.now(), true);
      assert.equal(data.jobs.length, 1);
      assert.equal((await api(to, "GET", "/api/apps/diary/revisions")).data.length, 2);
      await api(to, "POST", "/api/apps/diary/rollback", { body: {} });
      assert.match((await visit(to, "diary", "/")).text, /first/);
      assert.deepEqual(
        raw(to, "SELECT bytes FROM storage_totals WHERE pillar = 'kv'"),
        raw(from, "SELECT bytes FROM storage_totals WHERE pillar = 'kv'"),
      );
    });
    await t.step(
      "a name that is taken is told with what to do, and another name works beside it",
      async () => {
        const bytes = await Deno.readFile(file);
        const taken = await send(to, bytes);
        assert.deepEqual([taken.status, taken.error.code], [409, "CONFLICT"]);
        assert.match(taken.error.hint, /--name/);
        const second = await send(to, bytes, "?name=other&approve=1");
        assert.equal(second.status, 201, JSON.stringify(second.error));
        assert.notEqual(second.data.app.id, id);
        assert.equal(second.data.originId, id);
        assert.deepEqual(second.data.app.grants.pending, []);
        assert.deepEqual((await call(to, "other")).text.set, "dear diary");
        await call(to, "other", { set: "mine" });
        assert.equal((await call(to, "diary")).text.set, "dear diary");
        assert.deepEqual(raw(to, "SELECT origin_id FROM apps WHERE name = 'other'"), [{
          origin_id: id,
        }]);
      },
    );
    await t.step("without data only the files come", async () => {
      const bytes = await download(from, "/api/apps/diary/export?data=0");
      const { data, status } = await send(to, bytes, "?name=bare&approve=1");
      assert.equal(status, 201);
      assert.equal(data.rows, 0);
      assert.equal((await call(to, "bare")).text ?? null, null);
    });
    await t.step("what was done is in the log of activity", async () => {
      const actions = async (node: TestNode) =>
        (await api(node, "GET", "/api/activity")).data.map((row: { action: string }) => row.action);
      assert.ok((await actions(from)).includes("app.export"));
      assert.ok((await actions(to)).includes("app.import"));
    });
  });
});

Deno.test("a hostile file is refused whole, whatever is wrong with it", async (t) => {
  await withNodes(async (from, to, dir) => {
    await filled(from);
    await deploy(to, "bystander", { "index.html": "<h1>here</h1>" });
    const good = await download(from, "/api/apps/diary/export");
    await Deno.writeFile(`${dir}/good`, good);
    const before = standing(to);
    const forged = (change: (db: DatabaseSync) => void, damage?: (path: string) => void) =>
      forge(`${dir}/good`, change, damage);
    const refused = async (
      why: string,
      bytes: Uint8Array,
      expected: { readonly code?: string; readonly message?: RegExp } = {},
    ) => {
      await t.step(why, async () => {
        const { status, error } = await send(to, bytes);
        assert.equal(status >= 400 && status < 500, true, `${status} ${JSON.stringify(error)}`);
        assert.equal(error.code, expected.code ?? "BACKUP_DAMAGED", JSON.stringify(error));
        if (expected.message) assert.match(error.message, expected.message);
        assert.deepEqual(standing(to), before);
      });
    };
    const sql = (text: string) => forged((db) => db.exec(text));

    await refused("nothing", new Uint8Array(0), { code: "INVALID" });
    await refused("not a file of ours", noise(5000), { code: "INVALID" });
    await refused("cut off", good.subarray(0, good.length - 10));
    await refused("a byte flipped", good.map((byte, i) => i === 900 ? byte ^ 4 : byte));
    await refused(
      "a trigger",
      await sql("CREATE TRIGGER x AFTER INSERT ON info BEGIN SELECT 1; END"),
    );
    await refused(
      "a view in a table's place",
      await sql(
        "DROP TABLE t_kv; CREATE VIEW t_kv AS SELECT 1 AS app_id",
      ),
    );
    await refused("an index", await sql("CREATE INDEX x ON info (json)"));
    await refused(
      "a generated column",
      await sql(
        'CREATE TABLE "t_x" ("app_id", "b" AS (length(app_id)))',
      ),
    );
    await refused("a virtual table", await sql("CREATE VIRTUAL TABLE t_y USING fts5(app_id)"));
    await refused("a default", await sql(`CREATE TABLE "t_z" ("app_id" DEFAULT (1))`));
    await refused("rows of secrets", await sql('CREATE TABLE "t_secrets" ("app_id")'), {
      message: /does not move/,
    });
    await refused("rows of grants", await sql('CREATE TABLE "t_grants" ("app_id", "name")'));
    await refused("rows of usage", await sql('CREATE TABLE "t_storage_usage" ("app_id")'));
    await refused(
      "rows of settings",
      await sql(
        'CREATE TABLE "t_settings" ("key", "value"); INSERT INTO t_settings VALUES (1, 2)',
      ),
      { code: "BACKUP_NEWER" },
    );
    await refused(
      "a table this node has not",
      await sql(
        'CREATE TABLE "t_later" ("app_id"); INSERT INTO t_later VALUES (1)',
      ),
      { code: "BACKUP_NEWER" },
    );
    await refused(
      "a table with a number that nothing knows",
      await sql(
        'CREATE TABLE "t_ds_1" ("app_id"); INSERT INTO t_ds_1 VALUES (1)',
      ),
    );
    await refused(
      "a column this node has not",
      await forged((db) => {
        db.exec('DROP TABLE t_kv; CREATE TABLE "t_kv" ("app_id", "nonsense")');
        db.exec("INSERT INTO t_kv VALUES ('x', 'y')");
      }),
    );
    await refused("a value of another type", await sql("UPDATE t_kv SET user_id = 5"));
    await refused("a row that is there twice", await sql("INSERT INTO t_kv SELECT * FROM t_kv"));
    await refused(
      "a file whose content is not what its id says",
      await sql(
        "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE rowid = (SELECT max(rowid) FROM chunks)",
      ),
      { code: "CID_MISMATCH" },
    );
    await refused(
      "a piece that is missing",
      await sql(
        "DELETE FROM chunks WHERE rowid = (SELECT max(rowid) FROM chunks)",
      ),
    );
    await refused("a length that cannot be", await sql("UPDATE blobs SET count = 1000000000"));
    await refused(
      "a path that leaves its place",
      await sql(
        "UPDATE files SET path = '../../etc/passwd' WHERE path = 'index.html'",
      ),
      { code: "PATH_INVALID" },
    );
    await refused(
      "code that does not build",
      await forged((db) => {
        const code = new TextEncoder().encode("export default (");
        const cid = cidOf(code);
        const first = Number(db.prepare("INSERT INTO chunks VALUES (?)").run(code).lastInsertRowid);
        db.prepare("INSERT INTO blobs VALUES (?, ?, ?, 1)")
          .run(cid, BigInt(code.length), BigInt(first));
        db.prepare("UPDATE files SET cid = ?, size = ? WHERE path = 'api/main.js'")
          .run(cid, BigInt(code.length));
      }),
      { code: "BUNDLE_FAILED" },
    );
    await refused("a served revision that is not in it", await sql("DELETE FROM revisions"));
    await refused("what it says of itself is nonsense", await sql("UPDATE info SET json = '[1]'"));
    await refused("two tellings of what it is", await sql("INSERT INTO info SELECT * FROM info"));
    await refused(
      "a name that is the node's own",
      await sql(
        "UPDATE info SET json = json_set(json, '$.name', 'admin')",
      ),
      { code: "NAME_RESERVED" },
    );
    await refused(
      "a page of it damaged",
      await forged(() => {}, (path) => {
        const bytes = Deno.readFileSync(path);
        Deno.writeFileSync(path, bytes.fill(0xaa, 4096 * 2, 4096 * 6));
      }),
    );

    await t.step("rows that could do harm are left out, the rest comes", async () => {
      const bytes = await forged((db) => {
        const copy =
          "INSERT INTO t_kv SELECT app_id, user_id, ?, ?, 0, expires_at, updated_at FROM t_kv LIMIT 1";
        db.prepare(copy).run("broken", "no value of the codec");
        db.exec("UPDATE t_kv SET size = -1000000");
        db.exec("UPDATE t_jobs SET handler = '../../kernel', id = 'x'");
        db.exec("UPDATE t_cron_jobs SET schedule = 'whenever'");
        db.exec(`UPDATE info SET json = json_set(json, '$.appId', 'app_x; DROP TABLE apps')`);
      });
      const { status, data, error } = await send(to, bytes, "?approve=1");
      assert.equal(status, 201, JSON.stringify(error));
      assert.equal(data.dropped, 3);
      assert.equal(/^app_[1-9a-z]{12}$/.test(data.app.id), true);
      assert.equal((await call(to, "diary")).text.set, "dear diary");
      assert.deepEqual(raw(to, "SELECT bytes > 0 AS sane FROM storage_totals"), [{ sane: 1 }]);
      assert.match((await visit(to, "bystander", "/")).text, /here/);
    });
  });
});

Deno.test("an import that is cut off by a kill leaves no app and no data", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-cut-" });
  try {
    const db = `${dir}/data.db`;
    {
      await using node = await startNode({ db });
      await filled(node);
    }
    // What a process that was killed in the middle has written.
    const half = new DatabaseSync(db);
    half.exec(
      "INSERT INTO apps (id, user_id, name, state, created_at, updated_at) " +
        "VALUES ('app_half11111111', 'usr_owner', 'half', 'active', 1, 1); " +
        "INSERT INTO aliases VALUES ('half', 'app_half11111111', 'proxy', NULL, 1); " +
        "INSERT INTO app_imports VALUES ('app_half11111111', 'usr_owner', 1); " +
        "INSERT INTO kv SELECT 'app_half11111111', user_id, key, value, size, NULL, 1 FROM kv",
    );
    half.close();
    await Deno.mkdir(`${dir}/.transfer-data.db`);
    await Deno.writeTextFile(`${dir}/.transfer-data.db/half`, "half a file");
    await using node = await startNode({ db });
    const names = (await api(node, "GET", "/api/apps")).data.map((one: { name: string }) =>
      one.name
    );
    assert.deepEqual(names.sort(), ["diary", "welcome"].filter((name) => names.includes(name)));
    assert.equal((await visit(node, "half", "/")).status, 404);
    await until(() =>
      raw(
        node,
        "SELECT 1 FROM kv WHERE app_id LIKE 'app_half%' " +
          "UNION ALL SELECT 1 FROM apps WHERE name = 'half'",
      ).length === 0
    );
    assert.equal((await visit(node, "diary", "/")).status, 200);
    assert.equal(
      [...Deno.readDirSync(dir)].some(({ name }) => name.startsWith(".transfer")),
      false,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("an app that is larger than the owner allows is refused with the limit", async () => {
  await using node = await startNode({
    settings: { "limits.import.mb": "1", "limits.storage.appMb": "1" },
  });
  await deploy(node, "big", { "film.bin": noise(2_000_000), "index.html": "x" });
  const bytes = await download(node, "/api/apps/big/export");
  const { status, error } = await send(node, bytes, "?name=second");
  assert.deepEqual([status, error.code], [413, "TOO_LARGE"]);
  assert.match(error.hint, /limits\.import\.mb/);
});
