import assert from "node:assert/strict";
import { clientOf, isLoopback, type Trusts } from "./client_address.ts";

const from = (hostname: string, forwarded?: string, trusts: Trusts = isLoopback) =>
  clientOf(
    { transport: "tcp", hostname, port: 5000 },
    new Headers(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
    trusts,
  );

Deno.test("this machine itself is not counted", () => {
  for (const peer of ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"]) {
    assert.deepEqual(from(peer), { address: peer, counted: undefined });
  }
});

Deno.test("of a proxy on this machine the last forwarded address counts, never one before it", () => {
  const last = (forwarded: string) => from("127.0.0.1", forwarded).counted;
  assert.equal(last("203.0.113.7"), "203.0.113.7");
  assert.equal(last("198.51.100.1, 127.0.0.1,203.0.113.7"), "203.0.113.7");
  assert.equal(last("203.0.113.7:4711"), "203.0.113.7");
  assert.equal(last("[2001:db8:1:2:3::4]:4711"), "2001:db8:1:2");
  // A proxy's own neighbour is counted like anyone: only this machine without a proxy is not.
  assert.equal(last("127.0.0.1"), "127.0.0.1");
});

Deno.test("what a proxy forwards and is no address is counted together", () => {
  for (const text of ["", "unknown", "_hidden", "203.0.113.7, ", "a".repeat(5000), "1.2.3.4.5"]) {
    assert.deepEqual(from("127.0.0.1", text), { address: undefined, counted: "unknown" });
  }
});

Deno.test("what another peer claims to forward is not believed", () => {
  assert.deepEqual(from("203.0.113.9", "198.51.100.1"), {
    address: "203.0.113.9",
    counted: "203.0.113.9",
  });
});

Deno.test("a proxy elsewhere is believed where the owner says so, but makes nobody this machine", () => {
  const trusts = (address: string) => address === "10.0.0.5";
  assert.equal(from("10.0.0.5", "203.0.113.7", trusts).address, "203.0.113.7");
  assert.equal(from("10.0.0.6", "203.0.113.7", trusts).address, "10.0.0.6");
  const unknown = { address: undefined, counted: "unknown" };
  assert.deepEqual(from("10.0.0.5", "127.0.0.1", trusts), unknown);
  // A proxy on this machine that the owner no longer trusts is not the owner's command line.
  assert.deepEqual(from("127.0.0.1", "203.0.113.7", trusts), unknown);
});

Deno.test("an IPv6 address is counted by its /64, an IPv4 one in any spelling as itself", () => {
  const counted = (address: string) => from(address).counted;
  assert.equal(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  assert.notEqual(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
  assert.equal(counted("::ffff:203.0.113.7"), "203.0.113.7");
  assert.equal(counted("fe80::1%eth0"), counted("fe80::2%eth0"));
});
