import assert from "node:assert/strict";
import { violations } from "./rings.ts";

const judge = (file: string, specifier: string, doors: string[] = []) =>
  violations(file, `import { x } from "${specifier}";`, (path) => doors.includes(path)).length;

Deno.test("an import up the rings is found, one down is not", () => {
  assert.equal(judge("kernel/apps/a.ts", "../../runtime/host/mod.ts"), 1);
  assert.equal(judge("runtime/host/a.ts", "../../cli/x.ts"), 1);
  assert.equal(judge("runtime/host/a.ts", "../../kernel/lib/ids.ts"), 0);
  assert.equal(judge("cli/a.ts", "../runtime/host/mod.ts"), 0);
});

Deno.test("inside the kernel lib, db and config stand below the rest", () => {
  assert.equal(judge("kernel/lib/a.ts", "../db/mod.ts"), 1);
  assert.equal(judge("kernel/db/a.ts", "../fs/mod.ts"), 1);
  assert.equal(judge("kernel/fs/a.ts", "../kernel.ts"), 1);
  assert.equal(judge("kernel/fs/a.ts", "../db/mod.ts"), 0);
});

Deno.test("a folder with a door is entered by it", () => {
  const doors = ["kernel/fs/mod.ts"];
  assert.equal(judge("kernel/apps/a.ts", "../fs/vfs.ts", doors), 1);
  assert.equal(judge("kernel/apps/a.ts", "../fs/mod.ts", doors), 0);
  assert.equal(judge("kernel/fs/a.ts", "./vfs.ts", doors), 0);
});
