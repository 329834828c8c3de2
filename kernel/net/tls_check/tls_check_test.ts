import assert from "node:assert/strict";
import { connect } from "node:tls";
import fc from "fast-check";
import { TEST_CERT, TEST_KEY } from "../../egress/testing_tls.ts";
import { answerCheck, type ClientHello, findClientHello, isCheck } from "./mod.ts";
import { expandLabel, protectedRecord, serverHandshakeSecret } from "./key_schedule.ts";

const hex = (text: string) => Uint8Array.fromHex(text.replace(/\s+/g, ""));

/** The first bytes a client of Deno's sends. */
async function helloOf(options: { servername?: string; ALPNProtocols: string[] }) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const client = connect({ host: "127.0.0.1", port: listener.addr.port, ...options });
  client.on("error", () => {});
  using server = await listener.accept();
  const bytes = new Uint8Array(16_384);
  const count = await server.read(bytes);
  client.destroy();
  return bytes.slice(0, count!);
}

const found = (bytes: Uint8Array) => findClientHello(bytes) as ClientHello;

Deno.test("the hello of an authority is told from a visitor's", async () => {
  const visitor = found(
    await helloOf({ servername: "Good.test", ALPNProtocols: ["h2", "http/1.1"] }),
  );
  assert.deepEqual([visitor.serverName, visitor.alpn], ["good.test", ["h2", "http/1.1"]]);
  assert.equal(isCheck(visitor), false);
  const check = found(await helloOf({ servername: "good.test", ALPNProtocols: ["acme-tls/1"] }));
  assert.equal(isCheck(check), true);
  assert.ok(check.versions.includes(0x0304) && check.keyShares.get(0x001d)?.length === 32);
  const both = { servername: "good.test", ALPNProtocols: ["acme-tls/1", "h2"] };
  assert.equal(isCheck(found(await helloOf(both))), false);
});

Deno.test("a hello is waited for as long as it is not whole, in however many records it comes", async () => {
  const bytes = await helloOf({ servername: "good.test", ALPNProtocols: ["acme-tls/1"] });
  for (let end = 0; end < bytes.length; end++) {
    assert.equal(findClientHello(bytes.subarray(0, end)), "more");
  }
  const message = bytes.subarray(5);
  const records = Array.from({ length: Math.ceil(message.length / 7) }, (_, n) => {
    const part = message.subarray(n * 7, n * 7 + 7);
    return [22, 3, 1, 0, part.length, ...part];
  });
  assert.deepEqual(found(new Uint8Array(records.flat())), found(bytes));
});

Deno.test("whatever comes in place of a hello is none, and nothing breaks", async () => {
  assert.equal(findClientHello(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")), undefined);
  const endless = new Uint8Array([22, 3, 1, 64, 0, 1, 255, 255, 255]);
  assert.equal(findClientHello(endless), "more");
  const long = new Uint8Array(80_000);
  for (let at = 0; at < long.length; at += 16_389) long.set([22, 3, 1, 64, 0], at);
  long.set([1, 255, 255, 255], 5);
  assert.equal(findClientHello(long), undefined);
  const real = await helloOf({ servername: "good.test", ALPNProtocols: ["acme-tls/1"] });
  const changes = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 8 });
  await fc.assert(fc.asyncProperty(changes, async (all) => {
    const bytes = real.slice();
    for (const [at, value] of all) bytes[at] = value;
    const seen = findClientHello(bytes);
    if (seen !== undefined && seen !== "more") {
      await answerCheck(seen, { cert: TEST_CERT, key: TEST_KEY });
    }
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    findClientHello(bytes);
    findClientHello(new Uint8Array([22, 3, 1, 0, bytes.length & 255, ...bytes]));
  }));
});

Deno.test("without a certificate, and to whom offers less, the answer is an alert", async () => {
  const hello = found(await helloOf({ servername: "x.test", ALPNProtocols: ["acme-tls/1"] }));
  const refusal = hex("15 0303 0002 02 28");
  const certificate = { cert: TEST_CERT, key: TEST_KEY };
  assert.deepEqual(await answerCheck(hello, undefined), refusal);
  assert.deepEqual(await answerCheck({ ...hello, versions: [0x0303] }, certificate), refusal);
  assert.deepEqual(await answerCheck({ ...hello, keyShares: new Map() }, certificate), refusal);
  assert.equal((await answerCheck(hello, certificate))[0], 22);
});

Deno.test("keys are those of the handshake that RFC 8448 §3 writes down", () => {
  const shared = hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
  const transcript = hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
  const secret = serverHandshakeSecret(shared, transcript);
  assert.equal(
    secret.toHex(),
    "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
  );
  const none = new Uint8Array();
  assert.equal(expandLabel(secret, "key", none, 16).toHex(), "3fce516009c21727d0f2e4e86ee403bc");
  assert.equal(expandLabel(secret, "iv", none, 12).toHex(), "5d313eb2671276ee13000b30");
  assert.equal(protectedRecord(secret, new Uint8Array(10)).length, 5 + 10 + 1 + 16);
});
