import assert from "node:assert/strict";
import { parseDomain, showDomain } from "./domain_name.ts";

Deno.test("a domain is read however a person writes it", () => {
  const cases = [
    ["example.com", "example.com", undefined],
    ["  Shop.Example.COM. ", "shop.example.com", undefined],
    ["xn--mnchen-3ya.example", "xn--mnchen-3ya.example", "m\u00fcnchen.example"],
    ["M\u00dcNCHEN.example", "xn--mnchen-3ya.example", "m\u00fcnchen.example"],
    [
      "\u4f8b\u3048.\u30c6\u30b9\u30c8",
      "xn--r8jz45g.xn--zckzah",
      "\u4f8b\u3048.\u30c6\u30b9\u30c8",
    ],
  ] as const;
  for (const [text, domain, unicode] of cases) {
    const read = parseDomain(text);
    assert.equal(read.domain, domain, text);
    assert.equal(read.unicode, unicode, text);
    assert.deepEqual(read.warnings, [], text);
  }
});

Deno.test("what is no domain is refused with what is wrong with it", () => {
  const cases = [
    ["https://example.com/", /address of a page/],
    ["example.com:8080", /address of a page/],
    ["*.example.com", /star/],
    ["192.0.2.1", /is an address/],
    ["0x7f.1", /is an address|ends in a number/],
    ["example.123", /ends in a number/],
    ["localhost", /no ending/],
    ["", /no name of the DNS/],
    ["a..b", /no name of the DNS/],
    ["-a.example", /no name of the DNS/],
    ["a_b.example", /characters that no host name/],
    ["a b.example", /characters that no host name/],
    ["a\u0000b.example", /no name of the DNS|characters/],
    ["%65xample.com", /characters that no host name/],
    [`${"a".repeat(64)}.example`, /no name of the DNS/],
    [`${"a.".repeat(130)}example`, /no name of the DNS/],
    ["xn--\u0000.example", /no name of the DNS/],
    ["x".repeat(100_000), /no name of the DNS/],
  ] as const;
  for (const [text, why] of cases) {
    assert.throws(() => parseDomain(text), { code: "INVALID", message: why }, text.slice(0, 80));
  }
});

Deno.test("a name made to look like another one is warned of, and never shown alone", () => {
  const cyrillic = parseDomain("\u0430\u0440\u0440\u04cf\u0435.com");
  assert.match(cyrillic.warnings[0]!, /Cyrillic letters only that look like Latin/);
  assert.match(showDomain(cyrillic), /^xn--80ak6aa92e\.com \(/);
  const mixed = parseDomain("g\u043eogle.com");
  assert.match(mixed.warnings[0]!, /mixes Latin and Cyrillic/);
  assert.deepEqual(parseDomain("\u043f\u0440\u0438\u0432\u0435\u0442.example").warnings, []);
});
