import { CID } from "multiformats/cid";
import { base16 } from "multiformats/bases/base16";
import { base36 } from "multiformats/bases/base36";
import { base32upper } from "multiformats/bases/base32";
import { base58btc } from "multiformats/bases/base58";
import { identity } from "multiformats/hashes/identity";
import { create } from "multiformats/hashes/digest";
import assert from "node:assert/strict";
import { cidOf } from "../../fs/mod.ts";
import { readIpfsPath } from "./ipfs_path.ts";

const FILE = cidOf(new TextEncoder().encode("hi"));
const FOLDER = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

Deno.test("a cid is read with the names below it", () => {
  const read = (path: string) => {
    const found = readIpfsPath(path, "?q");
    return found.kind === "content" ? [found.cid.text, found.rest, found.slash] : found.kind;
  };
  assert.deepEqual(read(`/ipfs/${FILE}`), [FILE, "", false]);
  assert.deepEqual(read(`/ipfs/${FOLDER}/`), [FOLDER, "", true]);
  assert.deepEqual(read(`/ipfs/${FOLDER}/a%20b/é`), [FOLDER, "a b/é", false]);
  assert.deepEqual(read(`/ipfs/${FOLDER}/a/`), [FOLDER, "a", true]);
  for (
    const bad of ["/a//b", "/../x", "/./x", "/a/..", "//", "/a%2fb", "/%2e%2e/x", "/a%5cb", "/%ff"]
  ) {
    assert.equal(read(`/ipfs/${FOLDER}${bad}`), "bad", bad);
  }
});

Deno.test("every other form of a cid leads to its one form, path and query with it", () => {
  const cid = CID.parse(FOLDER);
  const forms = [
    cid.toV0().toString(),
    cid.toString(base58btc),
    cid.toString(base36),
    cid.toString(base16),
    cid.toString(base32upper),
  ];
  for (const form of forms) {
    assert.deepEqual(readIpfsPath(`/ipfs/${form}/a%20b`, "?x=1"), {
      kind: "moved",
      location: `/ipfs/${FOLDER}/a%20b?x=1`,
    }, form);
  }
});

Deno.test("what is no cid is somebody else's, and what no UnixFS can have is refused", () => {
  const digest = CID.parse(FILE).multihash;
  for (
    const none of ["", "x", "index.html", "bafkrei", `${FILE}x`, "b".repeat(100_000), "Qm", "%62af"]
  ) {
    assert.equal(readIpfsPath(`/ipfs/${none}`, "").kind, "none", none.slice(0, 80));
  }
  const cids = [
    CID.createV1(0x71, digest),
    CID.createV1(0x72, digest),
    CID.createV1(0x55, create(0x13, digest.digest)),
    CID.createV1(0x55, create(0x12, digest.digest.subarray(0, 31))),
    CID.createV1(0x55, identity.digest(new Uint8Array(32)) as never),
  ];
  for (const cid of cids) {
    assert.equal(readIpfsPath(`/ipfs/${cid}`, "").kind, "bad", String(cid));
  }
});
