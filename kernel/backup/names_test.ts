import assert from "node:assert/strict";
import { backupId, isBackupId, timeOf } from "./names.ts";

const NODE = "node_dgcbtzqu924d";
const AT = Date.UTC(2026, 10, 22, 20, 4, 1, 123);

Deno.test("an id says when its backup was made and of which node", () => {
  const id = backupId(AT, NODE, undefined);
  assert.equal(id, "20261122-200401-123-924d");
  assert.equal(timeOf(id), AT);
  assert.equal(isBackupId(id), true);
  assert.equal(isBackupId("20261122"), false);
});

Deno.test("ids are unique and in order even when the clock stands still or goes back", () => {
  const ids: string[] = [];
  for (const now of [AT, AT, AT + 5, AT - 3_600_000, AT - 86_400_000, AT + 5, AT + 90_000]) {
    ids.push(backupId(now, NODE, ids.at(-1)));
  }
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(timeOf(ids.at(-1)!), AT + 90_000);
});
