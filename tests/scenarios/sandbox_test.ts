import assert from "node:assert/strict";
import { api, assertRefused, cli, deploy, startNode, until, visit } from "../helpers/mod.ts";

const MAKER = {
  "app.json":
    '{"name":"maker","version":"1.2.3","permissions":["storage:kv","net:fetch:*.example"]}',
  "api/main.js": `import { sandbox } from "fazt";
  export default async (r) => {
    const { validate, ...options } = await r.json();
    try {
      if (validate !== undefined) return await sandbox.validate(validate);
      const { value, logs } = await sandbox.exec(options);
      return { value, date: value instanceof Date, logs };
    } catch ({ code, message, reason, line, column, stack, limit, logs }) {
      return { code, message, reason, line, column, stack, limit, logs };
    }
  }`,
};

Deno.test("apps and the owner run code with nothing but what it is given", async (t) => {
  await using node = await startNode({ settings: { "limits.sandbox.codeKb": "1" } });
  const made = await deploy(node, "maker", MAKER);
  assert.equal(made.status, 201, JSON.stringify(made.error));
  const ask = async (body: object) => {
    const answer = await visit(node, "maker", "/api", {
      method: "POST",
      body: JSON.stringify(body),
    });
    return JSON.parse(answer.text);
  };
  const exec = (body: object) => api(node, "POST", "/api/sandbox/exec", { body });

  await t.step("an app gets the value, with its types, and the log", async () => {
    const code = "console.warn('n is', input.n);\nnew Date(input.n)";
    const { value, date, logs } = await ask({ code, input: { n: 5 } });
    assert.deepEqual([value, date], ["1970-01-01T00:00:00.005Z", true]);
    assert.deepEqual(logs.map(({ level, message }: Record<string, string>) => [level, message]), [
      ["warn", "n is 5"],
    ]);
    const named = "[fazt.app.name, fazt.app.version]";
    assert.deepEqual((await ask({ code: named })).value, ["maker", "1.2.3"]);
  });
  await t.step("an error has its place in the code and what was logged before", async () => {
    const ran = await ask({
      code: "console.log('before');\nconst f = () => {\n  missing(1) };\nf()",
    });
    assert.equal(ran.code, "SANDBOX_ERROR");
    assert.equal(ran.reason, "ReferenceError: missing is not defined");
    assert.deepEqual([ran.line, ran.column, ran.logs[0].message], [3, 3, "before"]);
    assert.match(ran.stack, /^ReferenceError: .*\n {4}at f \(code:3:3\)\n {4}at code:4:1$/);
  });
  await t.step("code is read without being run", async () => {
    assert.deepEqual(await ask({ validate: "for (;;);" }), { valid: true, errors: [] });
    const { valid, errors } = await ask({ validate: "let a;\nlet b = = 2" });
    assert.deepEqual([valid, errors[0].line, errors[0].column], [false, 2, 9]);
  });
  await t.step("a capability opens the app's own storage, and only one it holds", async () => {
    const code = "await fazt.storage.kv.set('k', 7); return await fazt.storage.kv.get('k')";
    const given = { code, capabilities: ["storage:kv"] };
    assert.equal((await ask(given)).value, 7);
    assert.match((await ask({ code })).message, /kv.set: the sandbox was not given storage:kv/);
    assert.equal((await ask({ code, capabilities: ["storage:ds"] })).code, "SANDBOX_PERMISSION");
    assert.equal((await exec({ ...given, app: "maker" })).data.value, 7);
    assertRefused(await exec(given), {
      status: 403,
      code: "SANDBOX_PERMISSION",
      message: /storage:kv/,
      hint: /--app/,
    });
  });
  await t.step("a host is open where the app and the capability open it", async () => {
    const grant = "net:fetch:*.example";
    const body = { approve: [grant] };
    assert.equal((await api(node, "POST", "/api/apps/maker/grants", { body })).status, 200);
    const fetching = (...capabilities: string[]) =>
      ask({ code: "await fetch('https://b.example/')", capabilities });
    assert.match((await fetching()).message, /net.fetch: the sandbox was not given net:fetch/);
    const other = await fetching("net:fetch:a.example");
    assert.match(other.message, /net:fetch:b.example is not granted/);
    assert.match((await fetching("net:fetch:b.example")).message, /Cannot reach b.example/);
    assert.doesNotMatch((await fetching(grant)).message, /granted/);
    assert.equal((await fetching("net:fetch")).code, "SANDBOX_PERMISSION");
  });
  await t.step("limits are told with what was asked and what there is", async () => {
    const long = await ask({ code: `// ${"x".repeat(2000)}` });
    assert.deepEqual([long.code, long.limit], ["SANDBOX_SIZE", "sandbox.codeKb"]);
    assert.match(long.message, /2003 bytes, sandbox.codeKb is 1024/);
    for (const asked of [{ timeout: "61s" }, { memoryMb: 257 }]) {
      const { code, limit } = await ask({ code: "1", ...asked });
      assert.deepEqual([code, /^sandbox\./.test(limit)], ["INVALID", true]);
    }
    assert.equal((await ask({ code: "1", memory: 5 })).code, "INVALID", "a mistyped option");
    assert.equal(
      (await ask({ code: "new Array(4e6).fill(1.5).length", memoryMb: 128 })).value,
      4e6,
    );
  });
  await t.step("whoever is no administrator may not", async () => {
    const scope = "deploy";
    const key = await api(node, "POST", "/api/keys", { body: { name: "k", scopes: [scope] } });
    assert.equal(key.status, 201, JSON.stringify(key.error));
    const { token } = key.data;
    for (const path of ["exec", "validate"]) {
      const answer = await api(node, "POST", `/api/sandbox/${path}`, {
        body: { code: "1" },
        token,
      });
      assert.equal(answer.status, 403);
    }
  });
  await t.step("the command line prints the value, and the log beside it", async () => {
    const ran = await cli(
      node,
      "sandbox",
      "exec",
      "-e",
      "console.log('x'); ({ a: input })",
      "--input",
      "[1]",
    );
    assert.deepEqual([ran.code, JSON.parse(ran.stdout), ran.stderr], [0, { a: [1] }, "info  x\n"]);
    const failed = await cli(node, "sandbox", "exec", "-e", "console.log('x'); y");
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^info {2}x\nerror: .*y is not defined \(line 1, column 19\)/);
    const file = await Deno.makeTempFile({ suffix: ".js" });
    try {
      await Deno.writeTextFile(file, "import a from 'b';");
      const read = await cli(node, "sandbox", "validate", file);
      assert.equal(read.code, 1);
      assert.ok(read.stdout.startsWith(`${file}:1:1 Cannot import`), read.stdout);
    } finally {
      await Deno.remove(file);
    }
  });
  await t.step("what a person ran is on record", async () => {
    await until(async () => {
      const { data } = await api(node, "GET", "/api/activity?limit=100");
      const rows = data.filter(({ action }: { action: string }) => action === "sandbox.exec");
      return rows.some(({ target }: { target: string }) => target === "maker") && rows.length >= 4;
    });
  });
});
