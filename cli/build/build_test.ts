import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeNode, jsonOf, type Seen } from "../testing/fake_node.ts";
import { inFolder } from "../testing/temp_folder.ts";

/** A node that has every blob and takes note of what it is sent. */
function receiver(): { node: FakeNode; paths: () => string[]; name: () => string } {
  const deploys: { name: string; files: { path: string }[] }[] = [];
  const node = new FakeNode({
    "POST /api/deploy": (seen: Seen) => {
      deploys.push(jsonOf(seen));
      const app = { name: deploys.at(-1)!.name };
      const data = { app, revision: { n: 1 }, url: "http://x", created: true, ms: 1, files: 1 };
      const rest = { size: 1, warnings: [], grants: { approved: [], pending: [] } };
      return Response.json({ data: { ...data, ...rest } }, { status: 201 });
    },
  });
  return {
    node,
    paths: () => deploys.at(-1)!.files.map(({ path }) => path),
    name: () => deploys.at(-1)!.name,
  };
}

const pack = (build: string, more: object = {}) =>
  JSON.stringify({ name: "x", scripts: { build }, ...more });
/** Works in every package manager's shell. */
const BUILD = "mkdir -p dist && cp index.html dist/index.html && echo built it";

/** Puts programs of these names on the path that write down how they were called. */
async function withPrograms(
  names: readonly string[],
  use: (log: () => string[]) => Promise<void>,
): Promise<void> {
  await inFolder({ "bin/x": "" }, async (folder) => {
    const log = join(folder, "log");
    for (const name of names) {
      const program = join(folder, "bin", name);
      writeFileSync(
        program,
        `#!/bin/sh\necho ${name} "$@" >> '${log}'\n` +
          'case "$*" in *build*) mkdir -p dist; echo page > dist/index.html;; esac\n',
      );
      chmodSync(program, 0o755);
    }
    const path = Deno.env.get("PATH")!;
    Deno.env.set("PATH", `${join(folder, "bin")}:${path}`);
    try {
      await use(() => existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
    } finally {
      Deno.env.set("PATH", path);
    }
  });
}

Deno.test("app deploy builds sources and ships what was built, with the app's own parts", async () => {
  const { node, paths, name } = receiver();
  await using _ = node;
  await inFolder({
    "shop/package.json": pack(BUILD),
    "shop/deno.lock": "{}",
    "shop/.gitignore": "dist\n",
    "shop/index.html": "<h1>sources</h1>",
    "shop/src/main.ts": "",
    "shop/app.json": '{"name": "my-shop"}',
    "shop/api/main.ts": "export default () => 1",
    "shop/api/node_modules/x": "",
    "shop/private/list.txt": "",
    "shop/.env": "SECRET",
  }, async (cwd) => {
    const { code, out, err } = await node.run(["deploy", "shop"], { cwd });
    assert.equal(code, 0, err);
    assert.match(err, /running deno task build in .*shop\n/);
    assert.doesNotMatch(err, /built it|warning/);
    assert.match(out, /built +with deno task build in .*; ships .*shop\/dist\n/);
    assert.deepEqual(paths(), ["api/main.ts", "app.json", "index.html", "private/list.txt"]);
    assert.equal(name(), "my-shop");
    // What the build made itself wins.
    mkdirSync(join(cwd, "shop/dist/api"));
    writeFileSync(join(cwd, "shop/dist/api/main.js"), "");
    const json = await node.run(["deploy", "shop", "--prebuilt", "dist", "--json"], { cwd });
    assert.deepEqual(paths(), ["api/main.js", "app.json", "index.html", "private/list.txt"]);
    assert.equal(
      json.io.json<{ build: { output: string } }>().build.output,
      join(cwd, "shop/dist"),
    );
    // As it is.
    await node.run(["deploy", "shop", "--no-build"], { cwd });
    assert.ok(paths().includes("src/main.ts"));
    // A dry run runs nothing.
    rmSync(join(cwd, "shop/dist"), { recursive: true });
    const dry = await node.run(["deploy", "shop", "--dry-run"], { cwd });
    assert.match(dry.err, /would build with deno task build \(deno\.lock\)/);
    assert.equal(existsSync(join(cwd, "shop/dist")), false);
  });
});

Deno.test("an app without a manifest has the name of its folder, not of its output", async () => {
  const { node, name } = receiver();
  await using _ = node;
  const files = {
    "blog/package.json": pack(BUILD),
    "blog/deno.lock": "{}",
    "blog/index.html": "x",
  };
  await inFolder(files, async (cwd) => {
    const { code, err } = await node.run(["deploy", "blog"], { cwd });
    assert.equal(code, 0, err);
    assert.equal(name(), "blog");
  });
});

Deno.test("a build that fails shows the end of what it said, and nothing is deployed", async () => {
  const { node } = receiver();
  await using _ = node;
  await inFolder({
    "package.json": pack("echo line one && echo a.ts:3 is wrong && exit 7"),
    "deno.lock": "{}",
  }, async (cwd) => {
    const { code, out, err } = await node.run(["deploy", "."], { cwd });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /error: Cannot build: deno task build ended with exit code 7\n/);
    assert.match(err, /a\.ts:3 is wrong\n/);
    assert.match(err, /hint: .*cd .* && deno task build/);
    assert.deepEqual(node.seen, []);
  });
});

Deno.test("every package manager is called in its own way, and fetches packages if told to", async (t) => {
  const { node } = receiver();
  await using _ = node;
  const managers: [string, string, string[]][] = [
    ["npm", "package-lock.json", ["npm ci", "npm run build"]],
    ["pnpm", "pnpm-lock.yaml", ["pnpm install --frozen-lockfile", "pnpm run build"]],
    ["yarn", "yarn.lock", ["yarn install --frozen-lockfile", "yarn run build"]],
    ["bun", "bun.lock", ["bun install --frozen-lockfile", "bun run build"]],
  ];
  for (const [manager, lock, calls] of managers) {
    await t.step(manager, () =>
      withPrograms([manager], (log) =>
        inFolder({
          "package.json": pack("anything", { devDependencies: { vite: "*" } }),
          [lock]: "",
          ".git/HEAD": "",
        }, async (cwd) => {
          const refused = await node.run(["deploy", ".", "--name", "x"], { cwd });
          assert.equal(refused.code, 1);
          assert.match(refused.err, new RegExp(`packages.*missing\nhint: .*${calls[0]}.*--yes`));
          assert.deepEqual(log(), []);
          const done = await node.run(["deploy", ".", "--name", "x", "--yes"], { cwd });
          assert.equal(done.code, 0, done.err);
          assert.deepEqual(log(), calls);
          // With its packages there nothing is fetched.
          mkdirSync(join(cwd, "node_modules"));
          await node.run(["deploy", ".", "--name", "x"], { cwd });
          assert.deepEqual(log(), [...calls, calls[1]]);
        })));
  }
});

Deno.test("what stands in the way of a build is said before anything runs", async () => {
  const { node } = receiver();
  await using _ = node;
  await inFolder({
    "broken/package.json": "{",
    "plain/package.json": '{"scripts": {"test": "exit 1"}}',
    "plain/index.html": "x",
    "site/package.json": pack(BUILD),
    "site/bun.lock": "",
    "site/index.html": "x",
  }, async (cwd) => {
    const says = async (args: string[], code: number, told: RegExp) => {
      const ran = await node.run(["deploy", ...args], { cwd });
      assert.equal(ran.code, code, ran.err);
      assert.match(ran.err, told);
    };
    await says(["broken"], 1, /package\.json: it is not a JSON object\nhint: .*--no-build/);
    await says(["plain"], 0, /^$/);
    await says(
      ["site", "--prebuilt", "dist"],
      3,
      /no such folder\nhint: --prebuilt names a folder/,
    );
    await says(["site", "--prebuilt", "dist", "--no-build"], 2, /both/);
    await says(["site.zip", "--no-build"], 2, /zip/);
    const path = Deno.env.get("PATH")!;
    try {
      Deno.env.set("PATH", "/nowhere");
      await says(["site"], 1, /there is no bun\nhint: install bun, .*--prebuilt DIR/);
    } finally {
      Deno.env.set("PATH", path);
    }
    assert.equal(existsSync(join(cwd, "site/dist")), false);
  });
});
