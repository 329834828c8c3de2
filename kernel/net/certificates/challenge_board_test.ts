import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { ChallengeBoard } from "./challenge_board.ts";

Deno.test("an authority that connects is shown a certificate for just its question, while it is open", async () => {
  const board = new ChallengeBoard(() => Date.now());
  const signal = new AbortController().signal;
  const names = [
    ["a.example", "a.example", "DNS:a.example"],
    ["192.0.2.7", "7.2.0.192.in-addr.arpa", "IP Address:192.0.2.7"],
    [
      "2001:db8::1",
      `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`,
      "IP Address:2001:db8::1",
    ],
  ] as const;
  for (const [name, inHello, subject] of names) {
    const undo = await board.tls.prepare({ name, token: "t", keyAuthorization: "t.key" }, signal);
    assert.equal(board.expectsCheck, true);
    const served = board.check(inHello)!;
    const certificate = new X509Certificate(served.cert);
    assert.equal(certificate.subjectAltName, subject);
    // The identifier, critical, with the SHA-256 of "t.key" (RFC 8737 §3).
    const digest = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode("t.key")),
    );
    const extension = `06082b0601050507011f0101ff04220420${digest.toHex()}`;
    assert.ok(new Uint8Array(certificate.raw).toHex().includes(extension));
    await undo();
    assert.equal(board.check(inHello), undefined);
    assert.equal(board.expectsCheck, false);
  }
});
