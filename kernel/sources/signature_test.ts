import assert from "node:assert/strict";
import type { FaztError } from "../lib/fazt_error.ts";
import { isSignerKey, sha256, sign, signedText, signerKey, verify } from "./signature.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const file = (path: string, text: string) => ({
  path,
  size: text.length,
  sha256: sha256(bytes(text)),
});
const pair = () => crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);

Deno.test("a signature holds for exactly the files that were signed", async () => {
  const keys = await pair() as CryptoKeyPair;
  const files = [file("app.json", "{}"), file("b.txt", "two"), file("a.txt", "one")];
  const signature = bytes(await sign(files, keys));
  const key = await signerKey(keys.publicKey);
  assert.ok(isSignerKey(key));
  assert.equal(await verify(files, signature), key);
  assert.equal(await verify([...files].reverse(), signature), key);
  assert.equal(await verify([...files, file("fazt.sig", "anything")], signature), key);
  for (
    const other of [
      [file("app.json", "{} "), ...files.slice(1)],
      files.slice(1),
      [...files, file("c.txt", "more")],
      [files[0]!, { ...files[1]!, path: "c.txt" }, files[2]!],
    ]
  ) {
    await assert.rejects(verify(other, signature), { code: "SIGNATURE_INVALID" });
  }
  const another = await signerKey((await pair() as CryptoKeyPair).publicKey);
  const stolen = bytes(new TextDecoder().decode(signature).replace(key, another));
  await assert.rejects(verify(files, stolen), { code: "SIGNATURE_INVALID" });
  for (const text of ["", "{}", "[]", '{"format":"fazt-sig-1","key":"ed25519:AAAA"}']) {
    const refused = await verify(files, bytes(text)).catch((error: FaztError) => error.code);
    assert.equal(refused, "SIGNATURE_INVALID", text);
  }
});

Deno.test("what is signed is one text, whatever the order", () => {
  const files = [file("b", "2"), file("a/x", "1"), file("a.x", "3")];
  assert.equal(
    new TextDecoder().decode(signedText(files)),
    "fazt-sig-1\n" +
      `${sha256(bytes("3"))} 1 a.x\n${sha256(bytes("1"))} 1 a/x\n${sha256(bytes("2"))} 1 b\n`,
  );
});
