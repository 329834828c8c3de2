import { encode, prepare } from "@ipld/dag-pb";
import { CarBufferReader, CarReader } from "@ipld/car";
import fc from "fast-check";
import { UnixFS } from "ipfs-unixfs";
import { exporter } from "ipfs-unixfs-exporter";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import type { ImporterOptions } from "ipfs-unixfs-importer";
import { CID } from "multiformats/cid";
import assert from "node:assert/strict";
import { carOf } from "../content/testing.ts";
import { concat } from "../lib/concat.ts";
import { sameBytes } from "../lib/testing/same_bytes.ts";
import { carFrame, carHeader, varint } from "./car.ts";
import { readCar } from "./car_reader.ts";
import { cidOf } from "./cid.ts";
import { dagBlocks } from "./dag_blocks.ts";
import { CHUNK_BYTES, cidFor, DAG_PB, RAW } from "./file_dag.ts";
import { folderDag } from "./folder_dag.ts";
import { type DagLimits, type Imported, readDag } from "./read_dag.ts";

const LIMITS: DagLimits = { links: 10_000, entries: 9000, fileBytes: 1e8, totalBytes: 2e8 };
const text = (value: string) => new TextEncoder().encode(value);
const sample = (length: number, seed = 31) =>
  Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 8)) & 255);

type Files = Readonly<Record<string, Uint8Array>>;

const FILES: Files = {
  "index.html": text("<h1>hi</h1>"),
  "empty": new Uint8Array(),
  "a/b/é.txt": text("deep"),
  "large.bin": sample(3 * CHUNK_BYTES + 5),
  "twin.bin": sample(3 * CHUNK_BYTES + 5),
  "zeros.bin": new Uint8Array(5 * CHUNK_BYTES),
};

const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
});

const read = async (car: Uint8Array, limits: Partial<DagLimits> = {}, maxBlocks = 10_000) =>
  await readDag(await readCar(sourceOf(car), { maxBlocks }), { ...LIMITS, ...limits });

async function contents(dag: Imported): Promise<Record<string, Uint8Array>> {
  const out: Record<string, Uint8Array> = {};
  for (const { path, content } of dag.files) {
    const parts: Uint8Array[] = [];
    for await (const part of content()) parts.push(part);
    out[path] = concat(parts);
  }
  return out;
}

/** A CAR as this node writes one. */
async function ourCar(files: Files): Promise<{ car: Uint8Array; root: CID }> {
  const list = Object.entries(files).map(([path, bytes]) => ({
    path,
    cid: cidOf(bytes),
    size: bytes.length,
  }));
  const blobs = new Map(Object.values(files).map((bytes) => [cidOf(bytes), bytes]));
  const { folders, nodes } = await folderDag(list);
  const root = CID.parse(folders.get("")!.cid);
  const frames: Uint8Array[] = [carHeader(root)];
  const source = {
    node: (cid: string) => nodes.get(cid),
    file: (cid: string) => {
      const blob = blobs.get(cid);
      return blob && { blobCid: cid, size: blob.length };
    },
    read: (cid: string, start: number, end: number) => blobs.get(cid)!.subarray(start, end),
  };
  for await (const { cid, bytes } of dagBlocks(root, source)) frames.push(carFrame(cid, bytes));
  return { car: concat(frames), root };
}

Deno.test("IPFS's own tools read the CARs of this node", async () => {
  const { car, root } = await ourCar(FILES);
  const reader = await CarReader.fromBytes(car);
  assert.deepEqual((await reader.getRoots()).map(String), [String(root)]);
  const store = {
    async *get(cid: CID) {
      yield (await reader.get(cid))!.bytes;
    },
  };
  for (const [path, bytes] of Object.entries(FILES)) {
    // deno-lint-ignore no-explicit-any -- of a block store the exporter only ever calls get
    const entry = await exporter(`${root}/${path}`, store as any);
    assert.equal(entry.type === "file" || entry.type === "raw", true);
    const parts: Uint8Array[] = [];
    for await (const part of (entry as { content(): AsyncIterable<Uint8Array> }).content()) {
      parts.push(part);
    }
    sameBytes(concat(parts), bytes);
  }
  const order = [...CarBufferReader.fromBytes(car).blocks()].map(({ cid }) => String(cid));
  assert.equal(order[0], String(root));
  assert.equal(new Set(order).size, order.length);
});

Deno.test("CARs of any layout are read: chunks, widths, versions, shards of others", async () => {
  const layouts: ImporterOptions[] = [
    {},
    { cidVersion: 0, rawLeaves: false },
    { cidVersion: 1, rawLeaves: true, chunker: fixedSize({ chunkSize: 1_048_576 }) },
    { cidVersion: 1, rawLeaves: true, chunker: fixedSize({ chunkSize: 1000 }) },
    { cidVersion: 1, rawLeaves: true, shardSplitThresholdBytes: 1 },
    { cidVersion: 1, rawLeaves: true, shardSplitThresholdBytes: 1, shardFanoutBits: 4 },
  ];
  for (const layout of layouts) {
    const dag = await read((await carOf(FILES, layout)).car);
    assert.equal(dag.kind, "folder");
    const found = await contents(dag);
    assert.deepEqual(Object.keys(found).sort(), Object.keys(FILES).sort());
    for (const [path, bytes] of Object.entries(FILES)) sameBytes(found[path], bytes);
  }
});

Deno.test("what a CAR says wrongly, leaves out or overdoes is refused", async () => {
  const { car, root } = await ourCar(FILES);
  const invalid = { code: "CAR_INVALID", status: 422 };
  for (const cut of [0, 1, 30, 60, 100, car.length - 1]) {
    await assert.rejects(() => read(car.slice(0, cut)), invalid, `cut at ${cut}`);
  }
  const flipped = car.slice();
  flipped[car.length - 3]! ^= 1;
  await assert.rejects(() => read(flipped), { message: /is not what its cid says/ });
  await assert.rejects(() => read(carHeader(root)), { message: /lacks the block/ });
  const two = text("two");
  const leaf = cidFor(RAW, two);
  const header = carHeader(leaf);
  assert.equal((await read(concat([header, carFrame(leaf, two)]))).kind, "file");
  const other = CID.createV1(0x71, leaf.multihash);
  await assert.rejects(() => read(concat([header, carFrame(other, two)])), { message: /no part/ });
  await assert.rejects(() => read(concat([header, varint(3_000_000), new Uint8Array(3_000_000)])), {
    message: /over 2 MiB/,
  });
  const v2 = Uint8Array.from([10, 0xa1, 0x67, ...text("version"), 2]);
  await assert.rejects(() => read(v2), { message: /CARv2/ });
  await assert.rejects(() => read(concat([Uint8Array.of(5), text("hello")])), invalid);
  await assert.rejects(() => read(car, {}, 5), { code: "CAR_TOO_LARGE", hint: /carBlocks/ });
  await assert.rejects(() => read(car, { links: 3 }), { code: "CAR_TOO_LARGE" });
  await assert.rejects(() => read(car, { entries: 3 }), { code: "TOO_MANY_FILES" });
  await assert.rejects(() => read(car, { fileBytes: 1000 }), { code: "TOO_LARGE" });
  await assert.rejects(() => read(car, { totalBytes: 900_000 }), { code: "TOO_LARGE" });
});

/** A CAR of hand-made nodes; the last is the root. */
function handMade(...blocks: readonly { cid: CID; bytes: Uint8Array }[]): Uint8Array {
  return concat([
    carHeader(blocks.at(-1)!.cid),
    ...blocks.map(({ cid, bytes }) => carFrame(cid, bytes)),
  ]);
}

function node(data: UnixFS, links: readonly { Name: string; Hash: CID }[]) {
  const Links = links.map((link) => ({ Tsize: 1, ...link }));
  const bytes = encode(prepare({ Data: data.marshal(), Links }));
  return { cid: cidFor(DAG_PB, bytes), bytes };
}

Deno.test("names that lead elsewhere, sizes that lie and nodes in nodes without end are refused", async () => {
  const hi = text("hi");
  const leaf: { cid: CID; bytes: Uint8Array } = { cid: cidFor(RAW, hi), bytes: hi };
  const folder = (...names: string[]) =>
    node(new UnixFS({ type: "directory" }), names.map((Name) => ({ Name, Hash: leaf.cid })));
  assert.equal((await read(handMade(leaf, folder("ok")))).files.length, 1);
  for (const names of [[".."], ["a/b"], [""], ["a\\b"], ["a\0"], ["e\u0301"], ["a", "a"]]) {
    await assert.rejects(
      () => read(handMade(leaf, folder(...names))),
      (error: { code: string }) => ["CAR_INVALID", "PATH_INVALID"].includes(error.code),
      JSON.stringify(names),
    );
  }
  const liar = (size: bigint) =>
    node(new UnixFS({ type: "file", blockSizes: [size] }), [{ Name: "", Hash: leaf.cid }]);
  assert.equal((await read(handMade(leaf, liar(2n)))).files[0]!.size, 2);
  await assert.rejects(() => read(handMade(leaf, liar(3n))), { message: /not the size/ });
  const link = node(new UnixFS({ type: "symlink", data: text("/etc/passwd") }), []);
  await assert.rejects(() => read(handMade(link)), { code: "CAR_INVALID" });
  // Forty nodes that stand for 2^40 leaves.
  let bomb = leaf;
  const bombs = [leaf];
  for (let i = 0; i < 40; i++) {
    bomb = node(new UnixFS({ type: "directory" }), [
      { Name: "a", Hash: bomb.cid },
      { Name: "b", Hash: bomb.cid },
    ]);
    bombs.push(bomb);
  }
  await assert.rejects(() => read(handMade(...bombs)), { code: /TOO_MANY_FILES|CAR_TOO_LARGE/ });
  let deep = leaf;
  const chain = [leaf];
  for (let i = 0; i < 80; i++) {
    chain.push(deep = node(new UnixFS({ type: "directory" }), [{ Name: "d", Hash: deep.cid }]));
  }
  await assert.rejects(() => read(handMade(...chain)), { message: /deeper/ });
});

Deno.test("no bytes at all do anything but be read or be refused", async () => {
  const { car } = await ourCar({ "a/b": text("x"), c: text("y") });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(car.length - 1),
      fc.nat(255),
      fc.nat(car.length),
      async (at, byte, end) => {
        const bytes = car.slice(0, end);
        if (at < end) bytes[at] = byte;
        await read(bytes).catch((error) => {
          assert.match(String(error.code), /^(?:CAR_INVALID|CAR_TOO_LARGE|PATH_INVALID)$/);
        });
      },
    ),
    { numRuns: 300 },
  );
});
