import assert from "node:assert/strict";
import { checkDatabase } from "./maintenance.ts";
import { withDb } from "./testing/fixture.ts";
import { put } from "./testing/operations.ts";

Deno.test(
  "a sound database is said to be so",
  withDb(async (f) => {
    const db = await f.open();
    await db.write(put, { key: "a", value: "v" });
    assert.deepEqual(await db.background(checkDatabase, {}), ["ok"]);
  }),
);

Deno.test(
  "a damaged page is found",
  withDb(async (f) => {
    const db = await f.open();
    for (let i = 0; i < 50; i++) await db.write(put, { key: `k${i}`, value: "x".repeat(1000) });
    const page = db.reader.get<{ page_size: number }>("PRAGMA page_size")!.page_size;
    const root = db.reader.get<{ rootpage: number }>(
      "SELECT rootpage FROM sqlite_master WHERE name = 'node'",
    )!.rootpage;
    await db.close();
    const file = await Deno.open(f.path, { write: true });
    // Past the page's header: the cells it points to are nonsense.
    await file.seek((root - 1) * page + 12, Deno.SeekMode.Start);
    await file.write(new Uint8Array(200).fill(0xa5));
    file.close();
    const damaged = await f.open();
    const found = await damaged.background(checkDatabase, {});
    assert.notDeepEqual(found, ["ok"]);
    assert.ok(found.length <= 20 && found.length > 0);
  }),
);
