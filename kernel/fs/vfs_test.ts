import fc from "fast-check";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { type AppsFixture, manifest, OWNER, withApps } from "../apps/testing.ts";
import { Connection } from "../db/mod.ts";
import { sameBytes } from "../lib/testing/same_bytes.ts";
import { cidOf } from "./cid.ts";
import { CHUNK_BYTES } from "./file_dag.ts";
import { Vfs } from "./vfs.ts";

const HOUR = 3_600_000;
const LONG = "some text that is worth compressing. ".repeat(100);
const text = (value: string) => new TextEncoder().encode(value);

/** A filesystem whose clock is the fixture's. */
const vfsOf = (t: AppsFixture) => new Vfs({ db: t.db, settings: t.settings, clock: () => t.now });

function sample(length: number, seed = 31): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 8)) & 255);
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}

/** Changes rows behind the node's back, as damage does. */
function damage(t: AppsFixture, sql: string, ...params: (string | number)[]): void {
  const connection = new Connection(t.db.path);
  connection.run(sql, ...params);
  connection.close();
}

Deno.test(
  "what is put is read back whole, its size known, and nothing else is",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    for (const size of [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
      const bytes = sample(size);
      const cid = cidOf(bytes);
      assert.deepEqual([vfs.size(cid), vfs.read(cid)], [undefined, undefined]);
      assert.deepEqual(await vfs.putBytes(bytes), { cid, size });
      assert.equal(vfs.size(cid), size);
      sameBytes(vfs.read(cid), bytes);
      sameBytes(await collect(vfs.stream(cid)), bytes);
    }
    const absent = cidOf(text("absent"));
    assert.deepEqual(vfs.missing([absent, cidOf(sample(1)), absent]), [absent, absent]);
    assert.equal((await collect(vfs.stream(absent))).length, 0);
  }),
);

Deno.test(
  "any part of a blob can be streamed",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    const bytes = sample(3 * CHUNK_BYTES + 17);
    const { cid } = await vfs.putBytes(bytes);
    const border = fc.oneof(
      fc.nat(bytes.length + 10),
      fc.tuple(fc.nat(3), fc.integer({ min: -2, max: 2 })).map(([n, d]) =>
        Math.max(0, n * CHUNK_BYTES + d)
      ),
    );
    await fc.assert(
      fc.asyncProperty(border, border, async (start, end) => {
        const part = await collect(vfs.stream(cid, { start, end }));
        sameBytes(part, bytes.subarray(start, Math.max(start, end)));
      }),
      { numRuns: 60 },
    );
    sameBytes(
      await collect(vfs.stream(cid, { start: 5, end: 2 * bytes.length })),
      bytes.subarray(5),
    );
  }),
);

Deno.test(
  "a stream reads a chunk only when it is asked for one",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    const { cid } = await vfs.putBytes(sample(3 * CHUNK_BYTES));
    const reader = vfs.stream(cid).getReader();
    assert.equal((await reader.read()).value!.length, CHUNK_BYTES);
    await new Promise((resolve) => setImmediate(resolve));
    damage(t, "DELETE FROM chunks WHERE cid = ? AND n = 2", cid);
    assert.equal((await reader.read()).value!.length, CHUNK_BYTES);
    await assert.rejects(() => reader.read(), /chunk 2 of .* is gone/);
  }),
);

Deno.test(
  "a blob with a chunk missing never looks whole",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    const { cid } = await vfs.putBytes(sample(2 * CHUNK_BYTES));
    damage(t, "DELETE FROM chunks WHERE cid = ? AND n = 0", cid);
    assert.throws(() => vfs.read(cid), /chunk 0 of .* is gone/);
    await assert.rejects(() => collect(vfs.stream(cid)));
  }),
);

Deno.test(
  "small blobs are read from memory the second time, large ones never",
  withApps(async (t) => {
    await t.settings.set("limits.vfs.streamAboveMb", 1, t.now);
    const vfs = vfsOf(t);
    const [small, large] = [sample(1_048_576), sample(1_048_577)];
    const [{ cid: s }, { cid: l }] = [await vfs.putBytes(small), await vfs.putBytes(large)];
    assert.equal(vfs.stats().entries, 0);
    for (const cid of [s, s, l]) assert.ok(vfs.read(cid));
    assert.deepEqual(vfs.stats(), { bytes: small.length, entries: 1, limit: 128 * 1_048_576 });
    damage(t, "DELETE FROM chunks");
    sameBytes(vfs.read(s), small);
    assert.throws(() => vfs.read(l));
    vfs.clear();
    assert.equal(vfs.stats().entries, 0);
    assert.throws(() => vfs.read(s));
  }),
);

Deno.test(
  "no more is kept in memory than the setting allows, and none at zero",
  withApps(async (t) => {
    for (const megabytes of [1, 0]) {
      await t.settings.set("limits.vfs.cacheMb", megabytes, t.now);
      const vfs = vfsOf(t);
      for (let seed = 1; seed < 6; seed++) {
        const bytes = sample(300_000, seed * 2 + 1);
        const { cid } = await vfs.putBytes(bytes);
        sameBytes(vfs.read(cid), bytes);
      }
      assert.equal(vfs.stats().entries, megabytes * 3);
      assert.ok(vfs.stats().bytes <= megabytes * 1_048_576);
    }
  }),
);

Deno.test(
  "a path is looked up in its own app and revision, and what is missing stays missing there only",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "a.txt": LONG }, { name: "blog" });
    const vfs = vfsOf(t);
    assert.equal(vfs.entry(id, 1, "b.txt"), undefined);
    assert.equal(vfs.entry(id, 2, "b.txt"), undefined);
    vfs.clear();
    await t.deploy({ "b.txt": "b" }, { name: "blog" });
    for (let round = 0; round < 2; round++) {
      assert.equal(vfs.entry(id, 1, "a.txt")!.cid, cidOf(text(LONG)));
      assert.equal(vfs.entry(id, 2, "b.txt")!.cid, cidOf(text("b")));
      assert.equal(vfs.entry(id, 1, "b.txt"), undefined);
      assert.equal(vfs.entry(id, 2, "a.txt"), undefined);
      assert.equal(vfs.entry("app_another11111", 1, "a.txt"), undefined);
    }
    const entry = vfs.entry(id, 1, "a.txt")!;
    assert.deepEqual([entry.path, entry.size, entry.type], [
      "a.txt",
      LONG.length,
      "text/plain; charset=utf-8",
    ]);
    assert.equal(vfs.read(entry.brotliCid!)!.length, entry.brotliSize);
    assert.equal(vfs.read(entry.gzipCid!)!.length, entry.gzipSize);
    assert.deepEqual(Object.keys(vfs.entry(id, 2, "b.txt")!), ["path", "cid", "size", "type"]);
  }),
);

/** Every cid that a revision names. */
function named(t: AppsFixture): Set<string> {
  const rows = t.db.reader.all<{ cid: string }>(
    "SELECT cid FROM files UNION SELECT brotli_cid FROM files UNION SELECT gzip_cid FROM files " +
      "UNION SELECT module_cid FROM revisions UNION SELECT module_map_cid FROM revisions",
  );
  return new Set(rows.map(({ cid }) => cid).filter((cid) => cid !== null));
}

const blobs = (t: AppsFixture) =>
  new Set(t.db.reader.all<{ cid: string }>("SELECT cid FROM blobs").map(({ cid }) => cid));

Deno.test(
  "a sweep takes what nothing names and keeps every file, twin, module and map of every revision",
  withApps(async (t) => {
    t.now = Date.now() + 2 * HOUR;
    const vfs = vfsOf(t);
    await t.deploy({ "index.html": LONG, "api/main.js": "first" }, { name: "blog" });
    await t.deploy({ "index.html": `${LONG}!`, "api/main.js": "second" }, { name: "blog" });
    await t.deploy({ "shared.html": LONG }, { name: "shop" });
    const kept = named(t);
    assert.ok(kept.size >= 10);
    const rubbish = await t.vfs.putBytes(sample(5 * CHUNK_BYTES));
    assert.ok(vfs.read(rubbish.cid));
    assert.equal(await vfs.sweep(), 1);
    assert.deepEqual(blobs(t), kept);
    assert.equal(vfs.read(rubbish.cid)?.length, undefined);
    for (const cid of kept) assert.equal(cidOf(vfs.read(cid)!), cid);
    const chunks = t.db.reader.all<{ cid: string }>("SELECT DISTINCT cid FROM chunks");
    assert.deepEqual(new Set(chunks.map(({ cid }) => cid)), kept);
    assert.equal(await vfs.sweep(), 0);
  }),
);

Deno.test(
  "each kind of name alone keeps a blob",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    const { app: { id } } = await t.deploy({ "index.html": "hi" }, { name: "blog" });
    const columns = [
      ["files", "cid"],
      ["files", "brotli_cid"],
      ["files", "gzip_cid"],
      ["revisions", "module_cid"],
      ["revisions", "module_map_cid"],
    ] as const;
    t.now = Date.now();
    for (const [table, column] of columns) {
      const { cid } = await vfs.putBytes(text(`${table}.${column}`));
      damage(t, `UPDATE ${table} SET ${column} = ? WHERE app_id = ?`, cid, id);
      t.now += 2 * HOUR;
      await vfs.sweep();
      assert.ok(vfs.size(cid) !== undefined, `${table}.${column}`);
    }
  }),
);

Deno.test(
  "what is younger than an hour may still be waiting for its deploy",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    const { cid } = await vfs.putBytes(text("uploaded, not deployed"));
    t.now += HOUR;
    assert.equal(await vfs.sweep(), 0);
    assert.ok(vfs.read(cid));
    t.now += 1;
    assert.equal(await vfs.sweep(), 1);
    assert.equal(vfs.read(cid), undefined);
  }),
);

Deno.test(
  "a sweep takes the code of removed apps when they are purged, and what others share stays",
  withApps(async (t) => {
    t.now = Date.now() + 2 * HOUR;
    const vfs = vfsOf(t);
    await t.deploy({ "own.txt": "own", "shared.txt": "shared" }, { name: "blog" });
    await t.deploy({ "shared.txt": "shared" }, { name: "shop" });
    await t.apps.remove("blog", {}, OWNER);
    assert.equal(await vfs.sweep(), 0);
    await t.apps.purge(t.now + 1);
    assert.ok(await vfs.sweep() >= 1);
    assert.equal(vfs.size(cidOf(text("own"))), undefined);
    sameBytes(vfs.read(cidOf(text("shared"))), text("shared"));
    assert.deepEqual(blobs(t), named(t));
  }),
);

Deno.test(
  "a sweep of more than one round takes everything",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    const puts = Array.from({ length: 150 }, (_, i) => vfs.putBytes(text(`rubbish ${i}`)));
    await Promise.all(puts);
    t.now += HOUR + 1;
    assert.equal(await vfs.sweep(), 150);
    assert.deepEqual([t.count("blobs"), t.count("chunks")], [0, 0]);
  }),
);

Deno.test(
  "parts of an upload that a crash cut off are swept, those of one that still runs are not",
  withApps(async (t) => {
    const vfs = vfsOf(t);
    damage(t, "INSERT INTO chunks VALUES ('crashed', 0, x'00'), ('crashed', 1, x'00')");
    const bytes = sample(20 * CHUNK_BYTES);
    const cid = cidOf(bytes);
    const rest = Promise.withResolvers<void>();
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (at === 18 * CHUNK_BYTES) await rest.promise;
        if (at === bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at += CHUNK_BYTES));
      },
    });
    const upload = vfs.put(cid, body, { maxBytes: bytes.length });
    const written = () =>
      t.db.reader.get<{ n: number }>("SELECT count(*) AS n FROM chunks WHERE cid = ?", cid)!.n;
    while (written() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    t.now += 10 * HOUR;
    await vfs.sweep();
    assert.equal(t.count("chunks"), written());
    assert.ok(written() > 0);
    rest.resolve();
    await upload;
    sameBytes(vfs.read(cid), bytes);
  }),
);

Deno.test(
  "deploys during a sweep lose nothing",
  withApps(async (t) => {
    t.now = Date.now() + 2 * HOUR;
    const vfs = vfsOf(t);
    const old = Array.from({ length: 40 }, (_, i) => [`f${i}.txt`, `old content ${i}`] as const);
    await Promise.all(old.map(([, content]) => t.vfs.putBytes(text(content))));
    const files = Object.fromEntries(old.slice(0, 20));
    const [deployed] = await Promise.allSettled([
      t.deploy({ ...files, "app.json": manifest("blog") }),
      vfs.sweep(),
    ]);
    // Of the two one comes first: the deploy keeps its files, or is told that they are gone.
    if (deployed.status === "rejected") assert.match(String(deployed.reason), /missing|not here/);
    for (const cid of named(t)) assert.equal(cidOf(vfs.read(cid)!), cid);
  }),
);
