import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "./main.ts";
import { FakeIo } from "./testing/fake_io.ts";
import { inFolder } from "./testing/temp_folder.ts";

async function run(cwd: string, ...args: string[]) {
  const io = new FakeIo({ env: { FAZT_DB: `${cwd}/none.db` }, cwd });
  return { code: await main(["skill", ...args], io), io };
}

Deno.test("the skill is written whole, again over itself, and never over another one", async () => {
  await inFolder({ "other/SKILL.md": "---\nname: other\n---\n" }, async (cwd) => {
    const first = await run(cwd, "--to", "skills/fazt", "--json");
    assert.equal(first.code, 0, first.io.stderr.text);
    const { files } = first.io.json<{ files: string[] }>();
    const text = readFileSync(join(cwd, "skills/fazt/SKILL.md"), "utf8");
    const [, head] = /^---\n([^]*?)\n---\n/.exec(text)!;
    const [name, description, ...rest] = head!.split("\n");
    assert.deepEqual([name, rest], ["name: fazt", []]);
    assert.match(description!, /^description: .{50,1000}$/);
    // Every file it speaks of is there.
    const named = [...text.matchAll(/`(reference\/[\w.]+)`/g)].map((match) => match[1]!);
    assert.ok(named.length > 5);
    for (const path of named) {
      assert.ok(files.includes(path), path);
      assert.ok(readFileSync(join(cwd, "skills/fazt", path), "utf8").length > 500, path);
    }
    writeFileSync(join(cwd, "skills/fazt/SKILL.md"), text.replace("Fazt is", "It was"));
    assert.equal((await run(cwd, "--to", "skills/fazt")).code, 0);
    assert.equal(readFileSync(join(cwd, "skills/fazt/SKILL.md"), "utf8"), text);

    const refused = await run(cwd, "--to", "other");
    assert.equal(refused.code, 1);
    assert.match(refused.io.stderr.text, /another skill is there\nhint: .*--force/);
    assert.equal((await run(cwd, "--to", "other", "--force")).code, 0);
    assert.equal((await run(cwd)).io.stdout.text, text);
  });
});
