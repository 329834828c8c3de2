import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashFile, pack, unpack } from "./container.ts";
import { encodeHeader, type Header, readHeader } from "./header.ts";

const HEADER: Omit<Header, "size" | "sha256" | "encryption"> = {
  kind: "backup",
  id: "20261122-200401-123-7yc3",
  nodeId: "node_abc",
  createdAt: 1,
  version: "1.0.0",
  level: 1,
  source: "manual",
  compression: "zstd",
  counts: { apps: 2 },
  secretKey: "inside",
};
const PASSPHRASE = "correct horse battery";

/** Bytes that compress a little, the same every time. */
function content(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 2_654_435_761 >>> 13) & (i & 4096 ? 0xff : 3);
  return bytes;
}

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "fazt-pack-" });
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Packs bytes; returns the path. */
async function packed(
  dir: string,
  bytes: Uint8Array,
  options: { readonly passphrase?: string; readonly compression?: "zstd" | "none" } = {},
): Promise<string> {
  const from = `${dir}/from`;
  const to = `${dir}/packed-${crypto.randomUUID()}`;
  await Deno.writeFile(from, bytes);
  const { compression = "zstd", passphrase } = options;
  await pack({ from, to, header: { ...HEADER, compression }, passphrase });
  return to;
}

async function unpacked(file: string, passphrase?: string): Promise<Uint8Array> {
  const to = `${file}.out`;
  await Deno.remove(to).catch(() => {});
  await unpack(file, { to, passphrase });
  return await Deno.readFile(to);
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Where the payload of a file begins. */
async function payloadOf(file: string): Promise<number> {
  const bytes = await Deno.readFile(file);
  let at = 0;
  return readHeader((length) => bytes.subarray(at, at += length)).bytes.length;
}

Deno.test("what is packed comes out again, at every length and in every way", async () => {
  await inFolder(async (dir) => {
    for (const length of [0, 1, 1024 * 1024, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1]) {
      for (const compression of ["zstd", "none"] as const) {
        const bytes = content(length);
        const file = await packed(dir, bytes, { compression });
        assert.deepEqual(await unpacked(file), bytes, `${length} ${compression}`);
      }
    }
    const bytes = content(3 * 1024 * 1024);
    for (const compression of ["zstd", "none"] as const) {
      const file = await packed(dir, bytes, { compression, passphrase: PASSPHRASE });
      assert.deepEqual(await unpacked(file, PASSPHRASE), bytes);
    }
  });
});

Deno.test("packing tells the length and hash of the file, and of what is in it", async () => {
  await inFolder(async (dir) => {
    await Deno.writeFile(`${dir}/from`, content(100_000));
    const done = await pack({ from: `${dir}/from`, to: `${dir}/to`, header: HEADER });
    assert.deepEqual({ bytes: done.bytes, sha256: done.sha256 }, hashFile(`${dir}/to`));
    assert.equal(done.header.size, 100_000);
    assert.equal(done.header.sha256, hashFile(`${dir}/from`).sha256);
    assert.equal(Deno.statSync(`${dir}/to`).mode! & 0o777, 0o600);
  });
});

Deno.test("a byte changed anywhere, an end cut off or added is found", async () => {
  await inFolder(async (dir) => {
    const good = digest(content(300_000));
    for (const compression of ["zstd", "none"] as const) {
      const file = await packed(dir, content(300_000), { compression });
      const whole = await Deno.readFile(file);
      const step = Math.floor(whole.length / 40);
      for (let at = 8; at < whole.length; at += step) {
        const changed = whole.slice();
        changed[at]! ^= 0x10;
        await Deno.writeFile(file, changed);
        // A bit that the compression does not need changes nothing that comes out.
        const out = await unpacked(file).catch((error) => error);
        if (out instanceof Uint8Array) assert.equal(digest(out), good, `${compression} at ${at}`);
        else assert.equal(out.code, "BACKUP_DAMAGED", `${compression} at ${at}: ${out}`);
      }
      for (const length of [13, 100, whole.length - 1, whole.length - 20_000]) {
        await Deno.writeFile(file, whole.subarray(0, length));
        await assert.rejects(unpacked(file), { code: "BACKUP_DAMAGED" }, `cut at ${length}`);
      }
      await Deno.writeFile(file, new Uint8Array([...whole, 1, 2, 3]));
      await assert.rejects(unpacked(file), { code: "BACKUP_DAMAGED" });
    }
  });
});

Deno.test("an encrypted file opens with its passphrase only, and shows nothing of its content", async () => {
  await inFolder(async (dir) => {
    const bytes = new TextEncoder().encode("SECRET TEXT ".repeat(1000));
    const file = await packed(dir, bytes, { passphrase: PASSPHRASE, compression: "none" });
    const text = new TextDecoder("latin1").decode(await Deno.readFile(file));
    assert.equal(text.includes("SECRET TEXT"), false);
    assert.equal(text.includes(PASSPHRASE), false);
    await assert.rejects(unpacked(file), { code: "PASSPHRASE", message: /is encrypted/ });
    await assert.rejects(unpacked(file, "correct horse batterz"), {
      code: "PASSPHRASE",
      message: /is wrong/,
    });
    await assert.rejects(packed(dir, bytes, { passphrase: "short" }), { code: "INVALID" });
  });
});

Deno.test("parts of an encrypted file cannot be moved, dropped, doubled or put under another header", async () => {
  await inFolder(async (dir) => {
    const bytes = content(3 * 1024 * 1024 + 10);
    const file = await packed(dir, bytes, { passphrase: PASSPHRASE, compression: "none" });
    const whole = await Deno.readFile(file);
    const front = await payloadOf(file);
    const part = 1024 * 1024 + 16;
    const parts = [0, 1, 2, 3].map((n) => whole.subarray(front + n * part, front + (n + 1) * part));
    const refused = async (
      order: readonly Uint8Array[],
      why: string,
      head = whole.subarray(0, front),
    ) => {
      await Deno.writeFile(
        file,
        new Uint8Array(await new Blob([head, ...order] as BlobPart[]).arrayBuffer()),
      );
      await assert.rejects(unpacked(file, PASSPHRASE), { code: "BACKUP_DAMAGED" }, why);
    };
    await refused([parts[1]!, parts[0]!, parts[2]!, parts[3]!], "moved");
    await refused([parts[0]!, parts[2]!, parts[3]!], "dropped");
    await refused([parts[0]!, parts[1]!, parts[2]!], "the end dropped");
    // Found by the last part itself, before anything counts what came out.
    await assert.rejects(unpacked(file, PASSPHRASE), { message: /what follows it is missing/ });
    await refused([parts[0]!, parts[0]!, parts[1]!, parts[2]!, parts[3]!], "doubled");
    await refused([], "nothing left");
    let at = 0;
    const { header } = readHeader((length) => whole.subarray(at, at += length));
    await refused(parts, "another header", encodeHeader({ ...header, nodeId: "node_xyz" }));
  });
});

Deno.test("a stranger's header cannot ask for more memory or time than is allowed", async () => {
  await inFolder(async (dir) => {
    const file = await packed(dir, content(10), { passphrase: PASSPHRASE });
    const whole = await Deno.readFile(file);
    let at = 0;
    const { header } = readHeader((length) => whole.subarray(at, at += length));
    for (
      const change of [{ memoryKib: 4_000_000 }, { passes: 1000 }, { lanes: 100 }, {
        chunkBytes: 1e9,
      }]
    ) {
      const encryption = { ...header.encryption!, ...change };
      await Deno.writeFile(file, encodeHeader({ ...header, encryption }));
      await assert.rejects(unpacked(file, PASSPHRASE), { code: "BACKUP_DAMAGED" });
    }
    await Deno.writeFile(file, encodeHeader({ ...header, size: 5, encryption: undefined }));
    await assert.rejects(unpacked(file), { code: "BACKUP_DAMAGED" });
  });
});

Deno.test("a file that is none of ours is told from a damaged one", async () => {
  await inFolder(async (dir) => {
    for (const text of ["", "PK\x03\x04 something", "SQLite format 3\0"]) {
      await Deno.writeTextFile(`${dir}/x`, text);
      await assert.rejects(unpacked(`${dir}/x`), { code: "INVALID", message: /not one that fazt/ });
    }
  });
});
