import assert from "node:assert/strict";
import { MIB } from "../lib/bytes.ts";
import { manifest, OWNER, withApps } from "./testing.ts";
import { type Forged, forgeZip, streamOf } from "./zip_forge.ts";

Deno.test(
  "a zip is deployed as its files are",
  withApps(async (t) => {
    const zip = forgeZip([
      { name: "site/index.html", content: "hi" },
      { name: "site/app.json", content: manifest("blog", { permissions: ["storage:kv"] }) },
      { name: "site/api/main.js", content: "x" },
      { name: "site/.DS_Store", content: "junk" },
    ]);
    const done = await t.apps.deployZip(streamOf(zip), { message: "m" }, OWNER);
    assert.deepEqual([done.app.name, done.files, done.created], ["blog", 3, true]);
    assert.deepEqual([done.revision.source, done.revision.message], ["zip", "m"]);
    assert.ok(done.uploaded! > 0);
    assert.equal(t.serves(done.app.id, "index.html"), "hi");
    const again = await t.apps.deployZip(streamOf(zip), {}, OWNER);
    assert.deepEqual([again.unchanged, again.uploaded], [true, 0]);
  }),
);

Deno.test(
  "a file too large for memory goes through in pieces",
  withApps(async (t) => {
    const video = crypto.getRandomValues(new Uint8Array(65536));
    const large = new Uint8Array(9 * MIB);
    for (let at = 0; at < large.length; at += video.length) large.set(video, at);
    const zip = forgeZip([{ name: "video.mp4", content: large, stored: true }]);
    const done = await t.apps.deployZip(streamOf(zip), { name: "tv" }, OWNER);
    assert.equal(done.size, large.length);
    const { stream } = t.apps.readFile("tv", "video.mp4");
    assert.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), large);
  }),
);

Deno.test(
  "a bad zip is refused, the old revision keeps serving and no blob stays",
  withApps(async (t) => {
    const { app: { id } } = await t.deploy({ "index.html": "good" }, { name: "blog" });
    const blobs = t.count("blobs");
    const good = { name: "index.html", content: "new" };
    const table: [string, readonly Forged[] | Uint8Array][] = [
      ["ZIP_INVALID", new TextEncoder().encode("not a zip")],
      ["ZIP_INVALID", forgeZip([good]).slice(0, -5)],
      ["ZIP_INVALID", [good, { name: "link", content: "/etc/passwd", mode: 0o120777 }]],
      ["ZIP_INVALID", [good, { name: "INDEX.html", content: "twin" }]],
      ["PATH_INVALID", [good, { name: "../../etc/cron.d/x", content: "x" }]],
      ["PATH_INVALID", [good, { name: "/etc/passwd", content: "x" }]],
      ["MANIFEST_INVALID", [good, { name: "app.json", content: "{" }]],
      ["MANIFEST_INVALID", [good, { name: "app.json", content: '{"nme": "x"}' }]],
    ];
    for (const [code, zip] of table) {
      const bytes = zip instanceof Uint8Array ? zip : forgeZip(zip);
      await assert.rejects(
        () => t.apps.deployZip(streamOf(bytes), { name: "blog" }, OWNER),
        (error: { code: string; hint?: string }) => {
          assert.equal(error.code, code, String(error));
          assert.ok(error.hint);
          return true;
        },
      );
      assert.equal(t.activity.at(-1)!.result, code);
    }
    assert.equal(t.serves(id, "index.html"), "good");
    assert.deepEqual([t.count("blobs"), t.apps.revisions(id).length], [blobs, 1]);
  }),
);

Deno.test(
  "a bomb is refused while it unpacks, and nothing is deployed",
  withApps(async (t) => {
    const bomb = forgeZip([{ name: "a", content: new Uint8Array(30 * MIB) }]);
    await assert.rejects(() => t.apps.deployZip(streamOf(bomb), { name: "boom" }, OWNER), {
      code: "ZIP_BOMB",
      status: 413,
    });
    assert.deepEqual([t.apps.list(), t.count("blobs")], [[], 0]);
  }),
);

Deno.test(
  "an upload that breaks off leaves nothing",
  withApps(async (t) => {
    const zip = forgeZip([{ name: "index.html", content: "x" }]);
    let first = true;
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (!first) return controller.error(new Error("connection reset"));
        first = false;
        controller.enqueue(zip.slice(0, 20));
      },
    });
    await assert.rejects(() => t.apps.deployZip(broken, { name: "blog" }, OWNER));
    assert.deepEqual([t.apps.list(), t.count("blobs")], [[], 0]);
  }),
);
