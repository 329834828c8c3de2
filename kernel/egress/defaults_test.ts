import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";
import { Secrets } from "../secrets/mod.ts";
import { Egress } from "./egress.ts";
import { systemResolve } from "./resolve.ts";
import { callerOf, StoreFixture } from "./testing.ts";

Deno.test("the machine's resolver gives every address as text", async () => {
  const addresses = await systemResolve("localhost");
  assert.ok(addresses.some((address) => address === "127.0.0.1" || address === "::1"));
});

Deno.test("as a node makes it, egress reaches nothing of this machine", async () => {
  await using store = await StoreFixture.open();
  const { db, settings, clock } = store;
  const secrets = await Secrets.open({ db, clock });
  const egress = new Egress({ db, settings, clock, secrets });
  let reached = false;
  const server = Deno.serve({ hostname: "0.0.0.0", port: 0, onListen: () => {} }, () => {
    reached = true;
    return new Response();
  });
  const hosts = Deno.networkInterfaces().filter(({ address }) => !address.includes("%"))
    .map(({ address, family }) => family === "IPv6" ? `[${address}]` : address);
  assert.ok(hosts.length > 0);
  for (const host of [...hosts, "127.0.0.1", "0.0.0.0", "localhost"]) {
    const url = `http://${host}:${server.addr.port}/`;
    await assert.rejects(egress.fetch(callerOf("a"), { url }), { code: "NET_BLOCKED" }, host);
  }
  assert.equal(reached, false);
  await egress.close();
  await server.shutdown();
});

Deno.test("there are authorities to trust", () => {
  assert.ok(rootCertificates.length > 50);
});
