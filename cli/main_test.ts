import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "./main.ts";
import { FakeIo } from "./testing/fake_io.ts";
import { anApp, errorAnswer, FakeNode } from "./testing/fake_node.ts";

const nowhere = join(mkdtempSync(join(tmpdir(), "fazt-none-")), "data.db");

async function run(line: string, env: Record<string, string> = {}) {
  const io = new FakeIo({ env: { FAZT_DB: nowhere, ...env } });
  const code = await main(line.split(" ").filter((word) => word !== ""), io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

interface Row {
  readonly line: string;
  readonly code: number;
  readonly out?: RegExp;
  readonly err?: RegExp;
}

const LINES: readonly Row[] = [
  { line: "", code: 0, out: /Addresses/ },
  { line: "--help", code: 0, out: /fazt help COMMAND/ },
  { line: "help app deploy", code: 0, out: /fazt app deploy \[folder\]/ },
  { line: "help app env", code: 0, out: /app env unset/ },
  { line: "help nonsense", code: 2, err: /no command "fazt nonsense"/ },
  { line: "app --help", code: 0, out: /app rollback/ },
  { line: "app", code: 2, err: /app rollback/ },
  { line: "app env", code: 2, err: /app env set/ },
  { line: "app deploy --help", code: 0, out: /--dry-run/ },
  { line: "--help deploy", code: 0, out: /--dry-run/ },
  { line: "version", code: 0, out: /^fazt \d+\.\d+\.\d+ / },
  { line: "--version", code: 0, out: /^fazt \d+\.\d+\.\d+ / },
  { line: "version --json", code: 0, out: /"version": "/ },
  { line: "--json version", code: 0, out: /"version": "/ },
  { line: "app lst", code: 2, err: /error: .*"fazt app lst"\nhint: did you mean fazt app list\?/ },
  { line: "deplyo", code: 2, err: /did you mean fazt deploy\?/ },
  { line: "version --jsno", code: 2, err: /no flag --jsno\nhint: did you mean --json\?/ },
  { line: "version --follow", code: 2, err: /takes no flag --follow/ },
  { line: "version extra", code: 2, err: /"extra" is one argument too many/ },
  { line: "app info", code: 2, err: /<app> is missing\nhint: fazt app info <app>/ },
  { line: "app env set blog", code: 2, err: /<NAME=value> is missing/ },
  { line: "app info --db", code: 2, err: /error: Cannot read the command line/ },
  { line: "app info x --id app_123456789abc", code: 2, err: /one argument too many/ },
  { line: "app info --id blog", code: 2, err: /as an app's id/ },
  { line: "app info --id app_123456789abc --alias x", code: 2, err: /both --id and --alias/ },
  { line: "@a app list --to b", code: 2, err: /both @a and --to b/ },
  { line: "@ app list", code: 2, err: /@ has no name/ },
  { line: "app list", code: 5, err: /none runs on .*\nhint: fazt server start/ },
  { line: "@prod app list", code: 3, err: /no peer "prod"\nhint: fazt peer add prod/ },
  { line: "app list --to prod", code: 3, err: /no peer "prod"/ },
  { line: "deploy", code: 2, err: /fazt app deploy \. for this one/ },
  { line: "peer add x", code: 2, err: /--url is missing/ },
  { line: "completion tcsh", code: 2, err: /bash, zsh, fish/ },
  { line: "app logs x --level loud", code: 2, err: /debug, info, warn, error/ },
  { line: "app rollback x two", code: 2, err: /"two" as a revision/ },
  { line: "app run x FETCH /api", code: 2, err: /no method "FETCH"/ },
  {
    line: "app cron lst",
    code: 2,
    err: /"fazt app cron lst"\nhint: did you mean fazt app cron list\?/,
  },
  { line: "events wach", code: 2, err: /did you mean fazt events watch\?/ },
  { line: "events list --since soon", code: 2, err: /"soon" as a time\nhint: write 30m/ },
  { line: "events emit shop sold -d {", code: 2, err: /--data: it is not JSON/ },
  { line: "app link www", code: 2, err: /either an app or --redirect/ },
];

for (const { line, code, out, err } of LINES) {
  Deno.test(`fazt ${line || "(nothing)"} ends with ${code}`, async () => {
    const result = await run(line);
    assert.equal(result.code, code, result.err);
    if (out) assert.match(result.out, out);
    else assert.equal(result.out, "");
    if (err) assert.match(result.err, err);
    else assert.equal(result.err, "");
  });
}

Deno.test("the database is --db, else FAZT_DB, else in the home directory", async () => {
  const home = { FAZT_DB: "", HOME: "/home/me" };
  assert.match((await run("app list", home)).err, /none runs on \/home\/me\/\.fazt\/data\.db/);
  assert.match((await run("app list", { FAZT_DB: "/a.db" })).err, /none runs on \/a\.db/);
  assert.match(
    (await run("--db /b.db app list", { FAZT_DB: "/a.db" })).err,
    /none runs on \/b\.db/,
  );
  assert.equal((await run("app list", { FAZT_DB: "" })).code, 2);
});

Deno.test("errors with --json are JSON on stderr and carry the code", async () => {
  const { err, out, code } = await run("app list --json");
  assert.equal(code, 5);
  assert.equal(out, "");
  assert.equal(JSON.parse(err).error.code, "UNREACHABLE");
});

Deno.test("a stack is shown only with FAZT_DEBUG=1", async () => {
  assert.doesNotMatch((await run("app list")).err, /\n\s+at /);
  assert.match((await run("app list", { FAZT_DEBUG: "1" })).err, /\n\s+at /);
});

const STATUSES = [[401, 4], [403, 4], [404, 3], [409, 1], [422, 1], [500, 1], [503, 1]] as const;
for (const [status, code] of STATUSES) {
  Deno.test(`an answer of ${status} ends with ${code}`, async () => {
    await using node = new FakeNode({
      "GET /api/apps": () => errorAnswer(status, "SOME", "It says no", { hint: "do this" }),
    });
    const result = await node.run(["app", "list"]);
    assert.equal(result.code, code);
    assert.equal(result.err, "error: It says no\nhint: do this\n");
  });
}

Deno.test("an error's details are listed", async () => {
  await using node = new FakeNode({
    "GET /api/apps": () =>
      errorAnswer(422, "INVALID", "No", {
        details: [{ path: "name", message: "is missing" }, {
          message: "bad",
          file: "a.ts",
          line: 3,
          column: 7,
        }],
      }),
  });
  assert.match((await node.run(["app", "list"])).err, / {2}name: is missing\n {2}a\.ts:3:7: bad\n/);
});

Deno.test("a hostile node cannot steer the terminal", async () => {
  const evil = "\x1b]0;owned\x07\x1b[2J\u202Egpj.exe\u009b31m";
  await using node = new FakeNode({
    "GET /api/apps": [anApp({ name: evil, url: evil })],
    "GET /api/aliases": () => errorAnswer(422, "X", evil, { hint: evil, details: [evil] }),
  });
  for (const line of [["app", "list"], ["app", "list", "--json"], ["alias", "list"]]) {
    const { out, err } = await node.run(line, { terminal: true, env: { NO_COLOR: "1" } });
    // deno-lint-ignore no-control-regex -- finding them is the purpose
    assert.doesNotMatch(out + err, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
  const { io } = await node.run(["app", "list", "--json"]);
  assert.equal(io.json<{ name: string }[]>()[0]!.name, evil);
});

Deno.test("colours are for terminals and NO_COLOR turns them off", async () => {
  const esc = "\x1b[";
  await using node = new FakeNode({ "GET /api/apps": [anApp()] });
  assert.ok((await node.run(["app", "list"], { terminal: true })).out.includes(esc));
  assert.ok(!(await node.run(["app", "list"])).out.includes(esc));
  const plain = await node.run(["app", "list"], { terminal: true, env: { NO_COLOR: "1" } });
  assert.ok(!plain.out.includes(esc));
});

Deno.test("a reader that goes away is no error", async () => {
  const io = new FakeIo({ env: { FAZT_DB: nowhere } });
  io.stdout.broken = true;
  assert.equal(await main(["help"], io), 0);
  assert.equal(io.stderr.text, "");
});

Deno.test("an interrupt ends a command that waits, without a stack", async () => {
  const entered = Promise.withResolvers<void>();
  await using node = new FakeNode({
    "GET /api/apps": () => {
      entered.resolve();
      return new Response(new ReadableStream());
    },
  });
  const io = new FakeIo({ env: { FAZT_DB: node.dbPath } });
  const done = main(["app", "list"], io);
  await entered.promise;
  io.interrupt();
  assert.equal(await done, 130);
  assert.equal(io.stderr.text, "interrupted\n");
});
