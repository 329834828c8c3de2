import { CarReader } from "@ipld/car";
import { exporter } from "ipfs-unixfs-exporter";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import type { ImporterOptions } from "ipfs-unixfs-importer";
import { CID } from "multiformats/cid";
import assert from "node:assert/strict";
import { type AppsFixture, manifest, OWNER, withApps } from "../apps/testing.ts";
import { Connection } from "../db/mod.ts";
import { carFrame, carHeader, CHUNK_BYTES, cidOf } from "../fs/mod.ts";
import { concat } from "../lib/concat.ts";
import { sameBytes } from "../lib/testing/same_bytes.ts";
import type { Content } from "./content.ts";
import type { Place } from "./place.ts";
import { carOf, contentOf } from "./testing.ts";

const OPEN = { appId: "", userId: "usr_owner", public: true };
const text = (value: string) => new TextEncoder().encode(value);
const cid = (value: string) => cidOf(text(value));
const streamOf = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
const sample = (length: number, seed = 31) =>
  Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 8)) & 255);

async function pinText(
  t: AppsFixture,
  value: string,
  { content = contentOf(t).content, ...options }: Partial<typeof OPEN> & { content?: Content } = {},
) {
  const { vfs } = t;
  const { cid } = await vfs.putBytes(text(value));
  const pin = await content.pin([{ path: "", cid }], { ...OPEN, ...options });
  assert.ok("cid" in pin);
  return pin;
}

Deno.test(
  "a cid opens to visitors what the app shows them, and nothing else",
  withApps(async (t) => {
    const { content } = contentOf(t);
    const files = {
      "app.json": manifest("blog"),
      "index.html": "page",
      "private/a.txt": "private",
      "api/main.js": "source",
      "api/data.json": "beside the source",
      ".hidden/x": "hidden",
      ".well-known/x": "known",
    };
    const { app: { id }, revision } = await t.deploy(files, { name: "blog" });
    const visitor = (value: string) => content.find(cid(value), "visitor")?.kind;
    assert.equal(visitor("page"), "file");
    assert.equal(visitor("known"), "file");
    for (const secret of ["private", "source", "beside the source", "hidden", files["app.json"]]) {
      assert.equal(visitor(secret), undefined, secret);
      assert.equal(content.find(cid(secret), { appId: id })?.kind, "file", secret);
      assert.equal(content.find(cid(secret), { appId: "app_other1111111" }), undefined, secret);
      assert.equal(content.find(cid(secret), "owner")?.kind, "file", secret);
    }
    assert.notEqual(revision.cid, revision.publicCid);
    assert.equal(content.find(revision.cid!, "visitor"), undefined);
    const top = content.find(revision.publicCid!, "visitor");
    assert.ok(top?.kind === "folder");
    assert.deepEqual((await content.list(top)).map(({ name }) => name), [
      ".well-known",
      "index.html",
    ]);
    for (const path of ["private", "private/a.txt", "api", "api/main.js", "app.json", ".hidden"]) {
      assert.equal(content.below(top, path), undefined, path);
    }
    const whole = content.find(revision.cid!, "owner");
    assert.ok(whole?.kind === "folder");
    assert.equal(content.below(whole, "private/a.txt")?.cid, cid("private"));
    const names = new Set<string>();
    for await (const block of await content.blocks(top)) names.add(block.cid.toString());
    for (const secret of ["private", "source", "hidden"]) {
      assert.equal(names.has(cid(secret)), false);
    }
  }),
);

Deno.test(
  "content leaves with the revision, the app and its openness",
  withApps(async (t) => {
    const { content } = contentOf(t);
    const has = (value: string) => content.find(cid(value), "visitor") !== undefined;
    await t.deploy({ "a.txt": "first" }, { name: "blog" });
    assert.equal(has("first"), true);
    await t.deploy({ "a.txt": "second" }, { name: "blog" });
    assert.deepEqual([has("first"), has("second")], [false, true]);
    await t.apps.rollback("blog", 1, OWNER);
    assert.deepEqual([has("first"), has("second")], [true, false]);
    for (const visibility of ["private", "vpn-only", "internal"]) {
      await t.deploy({
        "a.txt": `in ${visibility}`,
        "app.json": manifest("shy", { visibility }),
      });
      assert.equal(has(`in ${visibility}`), false);
    }
    await t.apps.remove("blog", {}, OWNER);
    assert.equal(has("first"), false);
  }),
);

Deno.test(
  "a pin is open only where it says so, and only as long as it and its app are there",
  withApps(async (t) => {
    const { content } = contentOf(t);
    const { app: { id } } = await t.deploy({ "a.txt": "a" }, { name: "blog" });
    const open = await pinText(t, "open", { content });
    const closed = await pinText(t, "closed", { content, public: false });
    const ofApp = await pinText(t, "of the app", { appId: id });
    const ofAppClosed = await pinText(t, "of the app, closed", { appId: id, public: false });
    const sees = (reader: "visitor" | "owner" | { appId: string }) =>
      [open, closed, ofApp, ofAppClosed].map(({ cid }) => content.find(cid, reader) !== undefined);
    assert.deepEqual(sees("visitor"), [true, false, true, false]);
    assert.deepEqual(sees({ appId: id }), [true, false, true, true]);
    assert.deepEqual(sees({ appId: "app_other1111111" }), [true, false, true, false]);
    assert.deepEqual(sees("owner"), [true, true, true, true]);
    await pinText(t, "open", { content, public: false });
    assert.deepEqual(sees("visitor"), [false, false, true, false]);
    await t.apps.remove("blog", {}, OWNER);
    assert.deepEqual(sees("visitor"), [false, false, false, false]);
    assert.equal(await content.unpin("", open.cid), true);
    assert.equal(await content.unpin("", open.cid), false);
    assert.deepEqual(content.pins("").map(({ cid }) => cid), [closed.cid]);
  }),
);

Deno.test(
  "an app pins no more than it may, and only what is there",
  withApps(async (t) => {
    const { content } = contentOf(t);
    const { app: { id } } = await t.deploy({ "a.txt": "a" }, { name: "blog" });
    assert.deepEqual(await content.pin([{ path: "x", cid: cid("absent") }], OPEN), {
      missing: [cid("absent")],
    });
    await t.settings.set("limits.fs.pins", 2, t.now);
    await pinText(t, "one", { appId: id });
    await pinText(t, "two", { appId: id });
    await pinText(t, "two", { appId: id });
    await assert.rejects(() => pinText(t, "three", { appId: id }), {
      code: "QUOTA",
      details: { limit: "fs.pins", used: 2, max: 2 },
    });
    await pinText(t, "three");
    await t.settings.set("limits.fs.pins", 9, t.now);
    await t.settings.set("limits.fs.pinsMb", 0, t.now);
    await assert.rejects(() => pinText(t, "three", { appId: id }), { code: "QUOTA" });
    assert.equal(t.count("pin_entries", id), 2);
    t.now += 40 * 86_400_000;
    await t.apps.remove("blog", {}, OWNER);
    await t.apps.purge(t.now + 1);
    assert.deepEqual([t.count("pins", id), t.count("pin_entries", id)], [0, 0]);
    assert.deepEqual([t.count("folders"), t.count("files")], [0, 0]);
  }),
);

Deno.test(
  "revisions that an older version deployed get their cids",
  withApps(async (t) => {
    await t.deploy({ "a/b.txt": "1", "api/main.js": "code" }, { name: "blog" });
    await t.deploy({ "a/b.txt": "2" }, { name: "blog" });
    const before = t.apps.revisions("blog");
    const old = new Connection(t.db.path);
    old.run("DELETE FROM folders");
    old.close();
    assert.equal(t.apps.revisions("blog")[0]!.cid, undefined);
    await t.apps.nameFolders();
    assert.deepEqual(t.apps.revisions("blog"), before);
    assert.ok(before.every(({ cid }) => cid !== undefined));
  }),
);

const FILES = {
  "index.html": text("<h1>hi</h1>"),
  "a/b/é.txt": text("deep"),
  "large.bin": sample(3 * CHUNK_BYTES + 5),
  "zeros.bin": new Uint8Array(5 * CHUNK_BYTES),
};

const LAYOUTS: readonly ImporterOptions[] = [
  { cidVersion: 1, rawLeaves: true },
  { cidVersion: 0, rawLeaves: false },
  { cidVersion: 1, rawLeaves: true, chunker: fixedSize({ chunkSize: 1_048_576 }) },
  { cidVersion: 1, rawLeaves: true, shardSplitThresholdBytes: 1 },
];

/** Everything of a place as a CAR that IPFS's own reader takes. */
async function exported(content: Content, place: Place): Promise<CarReader> {
  const frames: Uint8Array[] = [carHeader(CID.parse(place.cid))];
  for await (const { cid, bytes } of await content.blocks(place)) frames.push(carFrame(cid, bytes));
  return await CarReader.fromBytes(concat(frames));
}

Deno.test(
  "what others laid out is taken in and given out again under their own cids",
  withApps(async (t) => {
    const { content, vfs } = contentOf(t);
    for (const layout of LAYOUTS) {
      const { car, root } = await carOf(FILES, layout);
      const pin = await content.import(streamOf(car), OPEN);
      assert.equal(pin.cid, root.toV1().toString());
      assert.deepEqual([pin.kind, pin.files], ["folder", 4]);
      const top = content.find(pin.cid, "visitor")!;
      const reader = await exported(content, top);
      const store = {
        async *get(cid: CID) {
          const block = await reader.get(cid) ?? await reader.get(cid.toV1());
          yield block!.bytes;
        },
      };
      for (const [path, bytes] of Object.entries(FILES)) {
        // deno-lint-ignore no-explicit-any -- of a block store the exporter only ever calls get
        const entry = await exporter(`${pin.cid}/${path}`, store as any);
        const parts: Uint8Array[] = [];
        for await (const part of (entry as { content(): AsyncIterable<Uint8Array> }).content()) {
          parts.push(part);
        }
        sameBytes(concat(parts), bytes);
        const found = content.find(entry.cid.toV1().toString(), "visitor");
        assert.ok(found?.kind === "file", path);
        sameBytes(vfs.read(found.blobCid), bytes);
      }
    }
    // The same bytes are stored once, whoever laid them out.
    assert.equal(t.count("blobs"), 4);
  }),
);

Deno.test(
  "our own layout needs no block kept beside the content",
  withApps(async (t) => {
    const { content } = contentOf(t);
    await content.import(streamOf((await carOf(FILES, LAYOUTS[0])).car), OPEN);
    assert.equal(t.count("pin_nodes"), 0);
    await content.import(streamOf((await carOf(FILES, LAYOUTS[2])).car), OPEN);
    assert.ok(t.count("pin_nodes") > 0);
  }),
);

Deno.test(
  "a CAR that is refused leaves no pin",
  withApps(async (t) => {
    const { content } = contentOf(t);
    const { car } = await carOf(FILES);
    const cut = car.slice(0, car.length - 9);
    await assert.rejects(() => content.import(streamOf(cut), OPEN), { code: "CAR_INVALID" });
    assert.equal(t.count("pins"), 0);
  }),
);
