import assert from "node:assert/strict";
import { FLAGS, folderOf, ROOT, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

const APP = {
  "app.json": '{"name":"site","permissions":[]}',
  ".gitignore": "build\n",
  "index.html": "first",
  "api/main.ts": `export default () => { console.log("asked"); return "code 1"; };`,
};

/** `fazt app dev` in a process of its own. */
class Dev implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  stdout = "";
  stderr = "";

  constructor(node: Pick<TestNode, "db">, ...args: string[]) {
    this.child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...FLAGS, `${ROOT}main.ts`, "app", "dev", ...args],
      env: { FAZT_DB: node.db, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#read("stdout");
    this.#read("stderr");
  }

  /** Lines of `--json`. */
  // deno-lint-ignore no-explicit-any -- tests look at whatever shape the command prints
  get items(): any[] {
    return this.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** Presses Ctrl-C. */
  async interrupt(): Promise<number> {
    this.child.kill("SIGINT");
    return (await this.child.status).code;
  }

  async #read(name: "stdout" | "stderr"): Promise<void> {
    for await (const text of this.child[name].pipeThrough(new TextDecoderStream())) {
      this[name] += text;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await this.child.status;
  }
}

const shows = async (node: TestNode, path: string, text: string) =>
  (await visit(node, "site", path)).text === text;

Deno.test("app dev puts every change online and leaves what works there when one is broken", async () => {
  await using node = await startNode();
  const folder = await folderOf(APP);
  const write = (path: string, text: string) => Deno.writeTextFile(`${folder}/${path}`, text);
  try {
    await using dev = new Dev(node, folder);
    const said = (what: RegExp) => until(() => what.test(dev.stdout));
    await said(
      /deployed {2}site revision 1: 3 files, 3 sent, [\d.]+m?s {2}http:\/\/site\.localhost:\d+/,
    );
    assert.ok(await shows(node, "/", "first"));

    await write("index.html", "second");
    await until(() => shows(node, "/", "second"));
    await said(/revision 2: 3 files, 1 sent/);

    await write("api/main.ts", `export default () => {\n  return "code 2" +;\n};`);
    await until(() => /^ {2}api\/main\.ts:2:\d+: /m.test(dev.stderr));
    await write("index.html", "third");
    await write("api/main.ts", `export default () => {\n\n  return "code 2" +;\n};`);
    await until(() => /^ {2}api\/main\.ts:3:\d+: /m.test(dev.stderr));
    assert.ok(await shows(node, "/", "second"));
    assert.ok(await shows(node, "/api", "code 1"));
    assert.equal(dev.stderr.match(/^ {2}api\/main\.ts:2:/gm)!.length, 1);

    await write("api/main.ts", `export default () => { console.log("asked"); return "code 2"; };`);
    await until(() => shows(node, "/api", "code 2"));
    assert.ok(await shows(node, "/", "third"));
    await until(async () => {
      // Until the stream is open nothing of the past is shown.
      await visit(node, "site", "/api");
      return /info {3}asked/.test(dev.stdout);
    });

    // What a build tool does: its folder goes and comes again.
    await Deno.mkdir(`${folder}/css/deep`, { recursive: true });
    await write("css/deep/a.css", "a");
    await until(() => shows(node, "/css/deep/a.css", "a"));
    await Deno.remove(`${folder}/css`, { recursive: true });
    await until(async () => (await visit(node, "site", "/css/deep/a.css")).status === 404);
    await Deno.mkdir(`${folder}/css/deep`, { recursive: true });
    await write("css/deep/a.css", "b");
    await until(() => shows(node, "/css/deep/a.css", "b"));
    await write("css/deep/a.css", "c");
    await until(() => shows(node, "/css/deep/a.css", "c"));

    assert.equal(await dev.interrupt(), 0);
    assert.doesNotMatch(dev.stderr, /interrupted|INTERNAL/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("app dev --json prints a line for every deploy, error and log entry", async () => {
  await using node = await startNode();
  const folder = await folderOf(APP);
  try {
    await using dev = new Dev(node, folder, "--name", "draft", "--json");
    const types = () => dev.items.map((item) => item.type);
    await until(() => types().includes("deploy"));
    assert.equal(dev.items[0].app.name, "draft");
    assert.equal((await visit(node, "draft", "/api")).text, "code 1");
    await until(async () => {
      // Until the stream is open nothing of the past is shown.
      await visit(node, "draft", "/api");
      return dev.items.some((item) => item.type === "log" && item.message.trim() === "asked");
    });
    await Deno.writeTextFile(`${folder}/app.json`, `{"name": "site", "permisions": []}`);
    await until(() => types().includes("error"));
    const { error } = dev.items.find((item) => item.type === "error");
    assert.equal(error.code, "MANIFEST_INVALID");
    assert.match(error.details[0].message, /permissions/);
    await Deno.writeTextFile(`${folder}/app.json`, APP["app.json"]);
    await until(() => types().filter((type) => type === "deploy").length === 2);
    assert.equal(dev.items.findLast((item) => item.type === "deploy").unchanged, true);
    assert.equal(await dev.interrupt(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("app dev finds its node again after a restart", async () => {
  const folder = await folderOf(APP);
  const db = `${folder}-node/data.db`;
  await Deno.mkdir(`${folder}-node`);
  try {
    const before = await startNode({ db, settings: { "server.drainSeconds": "1" } });
    await using dev = new Dev(before, folder);
    await until(() => /revision 1/.test(dev.stdout));
    await before[Symbol.asyncDispose]();
    await Deno.writeTextFile(`${folder}/index.html`, "second");
    await until(() => /Cannot reach/.test(dev.stderr));
    await using after = await startNode({ db });
    await until(() => shows(after, "/", "second"));
    assert.equal(dev.stderr.match(/Cannot reach/g)!.length, 1);
    assert.equal(await dev.interrupt(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(`${folder}-node`, { recursive: true });
  }
});

Deno.test("app dev ends at once where no change could help", async () => {
  const folder = await folderOf(APP);
  try {
    await using lonely = new Dev({ db: `${folder}/none.db` }, folder);
    assert.equal((await lonely.child.status).code, 5);
    await using lost = new Dev({ db: `${folder}/none.db` }, `${folder}/nowhere`);
    assert.equal((await lost.child.status).code, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
