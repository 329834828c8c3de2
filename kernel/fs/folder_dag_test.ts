import { importer } from "ipfs-unixfs-importer";
import assert from "node:assert/strict";
import type { CID } from "multiformats/cid";
import { cidOf } from "./cid.ts";
import { CHUNK_BYTES, fileTsize } from "./file_dag.ts";
import { folderDag } from "./folder_dag.ts";

/** A block store that only remembers, as the importer wants one. */
class Blocks {
  readonly all = new Map<string, Uint8Array>();
  put(cid: CID, block: Uint8Array): CID {
    this.all.set(cid.toString(), block);
    return cid;
  }
}

/** What IPFS's own importer makes of these files. */
async function imported(files: Readonly<Record<string, Uint8Array>>) {
  const blocks = new Blocks();
  const folders = new Map<string, { cid: string; tsize: number }>();
  const source = Object.entries(files).map(([path, content]) => ({ path: `top/${path}`, content }));
  const options = { cidVersion: 1, rawLeaves: true, wrapWithDirectory: false } as const;
  // deno-lint-ignore no-explicit-any -- of a block store the importer only ever calls put
  for await (const entry of importer(source, blocks as any, options)) {
    const path = entry.path!.replace(/^top\/?/, "");
    folders.set(path, { cid: entry.cid.toString(), tsize: Number(entry.size) });
  }
  return { blocks: blocks.all, folders };
}

const text = (value: string) => new TextEncoder().encode(value);

async function assertSame(files: Readonly<Record<string, Uint8Array>>): Promise<number> {
  const theirs = await imported(files);
  const list = Object.entries(files).map(([path, bytes]) => ({
    path,
    cid: cidOf(bytes),
    size: bytes.length,
  }));
  const ours = await folderDag(list);
  for (const [path, { cid, tsize }] of ours.folders) {
    // The importer names no folder below a sharded one; its blocks are compared all the same.
    const folder = theirs.folders.get(path);
    if (folder === undefined && path !== "") continue;
    assert.deepEqual({ cid, tsize }, folder, `folder "${path}"`);
  }
  for (const [cid, block] of ours.nodes) {
    assert.deepEqual(theirs.blocks.get(cid), block, `block ${cid}`);
  }
  return ours.nodes.size;
}

Deno.test("folders have the cids that IPFS's own importer gives them", async () => {
  await assertSame({ "index.html": text("hi") });
  await assertSame({
    "z.txt": text("z"),
    "a.txt": text("a"),
    "a/deep/er/x.js": text("x"),
    "a/é ü.txt": text("é"),
    "日本/語.txt": text("go"),
    "B": new Uint8Array(),
    "large.bin": new Uint8Array(3 * CHUNK_BYTES + 7).fill(7),
  });
});

Deno.test("a folder too large for a block is sharded as IPFS's own importer does", async () => {
  const names = (n: number, length: number) =>
    Object.fromEntries(
      Array.from({ length: n }, (_, i) => [`${i} é`.padEnd(length, "n"), text(`file ${i}`)]),
    );
  // 36 bytes of cid and the name's: at 2048 × 128 bytes the border itself is not yet over it.
  assert.equal(await assertSame(names(2048, 91)), 1);
  assert.ok(await assertSame(names(2049, 91)) > 200);
  const many = names(6000, 60);
  assert.ok(await assertSame({ ...many, "sub/x": text("x") }) > 256);
});

Deno.test("the size of a file's DAG follows from its size", async () => {
  const leaf = CHUNK_BYTES;
  for (const size of [0, 1, leaf, leaf + 1, 2 * leaf, 174 * leaf, 174 * leaf + 1, 350 * leaf + 9]) {
    const bytes = new Uint8Array(size);
    const { folders } = await imported({ f: bytes });
    assert.equal(fileTsize(size), folders.get("f")!.tsize, String(size));
  }
});
