import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { TEMPLATE_NAMES, templateFiles } from "./templates.ts";
import { inFolder } from "./testing/temp_folder.ts";

const SERVER_TEMPLATES = TEMPLATE_NAMES.filter((kind) =>
  "api/main.ts" in templateFiles(kind, "my-app")
);

/** What the type checker says of a folder as its `tsconfig.json` describes it. */
async function typeCheck(files: Readonly<Record<string, string>>): Promise<string> {
  return await inFolder(files, async (cwd) => {
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      // Types of libraries come from Deno's cache, as the node's own do.
      args: ["check", "--quiet", "--node-modules-dir=none"],
      cwd,
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stderr);
  });
}

for (const kind of SERVER_TEMPLATES) {
  Deno.test(`the template ${kind} fits the types it brings along`, async () => {
    const files = templateFiles(kind, "my-app");
    assert.equal(await typeCheck(files), "");
    const wrong = `${files["api/main.ts"]}\nfazt.storage.kv.gett("x");\n`;
    assert.match(await typeCheck({ ...files, "api/main.ts": wrong }), /TS2551.*'gett'/);
  });
}

Deno.test("templates ask for the library versions that nodes have", () => {
  const imports: Readonly<Record<string, string>> = config.imports;
  for (const kind of SERVER_TEMPLATES) {
    const text = templateFiles(kind, "my-app")["package.json"];
    if (text === undefined) continue;
    const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
    for (const [name, version] of Object.entries(devDependencies)) {
      assert.equal(`npm:${name}@${version}`, imports[name], `${kind}: ${name}`);
    }
  }
});

Deno.test("nothing of a template's own name is left in an app", () => {
  for (const kind of TEMPLATE_NAMES) {
    for (const [path, text] of Object.entries(templateFiles(kind, "shop"))) {
      assert.doesNotMatch(text, /my-app/, `${kind}: ${path}`);
    }
  }
});
