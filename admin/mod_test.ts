import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { firstPage } from "./first_page.ts";
import { dashboardAssets } from "./mod.ts";

Deno.test("the dashboard's files", async (t) => {
  const assets = await dashboardAssets();
  const page = new TextDecoder().decode(assets.get("index.html")!.body);

  await t.step("the first page is below 150 KB compressed, with all it imports", () => {
    const names = firstPage(assets);
    const bytes = [...names].reduce((sum, name) => sum + assets.get(name)!.brotli!.length, 0);
    assert.ok([...names].some((name) => name.startsWith("assets/app-")), [...names].join());
    assert.ok([...names].some((name) => name.startsWith("assets/style-")));
    assert.ok(bytes < 150_000, `${bytes} bytes`);
  });

  await t.step(
    "nothing in the page runs or styles by itself, and nothing comes from elsewhere",
    () => {
      assert.doesNotMatch(page, /<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/i);
      assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//);
    },
  );

  await t.step("every compressed form is the same file, and names with a hash are for ever", () => {
    for (const [name, asset] of assets) {
      assert.deepEqual(new Uint8Array(brotliDecompressSync(asset.brotli!)), asset.body, name);
      assert.deepEqual(new Uint8Array(gunzipSync(asset.gzip!)), asset.body, name);
      assert.equal(asset.immutable, name.startsWith("assets/"), name);
    }
  });

  await t.step("no source sets markup from text", async () => {
    for await (const [path, text] of sources(new URL("./src/", import.meta.url))) {
      assert.doesNotMatch(
        text,
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|\beval\(|new Function/,
        path,
      );
    }
  });
});

async function* sources(folder: URL): AsyncGenerator<[string, string]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(url);
    else if (/\.tsx?$/.test(name)) yield [url.pathname, await Deno.readTextFile(url)];
  }
}
