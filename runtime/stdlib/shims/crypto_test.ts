import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import node from "node:crypto";
import fc from "fast-check";
import own from "./crypto.ts";

const bytes = fc.uint8Array({ maxLength: 300 });

Deno.test("crypto shim: every hash and MAC agrees with Node's", () => {
  const known = own.getHashes().filter((name) => node.getHashes().includes(name));
  assert.ok(known.includes("sha256") && known.includes("md5") && known.length > 6, String(known));
  for (const name of known) {
    fc.assert(
      fc.property(bytes, bytes, (key, data) => {
        const digest = own.createHash(name).update(data).update("ü").digest("hex");
        assert.equal(digest, node.createHash(name).update(data).update("ü").digest("hex"));
        assert.equal(
          own.createHmac(name, key).update(data).digest("base64url"),
          node.createHmac(name, key).update(data).digest("base64url"),
        );
      }),
      { numRuns: 15 },
    );
  }
});

Deno.test("crypto shim: key derivation agrees with Node's", async () => {
  const hex = (data: Uint8Array | ArrayBuffer) => Buffer.from(data as ArrayBuffer).toString("hex");
  assert.equal(
    hex(own.pbkdf2Sync("pw", "salt", 100, 40, "sha512")),
    hex(node.pbkdf2Sync("pw", "salt", 100, 40, "sha512")),
  );
  assert.equal(
    hex(own.scryptSync("pw", "salt", 32, { N: 1024 })),
    hex(node.scryptSync("pw", "salt", 32, { N: 1024 })),
  );
  assert.equal(
    hex(own.hkdfSync("sha256", "key", "salt", "info", 42)),
    hex(node.hkdfSync("sha256", "key", "salt", "info", 42)),
  );
  const later = await new Promise<Buffer>((resolve, reject) =>
    own.scrypt("pw", "salt", 8, (error, key) => error ? reject(error) : resolve(key!))
  );
  assert.equal(hex(later), hex(node.scryptSync("pw", "salt", 8)));
});

Deno.test("crypto shim: misuse fails with Node's codes", () => {
  const code = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const used = own.createHash("sha1");
  used.digest();
  assert.equal(code(() => used.update("x")), "ERR_CRYPTO_HASH_FINALIZED");
  assert.equal(code(() => own.createHash("constructor")), "ERR_CRYPTO_INVALID_DIGEST");
  assert.equal(code(() => own.createHash("md5").update(5 as never)), "ERR_INVALID_ARG_TYPE");
  assert.equal(
    code(() => own.timingSafeEqual("a", "ab")),
    "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH",
  );
  assert.equal(code(() => own.randomBytes(-1)), "ERR_OUT_OF_RANGE");
  assert.equal(code(() => own.randomInt(5, 5)), "ERR_OUT_OF_RANGE");
  assert.equal(
    code(() => own.scryptSync("p", "s", 8, { N: 1 << 20 })),
    "ERR_CRYPTO_INVALID_SCRYPT_PARAMS",
  );
});

Deno.test("crypto shim: a copy goes on alone", () => {
  const first = own.createHash("sha256").update("a");
  const second = first.copy().update("b");
  assert.equal(first.digest("hex"), node.createHash("sha256").update("a").digest("hex"));
  assert.equal(second.digest("hex"), node.createHash("sha256").update("ab").digest("hex"));
});

Deno.test("crypto shim: comparison and randomness", () => {
  assert.equal(own.timingSafeEqual(Buffer.from("ab"), Buffer.from("ab")), true);
  assert.equal(own.timingSafeEqual(Buffer.from("ab"), Buffer.from("ac")), false);
  const many = own.randomBytes(200_000)!;
  assert.equal(many.length, 200_000);
  assert.ok(many.subarray(199_000).some((byte) => byte !== 0));
  const seen = new Set(Array.from({ length: 200 }, () => own.randomInt(3, 6)));
  assert.deepEqual([...seen].sort(), [3, 4, 5]);
  assert.match(own.randomUUID(), /^[0-9a-f-]{36}$/);
});
