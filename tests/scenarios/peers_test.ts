// Every command about apps, and those beside them, sent to another node: what it does it does
// there, and with --json it prints JSON. No node runs on this side, so nothing can happen here.
import assert from "node:assert/strict";
import { main } from "../../cli/mod.ts";
import { COMMANDS, loadCommand } from "../../cli/registry.ts";
import { FakeIo } from "../../cli/testing/fake_io.ts";
import {
  api,
  appFiles,
  cliHere,
  gitMissing,
  makeRepo,
  startGitServer,
  startNode,
  until,
  visit,
} from "../helpers/mod.ts";

const SITE = {
  "app.json": JSON.stringify({
    name: "site",
    permissions: ["storage:kv", "storage:ds", "storage:rd", "storage:s3"],
    cron: [
      { schedule: "0 3 1 1 *", handler: "api/tick.js" },
      { schedule: "0 4 1 1 *", handler: "api/broken.js", retry: { attempts: 0 } },
    ],
  }),
  "index.html": "one",
  "api/main.js": `import fazt from "fazt";
    export default async () => {
      console.log("called");
      await fazt.storage.kv.set("k", 1);
      await fazt.storage.rd.define("t", { columns: { x: "integer" } });
      return { greeting: await fazt.env.get("GREETING", "none") };
    };`,
  "api/tick.js": "export default () => {};",
  "api/broken.js": "export default () => { throw new Error('no good') };",
};

Deno.test("every command about apps works on a peer, in JSON, or says why it does not", async (t) => {
  const noGit = gitMissing();
  await using git = noGit === undefined ? await startGitServer() : undefined;
  await using far = await startNode({
    settings: {
      "limits.global.memoryMb": "2048",
      ...(git === undefined ? {} : { "sources.privateHosts": git.host }),
    },
  });
  const cwd = await Deno.makeTempDir({ prefix: "fazt-near-" });
  const db = `${cwd}/near.db`;
  const done = new Set<string>();
  let turn = 0;

  /** A command line to the peer, named in the one way or the other. */
  const line = (command: string, args: readonly string[]) => {
    done.add(command);
    const words = [...command.split(" "), ...args, "--json"];
    return turn++ % 2 === 0 ? ["@far", ...words] : [...words, "--to", "far"];
  };
  // deno-lint-ignore no-explicit-any -- whatever shape the command prints
  const run = async (command: string, ...args: string[]): Promise<any> => {
    const ran = await cliHere({ db, cwd }, ...line(command, args));
    assert.equal(ran.code, 0, `fazt ${command}: ${ran.stderr}`);
    try {
      return JSON.parse(ran.stdout);
    } catch {
      assert.fail(`fazt ${command} prints no JSON: ${ran.stdout}`);
    }
  };
  /** A command without an end: its lines, until one is as told. */
  const follow = async (command: string, args: string[], wanted: RegExp) => {
    const io = new FakeIo({ env: { FAZT_DB: db, NO_COLOR: "1" }, cwd });
    const ended = main(line(command, args), io);
    await until(() => wanted.test(io.stdout.text), 60_000);
    io.interrupt();
    await ended;
    for (const text of io.stdout.text.trim().split("\n")) JSON.parse(text);
  };
  const write = (text: string) => Deno.writeTextFile(`${cwd}/site/index.html`, text);

  try {
    for (const [path, text] of Object.entries(SITE)) {
      await Deno.mkdir(`${cwd}/site/${path.split("/").slice(0, -1).join("/")}`, {
        recursive: true,
      });
      await Deno.writeTextFile(`${cwd}/site/${path}`, text);
    }
    const added = await cliHere(
      { db, cwd },
      ...["peer", "add", "far", "--url", far.url, "--token", far.token],
    );
    assert.equal(added.code, 0, added.stderr);

    await t.step("code and revisions", async () => {
      assert.equal((await run("app deploy", "site")).app.name, "site");
      assert.equal((await visit(far, "site", "/")).text, "one");
      await follow("app dev", ["site"], /"type":"deploy"/);
      await write("two");
      const preview = await run("app deploy", "site", "--preview");
      assert.equal(preview.preview.revision, 2);
      assert.equal((await run("app preview", "site", "--expires", "1d")).revision, 2);
      assert.equal(
        (await run("app diff", "site", "--to-revision", "2")).files[0].path,
        "index.html",
      );
      assert.equal((await run("app promote", "site")).revision.n, 2);
      assert.equal((await visit(far, "site", "/")).text, "two");
      assert.equal((await run("app rollback", "site")).revision.n, 1);
      assert.equal((await run("app revisions", "site")).length, 2);
      assert.equal((await run("app info", "site")).app?.name ?? "site", "site");
      assert.ok((await run("app list")).some((app: { name: string }) => app.name === "site"));
      assert.ok((await run("app files", "site")).length > 3);
    });
    await t.step("running, configuration and schedule", async () => {
      await run("app env set", "site", "GREETING=hi");
      assert.equal((await run("app env list", "site"))[0].name, "GREETING");
      const answer = await run("app run", "site", "GET", "/api");
      assert.equal(atob(answer.body), JSON.stringify({ greeting: "hi" }));
      await run("app env unset", "site", "GREETING");
      assert.match(JSON.stringify(await run("app logs", "site")), /called/);
      await follow("app logs", ["site", "-f"], /called/);
      await run("app grants revoke", "site", "storage:ds");
      assert.deepEqual((await run("app grants show", "site")).pending, ["storage:ds"]);
      assert.deepEqual((await run("app grants approve", "site", "--yes")).pending, []);
      assert.equal((await run("app cron list", "site")).entries.length, 2);
      await run("app cron run", "site", "0", "-f");
      await run("app cron run", "site", "1");
      const dead = async () => (await run("app cron list", "site")).dead;
      await until(async () => (await dead()).length === 1, 30_000);
      const [{ id }] = await dead();
      await run("app cron retry", "site", id);
      await until(async () => (await dead()).length === 1, 30_000);
      await run("app cron remove", "site", (await dead())[0].id);
      assert.ok((await run("app cron history", "site")).length >= 2);
    });
    await t.step("copies and addresses", async () => {
      await run("app fork", "site", "--name", "copy", "--no-storage");
      assert.equal((await run("app lineage", "copy")).nodes.length, 2);
      await run("app link", "front", "site");
      await run("app swap", "front", "copy");
      await run("app split", "both", "site=50", "copy=50");
      await run("app reserve", "later");
      await run("app unlink", "later", "--yes");
      assert.ok((await run("alias list")).length >= 4);
      await run("alias info", "both");
      await run("app export", "site", "-o", "site.fazt");
      assert.ok((await Deno.stat(`${cwd}/site.fazt`)).size > 0);
      assert.equal((await run("app import", "site.fazt", "--name", "moved")).app.name, "moved");
      assert.equal((await run("app rename", "moved", "renamed")).name, "renamed");
      await run("app remove", "renamed", "--yes");
      assert.equal((await run("app list", "--removed"))[0].name, "renamed");
      await run("app restore", "renamed");
      assert.equal((await visit(far, "renamed", "/")).text, "one");
    });
    await t.step("from git, into a folder and back", async () => {
      await run("app pull", "site", "pulled");
      assert.equal(await Deno.readTextFile(`${cwd}/pulled/index.html`), "one");
      if (git === undefined) {
        for (const name of ["install", "upgrade", "outdated"]) done.add(`app ${name}`);
        return console.log(`installs are skipped: ${noGit}`);
      }
      const repo = await makeRepo(git, "apps");
      await repo.commit(appFiles("notes", { name: "notes", version: "1.0.0" }));
      const installed = await run("app install", `${repo.url}#notes`, "--yes");
      assert.equal(installed.app.name, "notes");
      await repo.commit(appFiles("notes", { name: "notes", version: "2.0.0" }, "two"));
      assert.equal((await run("app outdated"))[0].outdated, true);
      assert.equal((await run("app upgrade", "notes", "--check")).outdated, true);
      await run("app upgrade", "notes", "--yes");
      assert.equal((await visit(far, "notes", "/")).text, "two");
    });
    await t.step("what stands beside apps", async () => {
      const rows: readonly (readonly [string, ...string[]])[] = [
        ["server status"],
        ["server cells"],
        ["server create-key", "ci"],
        ["server set-credentials"],
        ["config set", "logs.keepDays", "9"],
        ["config get", "logs.keepDays"],
        ["config list", "logs"],
        ["config unset", "logs.keepDays"],
        ["secret set", "TOKEN", "--value", "x"],
        ["secret list"],
        ["secret remove", "TOKEN", "--yes"],
        ["net allow add", "example.com"],
        ["net allow list"],
        ["net allow remove", "example.com", "--yes"],
        ["net logs"],
        ["net limits"],
        ["net cache clear"],
        ["fs ls", "site"],
        ["fs cid", "site"],
        ["storage usage"],
        ["storage kv set", "site", "a", "1"],
        ["storage kv get", "site", "a"],
        ["storage kv list", "site"],
        ["storage kv delete", "site", "a"],
        ["storage ds insert", "site", "c", '{"x": 1}'],
        ["storage ds find", "site", "c"],
        ["storage ds collections", "site"],
        ["storage ds update", "site", "c", "{}", '{"x": 2}'],
        ["storage ds delete", "site", "c", '{"x": 2}'],
        ["storage ds drop", "site", "c", "--yes"],
        ["storage rd tables", "site"],
        ["storage rd query", "site", "SELECT 1 AS x"],
        ["storage s3 put", "site", "site/index.html", "a.html"],
        ["storage s3 list", "site"],
        ["storage s3 delete", "site", "a.html", "--yes"],
        ["market list"],
        ["market search", "notes"],
        ["logs list"],
        ["logs stats"],
        ["analytics show", "site"],
        ["redirect list"],
        ["user list"],
        ["events list"],
        ["events emit", "site", "thing"],
        ["events deliveries"],
        ["sandbox exec", "-e", "1 + 1"],
        ["sandbox validate", "-e", "1 + 1"],
        ["sql", "SELECT 1 AS x"],
        ["backup create", "--plain"],
        ["backup list"],
        ["backup verify", "latest"],
        ["backup remove", "latest", "--yes"],
        ["peer status", "far"],
        ["mcp", "--config"],
      ];
      for (const [command, ...args] of rows) {
        const { local } = await loadCommand(command);
        if (local !== undefined || command === "peer status") {
          done.add(command);
          continue;
        }
        await run(command, ...args);
      }
    });
    await t.step("what is of this machine alone says so", async () => {
      for (const name of Object.keys(COMMANDS)) {
        const { local, args = [], flags } = await loadCommand(name);
        if (local === undefined) continue;
        done.add(name);
        const words = args.filter((arg) => arg.startsWith("<")).map(() => "x");
        const ran = await cliHere({ db, cwd }, "@far", ...name.split(" "), ...words);
        assert.equal(ran.code, 2, name);
        assert.ok(ran.stderr.includes(`Cannot run fazt ${name} on far: ${local}`), ran.stderr);
        assert.match(ran.stderr, /hint: fazt .* without @far/);
        if (flags?.to === undefined) {
          const to = await cliHere({ db, cwd }, ...name.split(" "), ...words, "--to", "far");
          assert.equal(to.code, 2, name);
        }
      }
    });
    await t.step("no command about apps was left out", () => {
      const left = Object.keys(COMMANDS)
        .filter((name) => /^(?:app|alias) /.test(name) && !done.has(name));
      assert.deepEqual(left, [], "add them here, or declare why they are local");
    });
    await t.step("a peer that is not there, or does not let us in, is told as JSON", async () => {
      const weak = (await api(far, "POST", "/api/keys", { body: { name: "r", scopes: ["read"] } }))
        .data.token;
      for (
        const [name, url, token] of [
          ["gone", "http://127.0.0.1:1", "x"],
          ["weak", far.url, weak],
          ["wrong", far.url, `fazt_${"1".repeat(40)}`],
        ] as const
      ) {
        await cliHere({ db, cwd }, "peer", "add", name, "--url", url, "--token", token);
      }
      for (
        const [peer, code, exit] of [
          ["gone", "UNREACHABLE", 5],
          ["weak", "FORBIDDEN", 4],
          ["wrong", "UNAUTHORIZED", 4],
          ["nobody", "NOT_FOUND", 3],
        ] as const
      ) {
        const ran = await cliHere({ db, cwd }, `@${peer}`, "app", "deploy", "site", "--json");
        assert.deepEqual([ran.code, ran.stdout], [exit, ""], peer);
        const last = ran.stderr.trim().split("\n").at(-1)!;
        assert.equal(JSON.parse(last).error.code, code);
        assert.equal(typeof JSON.parse(last).error.hint, "string");
      }
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
