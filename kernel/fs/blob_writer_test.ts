import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { sameBytes } from "../lib/testing/same_bytes.ts";
import { BlobWriter } from "./blob_writer.ts";
import { cidOf } from "./cid.ts";
import { CHUNK_BYTES } from "./file_dag.ts";

const LARGE = 20 * CHUNK_BYTES + 1;
const ANY = { maxBytes: 100 * CHUNK_BYTES };

const writerOf = (t: AppsFixture) => new BlobWriter(t.db, () => t.now);

function sample(length: number, seed = 31): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 8)) & 255);
}

/** Bytes in pieces of a size; fails after `cut` bytes. */
function streamOf(
  bytes: Uint8Array,
  { piece = 100_000, cut = Infinity }: { readonly piece?: number; readonly cut?: number } = {},
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= cut) return controller.error(new Error("the connection was cut"));
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += piece));
    },
  });
}

const rows = (t: AppsFixture) => [t.count("blobs"), t.count("chunks")];

/** What is stored under a cid. */
function stored(t: AppsFixture, cid: string): Uint8Array {
  const chunks = t.db.reader.all<{ bytes: Uint8Array }>(
    "SELECT bytes FROM chunks WHERE cid = ? ORDER BY n",
    cid,
  );
  const whole = new Uint8Array(chunks.reduce((n, { bytes }) => n + bytes.length, 0));
  let at = 0;
  for (const { bytes } of chunks) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

Deno.test(
  "a blob is stored in whole chunks whatever the pieces it arrives in",
  withApps(async (t) => {
    const writer = writerOf(t);
    const sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 16 * CHUNK_BYTES, LARGE];
    for (const size of sizes) {
      for (const piece of [99_991, 700_000]) {
        const bytes = sample(size, piece);
        const cid = cidOf(bytes);
        assert.deepEqual(await writer.put(cid, streamOf(bytes, { piece }), ANY), { cid, size });
        sameBytes(stored(t, cid), bytes);
        const row = t.db.reader.get<{ size: number; chunk_count: number; created_at: number }>(
          "SELECT size, chunk_count, created_at FROM blobs WHERE cid = ?",
          cid,
        )!;
        assert.deepEqual({ ...row }, {
          size,
          chunk_count: Math.ceil(size / CHUNK_BYTES),
          created_at: t.now,
        });
      }
    }
  }),
);

Deno.test(
  "bytes in memory are stored as a stream of them is",
  withApps(async (t) => {
    const bytes = sample(LARGE);
    const cid = cidOf(bytes);
    assert.deepEqual(await writerOf(t).put(cid, bytes, ANY), { cid, size: LARGE });
    sameBytes(stored(t, cid), bytes);
  }),
);

Deno.test(
  "an upload that is cut off leaves nothing, however much of it was written",
  withApps(async (t) => {
    const writer = writerOf(t);
    const bytes = sample(LARGE);
    for (const cut of [0, 100_000, 17 * CHUNK_BYTES, LARGE]) {
      const upload = writer.put(cidOf(bytes), streamOf(bytes, { cut }), ANY);
      await assert.rejects(upload, /the connection was cut/);
      assert.deepEqual(rows(t), [0, 0]);
      assert.deepEqual([...writer.active], []);
    }
    await writer.put(cidOf(bytes), streamOf(bytes), ANY);
    sameBytes(stored(t, cidOf(bytes)), bytes);
  }),
);

Deno.test(
  "content that is not what its cid says is refused and leaves nothing",
  withApps(async (t) => {
    const writer = writerOf(t);
    for (const size of [10, LARGE]) {
      const cid = cidOf(sample(size, 7));
      await assert.rejects(() => writer.put(cid, streamOf(sample(size)), ANY), {
        code: "CID_MISMATCH",
        status: 422,
        message: new RegExp(cidOf(sample(size))),
      });
      const short = sample(size, 7).subarray(0, size - 1);
      await assert.rejects(() => writer.put(cid, short, ANY), { code: "CID_MISMATCH" });
    }
    assert.deepEqual(rows(t), [0, 0]);
  }),
);

Deno.test(
  "a blob over the limit is refused as soon as it is known, and the sender is stopped",
  withApps(async (t) => {
    const writer = writerOf(t);
    const bytes = sample(LARGE);
    await writer.put(cidOf(bytes), bytes, { maxBytes: LARGE });
    const other = sample(LARGE, 7);
    const body = streamOf(other);
    await assert.rejects(() => writer.put(cidOf(other), body, { maxBytes: LARGE - 1 }), {
      code: "TOO_LARGE",
      status: 413,
      hint: /limits\.vfs\.fileMb/,
      details: { limit: "vfs.fileMb", max: LARGE - 1 },
    });
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    await assert.rejects(() => writer.put(cidOf(other), endless, { maxBytes: 6_000_000 }), {
      code: "TOO_LARGE",
    });
    assert.equal(cancelled, true);
    assert.deepEqual(rows(t), [1, 21]);
  }),
);

Deno.test(
  "a bad upload of a blob that is there does it no harm",
  withApps(async (t) => {
    const writer = writerOf(t);
    const bytes = sample(LARGE);
    const cid = cidOf(bytes);
    await writer.put(cid, bytes, ANY);
    await assert.rejects(() => writer.put(cid, streamOf(sample(LARGE, 7)), ANY), {
      code: "CID_MISMATCH",
    });
    sameBytes(stored(t, cid), bytes);
    await assert.rejects(() => writer.put(cid, streamOf(bytes, { cut: 18 * CHUNK_BYTES }), ANY));
    sameBytes(stored(t, cid), bytes);
    assert.equal(t.count("blobs"), 1);
  }),
);

Deno.test(
  "two uploads of one cid never mix: the good one counts, whichever comes first",
  withApps(async (t) => {
    for (const seed of [31, 63]) {
      const writer = writerOf(t);
      const bytes = sample(LARGE, seed);
      const cid = cidOf(bytes);
      const good = () => writer.put(cid, streamOf(bytes), ANY);
      const bad = () => writer.put(cid, streamOf(sample(LARGE, 7)), ANY);
      const order = seed === 31 ? [good, bad, good] : [bad, good, good];
      const uploads = order.map((put) => put());
      assert.deepEqual([...writer.active], [cid]);
      const results = await Promise.allSettled(uploads);
      assert.deepEqual(
        results.map(({ status }) => status === "fulfilled"),
        order.map((put) => put === good),
      );
      sameBytes(stored(t, cid), bytes);
      assert.deepEqual([...writer.active], []);
    }
  }),
);

Deno.test(
  "a blob that is sent again is as young as a new one",
  withApps(async (t) => {
    const writer = writerOf(t);
    const bytes = sample(10);
    await writer.put(cidOf(bytes), bytes, ANY);
    t.now += 1000;
    await writer.put(cidOf(bytes), bytes, ANY);
    const row = t.db.reader.get<{ created_at: number }>("SELECT created_at FROM blobs");
    assert.equal(row!.created_at, t.now);
    assert.deepEqual(rows(t), [1, 1]);
  }),
);

Deno.test(
  "a full disk refuses an upload and keeps nothing of it",
  withApps(async (t) => {
    const writer = writerOf(t);
    const small = sample(1000);
    await writer.put(cidOf(small), small, ANY);
    const bytes = sample(LARGE);
    await assert.rejects(() => writer.put(cidOf(bytes), streamOf(bytes), ANY), {
      code: "DISK_FULL",
      status: 507,
    });
    assert.deepEqual(rows(t), [1, 1]);
    const second = sample(1000, 7);
    await writer.put(cidOf(second), second, ANY);
  }, { maxMb: 5 }),
);
