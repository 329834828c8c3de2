import assert from "node:assert/strict";
import { fuzzyFilter, fuzzyScore } from "./fuzzy.ts";

Deno.test("whole words come before scattered letters, and misses fall out", () => {
  const names = ["Settings", "System limits", "Backups", "my-settings-app"];
  assert.deepEqual(fuzzyFilter("set", names, (x) => x).slice(0, 2), [
    "Settings",
    "my-settings-app",
  ]);
  assert.equal(fuzzyScore("xyz", "Backups"), undefined);
  assert.deepEqual(fuzzyFilter("sl", names, (x) => x)[0], "System limits");
});
