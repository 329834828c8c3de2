import assert from "node:assert/strict";
import { FaztError } from "../../lib/fazt_error.ts";
import { sameBytes } from "../../lib/testing/same_bytes.ts";
import { APP, collect, ownerOf, sample, streamOf, withS3 } from "./testing.ts";

const MIB = 2 ** 20;
const CHUNK = 262_144;
const is = (code: string, limit?: string) => (error: unknown) => {
  assert.ok(error instanceof FaztError, String(error));
  const details = error.details as { limit?: string } | undefined;
  assert.deepEqual([error.code, details?.limit], [code, limit], error.message);
  return true;
};

Deno.test(
  "content of every size comes back as it was, whole and in parts",
  withS3(async (t) => {
    for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 3 * MIB + 7]) {
      const bytes = sample(size, size);
      const head = await t.put(APP, `a/${size}`, new Blob([bytes]).stream());
      assert.equal(head.size, size);
      sameBytes((await t.get(APP, `a/${size}`))!, bytes);
      const held = await t.put(APP, `b/${size}`, bytes);
      assert.equal(held.etag, head.etag, "the same content has the same tag, however it came");
      for (const [start, end] of [[0, 1], [size >> 1, size], [size - 1, size]] as const) {
        if (start < 0 || end > size) continue;
        const part = await t.s3.open(APP, head, { start, end });
        sameBytes(await collect(part), bytes.subarray(start, end));
      }
    }
    assert.equal(t.count("blobs"), 8, "equal content is kept once");
    assert.equal(t.count("chunks"), 1 + 1 + 1 + 2 + 4 + 5 + 13, "and so are its parts, at once");
  }),
);

Deno.test(
  "an upload that is cut off leaves nothing, and what was there before stays",
  withS3(async (t) => {
    const before = await t.put(APP, "a", sample(10));
    const chunks = t.count("chunks");
    for (const size of [100, 3 * MIB]) {
      const { body } = streamOf(5 * MIB, { failAt: size });
      await assert.rejects(t.put(APP, "a", body), /torn/);
      await assert.rejects(t.put(APP, "new", streamOf(5 * MIB, { failAt: size }).body), /torn/);
    }
    await assert.rejects(
      t.s3.put(APP, "a", { body: streamOf(MIB).body, size: MIB + 1 }),
      is("BAD_REQUEST"),
    );
    await assert.rejects(
      t.s3.put(APP, "a", { body: streamOf(MIB).body, size: MIB - 1 }),
      is("BAD_REQUEST"),
    );
    assert.deepEqual(await t.s3.head(APP, "a"), before);
    assert.deepEqual(await t.paths(APP), ["a"]);
    assert.equal(t.count("chunks"), chunks);
    assert.deepEqual(t.usage(APP), { entries: 1, bytes: 10 });
  }),
);

Deno.test(
  "limits are felt while content streams, not after it",
  withS3(async (t) => {
    await t.settings.set("limits.storage.s3.blobMb", 1, t.now);
    await t.settings.set("limits.storage.s3.streamedGb", 1, t.now);
    await t.settings.set("limits.storage.s3.appGb", 1, t.now);
    await assert.rejects(t.put(APP, "held", sample(MIB + 1)), is("QUOTA", "storage.s3.blobMb"));
    await assert.rejects(
      t.s3.put(APP, "held", { body: streamOf(2 * MIB).body, size: 2 * MIB, whole: true }),
      is("QUOTA", "storage.s3.blobMb"),
    );
    const huge = streamOf(2000 * MIB, { piece: 16 * MIB });
    await assert.rejects(
      t.s3.put(APP, "told", { body: huge.body, size: 2000 * MIB }),
      is("QUOTA", "storage.s3.streamedGb"),
    );
    assert.equal(huge.made(), 0, "a size that is told is judged before anything is read");
    // What the app holds is booked; no gigabyte has to be written for that.
    await t.put(APP, "old", sample(3 * MIB / 4));
    await t.db.write({ name: "s3.put", essential: false, run: () => undefined }, {
      owner: APP,
      input: { path: "filler", type: "a/b", metadata: {} },
      cid: (await t.s3.head(APP, "old"))!.etag,
      size: 1023 * MIB,
      at: t.now,
      appGb: 2,
    });
    const more = streamOf(50 * MIB);
    await assert.rejects(t.put(APP, "more", more.body), is("QUOTA", "storage.s3.appGb"));
    assert.ok(more.made() < 2 * MIB, `${more.made()} bytes were read`);
    await t.put(APP, "old", sample(3 * MIB / 4, 9));
    await assert.rejects(t.s3.copy(APP, "filler", "twin"), is("QUOTA", "storage.s3.appGb"));
    await t.put(ownerOf("app_222222222222"), "old", streamOf(2 * MIB).body);
    assert.deepEqual(await t.paths(APP), ["filler", "old"]);
  }),
);

Deno.test(
  "uploads of one app that grow at once are counted together",
  withS3(async (t) => {
    await t.settings.set("limits.storage.s3.appGb", 1, t.now);
    const { etag } = await t.put(APP, "x", sample(10));
    await t.db.write({ name: "s3.put", essential: false, run: () => undefined }, {
      owner: APP,
      input: { path: "filler", type: "a/b", metadata: {} },
      cid: etag,
      size: 1020 * MIB,
      at: t.now,
      appGb: 2,
    });
    const streams = [1, 2, 3].map(() => streamOf(3 * MIB));
    const tries = await Promise.allSettled(
      streams.map(({ body }, n) => t.put(APP, `n${n}`, body)),
    );
    assert.ok(tries.some(({ status }) => status === "rejected"));
    assert.ok(streams.reduce((sum, { made }) => sum + made(), 0) < 9 * MIB, "all was read");
    assert.ok(t.usage(APP).bytes <= 1024 * MIB);
  }),
);

Deno.test(
  "an app that opens too many uploads is told so, and others are not held up",
  withS3(async (t) => {
    const rest = Promise.withResolvers<void>();
    const stuck = () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          await rest.promise;
          controller.close();
        },
      });
    const open = Array.from({ length: 16 }, (_, i) => t.put(APP, `${i}`, stuck()));
    const late = streamOf(10);
    await assert.rejects(t.put(APP, "late", late.body), is("BUSY", "open uploads"));
    await t.put(ownerOf("app_222222222222"), "a", sample(1));
    rest.resolve();
    await Promise.all(open);
    await t.put(APP, "late", sample(1));
  }),
);

Deno.test(
  "paths, types and notes that could mean something else are refused",
  withS3(async (t) => {
    const paths = [
      "",
      "/a",
      "a/",
      "a//b",
      "../a",
      "a/../b",
      ".",
      "a/./b",
      "a\0b",
      "a\\b",
      "C:/x",
      "\ud800",
      "a\nb",
      "x".repeat(1025),
      "y".repeat(MIB),
    ];
    for (const path of paths) {
      const refused = is("PATH_INVALID");
      await assert.rejects(async () => await t.put(APP, path, sample(1)), refused, path);
      await assert.rejects(async () => await t.s3.head(APP, path), refused, path);
      await assert.rejects(async () => await t.s3.delete(APP, path), refused, path);
      assert.throws(() => t.s3.url(APP, path), refused, path);
    }
    for (const prefix of ["\ud800", "a\0", "x".repeat(2000)]) {
      await assert.rejects(async () => await t.s3.list(APP, prefix), is("PATH_INVALID"));
    }
    for (const type of ["", "html", "a/b\r\nset-cookie: x", "text/html\0", "a/b; c=ä"]) {
      await assert.rejects(t.s3.put(APP, "a", { body: sample(1), type }), is("INVALID"), type);
    }
    for (const metadata of [{ "A": "" }, { "a b": "" }, { a: "\ud800" }, { __proto__x: "1" }]) {
      await assert.rejects(t.s3.put(APP, "a", { body: sample(1), metadata }), is("INVALID"));
    }
    await assert.rejects(
      t.s3.put(APP, "a", { body: sample(1), metadata: { a: "x".repeat(1100) } }),
      is("TOO_LARGE"),
    );
    assert.equal(t.count("objects"), 0);
    // Composed and decomposed are one path.
    await t.put(APP, "a\u0308%2f..%2f", sample(3));
    assert.equal((await t.get(APP, "\u00e4%2f..%2f"))?.length, 3);
  }),
);

Deno.test(
  "nobody's objects are anybody else's, whatever they send",
  withS3(async (t) => {
    const owners = [
      APP,
      ownerOf(APP.appId, "usr_111111111111"),
      ownerOf(APP.appId, "usr_222222222222"),
      ownerOf("app_222222222222"),
    ];
    for (const [i, owner] of owners.entries()) await t.put(owner, "same", sample(20, i));
    for (const [i, owner] of owners.entries()) {
      sameBytes((await t.get(owner, "same"))!, sample(20, i));
      assert.deepEqual(await t.paths(owner), ["same"]);
    }
    await t.put(APP, "b", sample(1));
    const { cursor } = await t.s3.list(APP, "", { limit: 1 });
    const foreign = await t.s3.list(owners[3]!, "", { cursor });
    assert.ok(foreign.items.length <= 1 && foreign.items.every(({ path }) => path === "same"));
    for (const bad of ["%%%", "w6Q", "\0", "////", "_".repeat(4000)]) {
      await t.s3.list(APP, "", { cursor: bad }).then(
        (page) => assert.ok(page.items.every(({ path }) => ["same", "b"].includes(path))),
        is("INVALID"),
      );
    }
    await t.s3.delete(owners[1]!, "same");
    for (const owner of [owners[0]!, owners[2]!, owners[3]!]) assert.ok(await t.get(owner, "same"));
  }),
);
