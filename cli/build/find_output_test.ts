import assert from "node:assert/strict";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { FaztError } from "../../kernel/lib/fazt_error.ts";
import { inFolder } from "../testing/temp_folder.ts";
import { findOutput, pagesBefore } from "./find_output.ts";

/** Which folder is found after a build that wrote these files; the others lay there before. */
async function found(before: readonly string[], written: readonly string[]): Promise<string> {
  const old = Object.fromEntries(before.map((path) => [path, "old"]));
  return await inFolder({ "package.json": "{}", ...old }, async (folder) => {
    for (const path of before) utimesSync(join(folder, path), 1000, 1000);
    const pages = await pagesBefore(folder);
    for (const path of written) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), "new");
    }
    return relative(folder, await findOutput(folder, pages)) || ".";
  });
}

Deno.test("what a build filled is found by its name or because it is new", async (t) => {
  const cases: [string, string[], string[], string][] = [
    ["vite", ["index.html", "public/app.json"], ["dist/index.html"], "dist"],
    ["create-react-app", ["public/index.html"], ["build/index.html"], "build"],
    ["next", ["public/x"], ["out/index.html", "out/a/index.html"], "out"],
    ["nuxt", [], [".output/public/index.html", ".output/server/x"], ".output/public"],
    ["angular", [], ["dist/shop/browser/index.html"], "dist/shop/browser"],
    ["a server beside the pages", [], ["dist/client/index.html", "dist/server/x"], "dist/client"],
    ["hugo", ["content/x"], ["public/index.html"], "public"],
    ["a name of its own", ["docs/index.html"], ["site/index.html"], "site"],
    ["without pages", [], ["dist/app.json", "dist/api/main.js"], "dist"],
    ["the new one and an old one", ["build/index.html"], ["dist/index.html"], "dist"],
    ["nothing to do this time", ["dist/index.html"], [], "dist"],
    ["in its place", ["app.json", "index.html"], ["app.js"], "."],
  ];
  for (const [name, before, written, output] of cases) {
    await t.step(name, async () => assert.equal(await found(before, written), output));
  }
});

Deno.test("what cannot be found, or could be one of several, is asked for", async () => {
  const fails = (before: string[], written: string[], code: string, hint: RegExp) =>
    assert.rejects(
      found(before, written),
      (error: FaztError) => error.code === code && hint.test(error.hint!),
    );
  await fails(["index.html", "public/index.html"], [".next/x"], "NO_OUTPUT", /--prebuilt DIR/);
  await fails(["node_modules/x/index.html", "src/index.html"], [], "NO_OUTPUT", /--prebuilt/);
  await fails([], ["one/index.html", "two/index.html"], "UNSURE", /--prebuilt one/);
});
