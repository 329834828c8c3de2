import assert from "node:assert/strict";
import { BLOCKED_PORTS } from "./blocked_ports.ts";
import { judgeAddress } from "./addresses.ts";
import { hostHeader, sameOrigin, targetOf } from "./target.ts";

const blocked = (url: string) => assert.throws(() => targetOf(url), { code: "NET_BLOCKED" }, url);

Deno.test("a URL is read into host, port and scheme", () => {
  const target = targetOf("HTTPS://API.Example.com/a?b=c#secret");
  assert.deepEqual(
    { ...target, url: target.url.href },
    {
      url: "https://api.example.com/a?b=c",
      host: "api.example.com",
      port: 443,
      secure: true,
      address: undefined,
    },
  );
  assert.equal(hostHeader(targetOf("http://example.com:8080/")), "example.com:8080");
});

Deno.test("a trailing dot makes no other host", () => {
  assert.equal(targetOf("http://example.com./x").host, "example.com");
  assert.ok(sameOrigin(targetOf("http://example.com./"), targetOf("http://example.com/")));
  blocked("http://localhost./");
  blocked("http://example.com../");
});

Deno.test("every spelling of an address becomes the address that is judged", () => {
  for (
    const host of [
      "127.0.0.1",
      "2130706433",
      "0x7f000001",
      "0x7f.1",
      "0177.0.0.1",
      "127.1",
      "127.0.0.1.",
      "0x7f.0.0.1.",
      "%31%32%37.0.0.1",
      "１２７.0.0.1",
      "017700000001",
    ]
  ) {
    const { address } = targetOf(`http://${host}/`);
    assert.equal(address, "127.0.0.1", host);
    assert.equal(judgeAddress(address!).refused, "loopback");
  }
  for (const host of ["[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]"]) {
    assert.ok(judgeAddress(targetOf(`http://${host}/`).address!).refused, host);
  }
});

Deno.test("names that are not public are refused", () => {
  for (
    const host of [
      "localhost",
      "LOCALHOST",
      "app.localhost",
      "printer.local",
      "metadata.google.internal",
      "nas.lan",
      "router.home.arpa",
      "intranet",
      "metadata",
      "ⓛocalhost",
      "a..b",
      "-a.com",
      "a-.com",
      "exa'mple.com",
    ]
  ) blocked(`http://${host}/`);
});

Deno.test("only http and https are fetched", () => {
  for (
    const url of [
      "file:///etc/passwd",
      "data:text/plain,x",
      "ftp://example.com/",
      "blob:http://example.com/x",
      "ws://example.com/",
      "gopher://example.com/",
      "javascript:1",
    ]
  ) blocked(url);
});

Deno.test("mail ports and every bad port are refused", () => {
  for (const port of [25, 465, 587, 22, 6000, 6667, 10080]) {
    assert.ok(BLOCKED_PORTS.has(port));
    blocked(`http://example.com:${port}/`);
  }
  assert.equal(targetOf("http://example.com:8080/").port, 8080);
});

Deno.test("credentials in a URL are refused and not repeated", () => {
  for (const url of ["https://user:hunter2@example.com/", "https://hunter2@example.com/"]) {
    assert.throws(() => targetOf(url), (error: Error) => !error.message.includes("hunter2"));
    blocked(url);
  }
});

Deno.test("what is no URL is refused", () => {
  for (
    const url of [
      "",
      "/path",
      "http://",
      "http://256.1.1.1/",
      "http://1.2.3.4.5/",
      "http://exa mple.com/",
      `http://example.com/${"a".repeat(20_000)}`,
    ]
  ) {
    assert.throws(() => targetOf(url), { code: "INVALID" }, url);
  }
});
