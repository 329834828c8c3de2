import assert from "node:assert/strict";
import { type Answer, cliIn, startNode, type TestNode, visit } from "../helpers/mod.ts";

const json = (answer: Answer) => JSON.parse(answer.text);
const post = (body: unknown) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** What each template does once it is online, as a visitor sees it. */
const USES: Readonly<Record<string, (node: TestNode, app: string) => Promise<void>>> = {
  async static(node, app) {
    const page = await visit(node, app, "/");
    assert.match(page.text, new RegExp(`<h1>${app}</h1>`));
    assert.equal((await visit(node, app, "/style.css")).status, 200);
    const missing = await visit(node, app, "/nowhere");
    assert.equal(missing.status, 404);
    assert.match(missing.text, /Nothing is here/);
  },
  async api(node, app) {
    assert.match((await visit(node, app, "/")).text, new RegExp(`<h1>${app}</h1>`));
    for (const text of ["first", "second"]) {
      assert.equal((await visit(node, app, "/api/notes", post({ text }))).status, 201);
    }
    const refused = await visit(node, app, "/api/notes", post({ text: "" }));
    assert.equal(refused.status, 400);
    assert.match(json(refused).error, /text/);
    const [newest] = json(await visit(node, app, "/api/notes")).notes;
    const remove = () => visit(node, app, `/api/notes/${newest.id}`, { method: "DELETE" });
    assert.equal((await remove()).status, 204);
    assert.equal((await remove()).status, 404);
    const { notes } = json(await visit(node, app, "/api/notes"));
    assert.equal(notes.length, 1);
    assert.notEqual(notes[0].text, newest.text);
  },
  async tool(node, app) {
    assert.equal((await visit(node, app, "/")).status, 404);
    assert.deepEqual(json(await visit(node, app, "/api/cups")), { name: "cups", count: 0 });
    await visit(node, app, "/api/cups?by=2", { method: "POST" });
    assert.equal(json(await visit(node, app, "/api/cups", { method: "POST" })).count, 3);
    assert.equal((await visit(node, app, "/api/cups?by=x")).status, 400);
  },
  async hono(node, app) {
    assert.equal(json(await visit(node, app, "/api")).app, app);
    const vote = await visit(node, app, "/api/votes", post({ choice: "tea" }));
    assert.deepEqual([vote.status, json(vote)], [201, { choice: "tea", votes: 1 }]);
    assert.equal((await visit(node, app, "/api/votes", post({ choice: "milk" }))).status, 400);
    assert.deepEqual(json(await visit(node, app, "/api/votes")), { tea: 1, coffee: 0 });
    assert.equal((await visit(node, app, "/api/nowhere")).status, 404);
  },
  async cron(node, app) {
    const run = json(await visit(node, app, "/api", { method: "POST" }));
    assert.deepEqual([run.n, run.trigger], [1, "http"]);
    assert.deepEqual(json(await visit(node, app, "/api")).runs, [run]);
  },
};

Deno.test("every template is created, deployed and used", async (t) => {
  await using node = await startNode();
  const cwd = await Deno.makeTempDir({ prefix: "fazt-templates-" });
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await cliIn(cwd, node, ...args);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    return stdout;
  };
  try {
    const listed = JSON.parse(await run("app", "create", "--list", "--json"));
    const kinds: string[] = listed.map((one: { name: string }) => one.name);
    assert.deepEqual(kinds.toSorted(), [...Object.keys(USES), "spa"].toSorted());
    for (const kind of Object.keys(USES)) {
      await t.step(kind, async () => {
        const app = `my-${kind}`;
        const next = await run("app", "create", app, "--template", kind);
        assert.match(next, new RegExp(`^  fazt app deploy ${app}$`, "m"));
        await run("app", "deploy", app);
        await USES[kind]!(node, app);
        // What only editors read stays with the author.
        for (const path of ["/fazt.d.ts", "/tsconfig.json", "/package.json", "/.faztignore"]) {
          assert.equal((await visit(node, app, path)).status, 404, path);
        }
      });
    }
    await t.step("spa", async () => {
      await run("app", "create", "my-spa", "--template", "spa");
      const folder = `${cwd}/my-spa`;
      if (!await npm(folder, "install", "--no-audit", "--no-fund")) {
        return console.log("skipped: the npm registry does not answer, so Vite is not there");
      }
      // Sources go in, what Vite makes of them goes online.
      const deployed = await cliIn(cwd, node, "app", "deploy", "my-spa");
      assert.equal(deployed.code, 0, deployed.stderr);
      assert.match(deployed.stdout, /built +with npm run build in .*dist/);
      const page = await visit(node, "my-spa", "/about");
      assert.equal(page.status, 200);
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.text)![1]!;
      const code = await visit(node, "my-spa", script);
      assert.match(code.text, /A page of its own address/);
      assert.equal((await visit(node, "my-spa", "/src/main.ts")).status, 404);
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("a template never writes over what is there, unless told to", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "fazt-templates-" });
  const run = (...args: string[]) => cliIn(cwd, { db: `${cwd}/none.db` }, "app", "create", ...args);
  try {
    await Deno.mkdir(`${cwd}/site`);
    await Deno.writeTextFile(`${cwd}/site/index.html`, "mine");
    const refused = await run("site");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /not empty[^]*hint: .*--force/);
    assert.equal(await Deno.readTextFile(`${cwd}/site/index.html`), "mine");
    const forced = await run("site", "--force");
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(await Deno.readTextFile(`${cwd}/site/index.html`), /<h1>site<\/h1>/);
    const unknown = await run("other", "--template", "hno");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /did you mean hono\?/);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

/** Runs npm; false when it failed. */
async function npm(cwd: string, ...args: string[]): Promise<boolean> {
  const stop = AbortSignal.timeout(90_000);
  const options = { args, cwd, stdout: "null", stderr: "null", signal: stop } as const;
  try {
    return (await new Deno.Command("npm", options).output()).success;
  } catch {
    return false;
  }
}
