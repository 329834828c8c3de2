import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeAddress, judgeBeside } from "./addresses.ts";

const passes = (text: string) => judgeAddress(text).address !== undefined;

Deno.test("public addresses pass in one spelling", () => {
  assert.equal(judgeAddress("93.184.216.34").address, "93.184.216.34");
  assert.equal(judgeAddress("2606:2800:0220:0001::0001").address, "2606:2800:220:1::1");
  assert.equal(judgeAddress("::ffff:93.184.216.34").address, "93.184.216.34");
  assert.equal(judgeAddress("64:ff9b::5db8:d822").address, "64:ff9b::5db8:d822");
});

Deno.test("every address that is not public is refused", () => {
  for (
    const text of [
      "0.0.0.0",
      "0.1.2.3",
      "10.0.0.1",
      "100.64.0.1",
      "100.100.100.200",
      "127.0.0.1",
      "127.255.255.254",
      "168.63.129.16",
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
      "192.0.0.192",
      "192.0.2.1",
      "192.88.99.1",
      "192.168.1.1",
      "198.18.0.1",
      "198.51.100.7",
      "203.0.113.9",
      "224.0.0.1",
      "239.255.255.255",
      "240.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "::7f00:1",
      "::127.0.0.1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "0:0:0:0:0:ffff:a00:1",
      "::ffff:0:127.0.0.1",
      "64:ff9b::7f00:1",
      "64:ff9b::169.254.169.254",
      "64:ff9b:1::808:808",
      "100::1",
      "2001::1",
      "2001:db8::1",
      "2001:2::1",
      "2001:10::1",
      "2001:20::1",
      "2002:7f00:1::",
      "2002:808:808::1",
      "3fff::1",
      "4000::1",
      "5f00::1",
      "fc00::1",
      "fd00:ec2::254",
      "fe80::1",
      "fe80::1%eth0",
      "2606:2800:220:1::1%eth0",
      "fec0::1",
      "ff02::1",
    ]
  ) {
    assert.equal(passes(text), false, text);
  }
});

Deno.test("what is no plain address is refused, whatever a parser could make of it", () => {
  for (
    const text of [
      "",
      "2130706433",
      "0x7f.1",
      "0177.0.0.1",
      "010.0.0.1",
      "127.1",
      "8.8.8",
      "8.8.8.8 ",
      "[::1]",
      "localhost",
      "1.2.3.4.5",
      "::g",
      "8.8.8.8/8",
    ]
  ) {
    assert.equal(passes(text), false, text);
  }
});

const octet = fc.integer({ min: 0, max: 255 });
const four = fc.tuple(octet, octet, octet, octet);

Deno.test("an IPv4 address inside IPv6 is judged as the IPv4 address, in every spelling", () => {
  fc.assert(fc.property(four, ([a, b, c, d]) => {
    const plain = `${a}.${b}.${c}.${d}`;
    const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    const expected = passes(plain);
    for (const prefix of ["::ffff:", "0:0:0:0:0:FFFF:", "64:ff9b::"]) {
      assert.equal(passes(prefix + plain), expected, prefix + plain);
      assert.equal(passes(prefix + hex), expected, prefix + hex);
    }
    // IPv4-compatible, 6to4 and Teredo forms never pass.
    assert.equal(passes(`2002:${hex}::1`), false);
    assert.equal(passes(`2001:0:${hex}::`), false);
    const verdict = judgeAddress(`::${hex}`);
    assert.equal(verdict.address, undefined, `::${hex}`);
  }));
});

Deno.test("no address of a private network passes", () => {
  fc.assert(
    fc.property(four, ([a, b, c, d]) => {
      const private_ = a === 0 || a === 10 || a === 127 || a >= 224 ||
        (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254) ||
        (a === 100 && b >= 64 && b < 128);
      if (private_) assert.equal(passes(`${a}.${b}.${c}.${d}`), false);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("what passes passes again and is unchanged", () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16));
  const six = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":"));
  fc.assert(fc.property(fc.oneof(six, four.map((parts) => parts.join("."))), (text) => {
    const { address } = judgeAddress(text);
    if (address !== undefined) assert.equal(judgeAddress(address).address, address);
  }));
});

Deno.test("the machine's own public addresses are refused", () => {
  const judge = judgeBeside(() => ["93.184.216.34", "127.0.0.1", "2606:2800:220:1::1"]);
  assert.equal(judge("93.184.216.34").refused, "this machine");
  assert.equal(judge("::ffff:93.184.216.34").refused, "this machine");
  assert.equal(judge("2606:2800:220:1:0:0:0:1").refused, "this machine");
  assert.equal(judge("93.184.216.35").address, "93.184.216.35");
  assert.equal(judge("127.0.0.1").refused, "loopback");
});
