import assert from "node:assert/strict";
import { cloudflareDriver } from "./cloudflare.ts";
import { parseServer } from "./resolver.ts";
import { rfc2136Driver } from "./rfc2136.ts";
import { DnsServer, TEST_KEY as KEY } from "./testing.ts";

const NOW = 1_796_000_000_000;
const SIGNAL = new AbortController().signal;

Deno.test("a dynamic update adds just one record and removes just that one", async () => {
  await using server = new DnsServer();
  server.now = () => NOW;
  const driver = rfc2136Driver({
    hostname: "127.0.0.1",
    port: server.port,
    zone: "",
    key: KEY,
    clock: () => NOW,
  });
  const name = "_acme-challenge.blog.zone.example";
  const undo = await driver.addTxt(name, "one", SIGNAL);
  await driver.addTxt(name, "two", SIGNAL);
  assert.deepEqual([...server.txt.get(name)!], ["one", "two"]);
  await undo();
  assert.deepEqual([...server.txt.get(name)!], ["two"]);
});

Deno.test("an update that is not believed says why", async () => {
  await using server = new DnsServer();
  server.now = () => NOW;
  const at = { hostname: "127.0.0.1", port: server.port, clock: () => NOW };
  const wrong = { ...KEY, secret: new Uint8Array(32) };
  const add = (options: Partial<Parameters<typeof rfc2136Driver>[0]>, name: string) =>
    rfc2136Driver({ ...at, zone: "zone.example", key: KEY, ...options })
      .addTxt(name, "x", SIGNAL);
  await assert.rejects(add({ key: wrong }, "a.zone.example"), { message: /NOTAUTH/ });
  await assert.rejects(add({}, "a.other.example"), { message: /not in the zone/ });
  await assert.rejects(add({ zone: "" }, "a.other.example"), { message: /has no zone/ });
  server.code = 5;
  await assert.rejects(add({}, "a.zone.example"), { message: /REFUSED/ });
  await assert.rejects(add({ port: 1 }, "a.zone.example"), { message: /does not answer/ });
});

Deno.test("Cloudflare's API: the zone is found, a record added and removed", async () => {
  const calls: string[] = [];
  const answers: Record<string, unknown> = {
    "GET /zones?name=blog.zone.example": [],
    "GET /zones?name=zone.example": [{ id: "z1", name: "zone.example" }],
    "POST /zones/z1/dns_records": { id: "r1" },
    "DELETE /zones/z1/dns_records/r1": { id: "r1" },
  };
  let refuse: Response | undefined;
  const driver = cloudflareDriver({
    url: "https://api.example/v4/",
    token: "t0k3n",
    fetch: (url, init) => {
      const call = `${init.method} ${url.replace("https://api.example/v4", "")}`;
      calls.push(`${call} ${init.body ?? ""}`.trim());
      assert.equal(new Headers(init.headers).get("authorization"), "Bearer t0k3n");
      const result = answers[call];
      return Promise.resolve(refuse ?? Response.json({ success: result !== undefined, result }));
    },
  });
  const undo = await driver.addTxt("_acme-challenge.blog.zone.example", "proof", SIGNAL);
  await undo();
  assert.deepEqual(calls, [
    "GET /zones?name=blog.zone.example",
    "GET /zones?name=zone.example",
    'POST /zones/z1/dns_records {"type":"TXT","name":"_acme-challenge.blog.zone.example",' +
    '"content":"\\"proof\\"","ttl":60}',
    "DELETE /zones/z1/dns_records/r1",
  ]);
  const cases = [
    [
      Response.json({ success: false, errors: [{ message: "Invalid token" }], result: null }),
      /Invalid token/,
    ],
    [new Response("<html>"), /answers something else/],
    [
      Response.json({ success: true, result: [{ id: "../../x", name: "zone.example" }] }),
      /no zone/,
    ],
    [new Response("x".repeat(2_000_000)), /too large/],
  ] as const;
  for (const [response, message] of cases) {
    refuse = response;
    await assert.rejects(driver.addTxt("_acme-challenge.zone.example", "x", SIGNAL), { message });
  }
});

Deno.test("a resolver is named by its address, with or without a port", () => {
  const cases = [
    ["9.9.9.9", "9.9.9.9", 53],
    ["127.0.0.1:8053", "127.0.0.1", 8053],
    ["2620:fe::fe", "2620:fe::fe", 53],
    ["[2620:fe::fe]:5353", "2620:fe::fe", 5353],
    ["ns1.example.com:53", "ns1.example.com", 53],
  ] as const;
  for (const [text, ipAddr, port] of cases) assert.deepEqual(parseServer(text), { ipAddr, port });
});
