import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../lib/fazt_error.ts";
import { fileFor, judgeRelease, parseRelease } from "./release.ts";
import { makeKeyPair, parseKeys, signBytes, verifySignatures } from "./signature.ts";

const FILE = {
  ...{ target: "x86_64-unknown-linux-gnu", kind: "portable", url: "fazt" },
  ...{ size: 10, sha256: "a".repeat(64) },
};
const RELEASE = {
  ...{ kind: "fazt-release", format: 1, version: "1.2.3", createdAt: 1, schema: 20 },
  files: [FILE],
};
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const codeOf = (run: () => unknown) => {
  try {
    run();
    return "ok";
  } catch (error) {
    assert.ok(error instanceof FaztError, String(error));
    return error.code;
  }
};

Deno.test("a manifest is read only where it says everything in the right shape", () => {
  assert.equal(parseRelease(bytesOf(RELEASE)).minSchema, 0);
  for (
    const wrong of [
      {},
      [],
      null,
      { ...RELEASE, kind: "other" },
      { ...RELEASE, format: 2 },
      { ...RELEASE, version: "latest" },
      { ...RELEASE, files: [] },
      { ...RELEASE, files: [{ ...FILE, sha256: "A".repeat(64) }] },
      { ...RELEASE, files: [{ ...FILE, size: -1 }] },
      { ...RELEASE, files: [{ ...FILE, size: 1e15 }] },
      { ...RELEASE, files: [{ ...FILE, target: "../x" }] },
      { ...RELEASE, files: [{ ...FILE, kind: "script" }] },
    ]
  ) assert.equal(codeOf(() => parseRelease(bytesOf(wrong))), "RELEASE_INVALID");
  assert.throws(() => parseRelease(bytesOf({ ...RELEASE, format: 2 })), /format 2/);
  assert.equal(codeOf(() => parseRelease(new Uint8Array([0xff, 0xfe]))), "RELEASE_INVALID");
});

Deno.test("whatever bytes a manifest is made of, it is read or refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.equal(codeOf(() => parseRelease(bytes)), "RELEASE_INVALID");
  }));
  fc.assert(fc.property(fc.json(), (text) => {
    assert.equal(codeOf(() => parseRelease(new TextEncoder().encode(text))), "RELEASE_INVALID");
  }));
});

Deno.test("the file is one for this machine, of the same kind where there is one", () => {
  const compiled = { ...FILE, kind: "compiled", url: "other" };
  const release = parseRelease(bytesOf({ ...RELEASE, files: [FILE, compiled] }));
  const wanted = { target: FILE.target, kind: "compiled" } as const;
  assert.equal(fileFor(release, wanted).url, "other");
  assert.equal(fileFor(parseRelease(bytesOf(RELEASE)), wanted).url, "fazt");
  const target = "aarch64-unknown-linux-gnu";
  assert.equal(codeOf(() => fileFor(release, { target, kind: "portable" })), "RELEASE_TARGET");
});

Deno.test("only what is newer follows; what is older has to be meant; the database must fit", () => {
  const of = (version: string, minSchema = 0) =>
    parseRelease(bytesOf({ ...RELEASE, version, minSchema }));
  const judge = (version: string, rollback = false, minSchema = 0) =>
    codeOf(() => judgeRelease(of(version, minSchema), { version: "1.2.3", level: 20 }, rollback));
  assert.deepEqual(["1.2.4", "1.3.0-rc.1", "2.0.0"].map((one) => judge(one)), ["ok", "ok", "ok"]);
  assert.deepEqual(["1.2.2", "1.2.3-rc.1"].map((one) => judge(one)), ["DOWNGRADE", "DOWNGRADE"]);
  assert.equal(judge("1.2.3"), "UPGRADE_CURRENT");
  assert.equal(judge("1.2.2", true), "ok");
  assert.equal(judge("2.0.0", false, 21), "RELEASE_SCHEMA");
  assert.equal(judge("2.0.0", false, 20), "ok");
});

Deno.test("a signature proves these bytes and this key, and nothing else", async () => {
  const [own, other] = await Promise.all([makeKeyPair(), makeKeyPair()]);
  const bytes = bytesOf(RELEASE);
  const changed = bytesOf({ ...RELEASE, version: "1.2.4" });
  const line = await signBytes(bytes, own);
  const trusted = [own.publicKey];
  assert.deepEqual(await verifySignatures(bytes, line, trusted), { by: own.publicKey });
  assert.deepEqual(await verifySignatures(changed, line, trusted), { wrong: own.publicKey });
  assert.deepEqual(await verifySignatures(bytes, line, [other.publicKey]), {
    strangers: [own.publicKey],
  });
  assert.deepEqual(await verifySignatures(bytes, "", trusted), { strangers: [] });
  // Another's signature under the own key's name.
  const forged = line.replace(/ \S+\n/, ` ${(await signBytes(bytes, other)).split(" ")[2]}`);
  assert.deepEqual(await verifySignatures(bytes, forged, trusted), { wrong: own.publicKey });
  // While keys change, one release is signed with both.
  const both = await signBytes(bytes, other) + line;
  assert.deepEqual(await verifySignatures(bytes, both, trusted), { by: own.publicKey });
  for (const odd of ["ed25519", `ed25519 ${own.publicKey} %%%`, "\0", `x ${line}`]) {
    assert.ok(!("by" in await verifySignatures(bytes, odd, trusted)), odd);
  }
});

Deno.test("keys are read as people write them", async () => {
  const { publicKey } = await makeKeyPair();
  assert.deepEqual(parseKeys(` ${publicKey},\n${publicKey} `), [publicKey, publicKey]);
  assert.deepEqual(parseKeys(""), []);
  assert.equal(codeOf(() => parseKeys("c2hvcnQ=")), "INVALID");
});
