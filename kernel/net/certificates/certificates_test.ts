import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { DnsServer, TEST_KEY } from "../dns/testing.ts";
import { CertificatesFixture, hasPebble, Pebble } from "./testing.ts";

const DAY_MS = 86_400_000;

/** What a handshake gets, as names. */
async function namesFor(t: CertificatesFixture, name: string | undefined): Promise<string> {
  const served = await t.certificates.certificateFor(name, []);
  return served === undefined ? "refused" : new X509Certificate(served.cert).subjectAltName ?? "";
}

const told = (t: CertificatesFixture, type: string) =>
  t.notes.filter((note) => note.type === type).map(({ name }) => name);

Deno.test({
  name: "with a real authority that refuses nonces now and then",
  ignore: !hasPebble,
  async fn(test) {
    await using pebble = await Pebble.start({ env: { PEBBLE_WFE_NONCEREJECT: "30" } });
    const { directory, caFile, ports } = pebble;
    await using t = await CertificatesFixture.open({ directory, caFile, ports });
    const { certificates, store } = t;

    await test.step("the first visit of a host gets a certificate of its own", async () => {
      assert.equal(await namesFor(t, "blog.node.example"), "DNS:blog.node.example");
      const served = (await certificates.certificateFor("Blog.Node.Example.", []))!;
      const chain = served.cert.split(/(?<=-----END CERTIFICATE-----\n)/).filter((x) => x.trim());
      const root = new X509Certificate(await pebble.root());
      assert.ok(new X509Certificate(chain.at(-1)!).verify(root.publicKey));
      assert.deepEqual(told(t, "issued"), ["blog.node.example"]);
    });

    await test.step("many visits at once are one order", async () => {
      const visits = Array.from({ length: 20 }, () => namesFor(t, "shop.node.example"));
      assert.deepEqual(new Set(await Promise.all(visits)), new Set(["DNS:shop.node.example"]));
      assert.equal(orders(t, "shop.node.example"), 1);
    });

    await test.step("names of others, and what is no name, are never ordered", async () => {
      const names = [
        "bank.example",
        "nothing.node.example",
        "x.blog.node.example",
        "blog.node.example.evil.example",
        "*.node.example",
        "bl\u043eg.node.example",
        "a".repeat(300),
        `${"a".repeat(64)}.node.example`,
        "blog..node.example",
        "blog.node.example\0",
        "192.0.2.1",
        "[::1]",
        "",
        undefined,
      ];
      const before = orders(t);
      for (const name of names) assert.equal(await namesFor(t, name), "refused", String(name));
      assert.equal(orders(t), before);
      await assert.rejects(certificates.issue("bank.example"), { code: "INVALID" });
    });

    await test.step("a host that comes later gets its own then", async () => {
      assert.equal(await namesFor(t, "later.node.example"), "refused");
      t.hosts.set("later.node.example", { kind: "app", appId: "app_later" });
      assert.equal(await namesFor(t, "later.node.example"), "DNS:later.node.example");
    });

    await test.step("keys are sealed in the database", () => {
      const rows = store.db.reader.all("SELECT * FROM certificates, acme_accounts");
      const text = rows.flatMap((row) => Object.values(row)).map((value) =>
        value instanceof Uint8Array ? new TextDecoder("latin1").decode(value) : String(value)
      ).join();
      assert.ok(!/PRIVATE KEY/.test(text));
      for (const { sealed } of rows as { sealed: Uint8Array }[]) {
        assert.ok(!sealed.toHex().includes("2a8648ce3d0301"), "no key's own bytes");
      }
    });

    await test.step("a node that starts on a copy serves what there is and orders nothing", async () => {
      const before = orders(t);
      await using copy = await CertificatesFixture.open({ directory, caFile, store });
      assert.equal(await namesFor(copy, "blog.node.example"), "DNS:blog.node.example");
      assert.equal(orders(t), before);
      assert.equal(copy.notes.length, 0);
    });

    await test.step("it is renewed when two thirds of its time are over", async () => {
      const before = certificates.info("blog.node.example");
      const lifetime = before.notAfter - before.notBefore;
      await certificates.tick();
      assert.equal(certificates.info("blog.node.example").serial, before.serial);
      t.aheadMs = lifetime * 0.67;
      // The authority's clock did not move: what it issues is as new to it as it is old to us.
      await certificates.tick();
      assert.notEqual(certificates.info("blog.node.example").serial, before.serial);
      t.aheadMs = 0;
      assert.ok(told(t, "renewed").includes("blog.node.example"));
      assert.equal(await namesFor(t, "blog.node.example"), "DNS:blog.node.example");
    });

    await test.step("a revoked certificate is replaced, and the authority knows", async () => {
      const { serial } = certificates.info("shop.node.example");
      const { replaced } = await certificates.revoke("shop.node.example", "superseded");
      assert.equal(await pebble.status(serial), "Revoked");
      assert.notEqual(replaced!.serial, serial);
      assert.equal(certificates.info("shop.node.example").state, "valid");
    });

    await test.step("a trial proves a name and changes nothing", async () => {
      t.hosts.set("trial.node.example", { kind: "app", appId: "app_trial" });
      const trial = await certificates.trial("trial.node.example");
      assert.equal(trial.directory, directory);
      assert.throws(() => certificates.info("trial.node.example"), { code: "NOT_FOUND" });
    });

    await test.step("with the DNS in its hands one certificate serves every name below the domain", async () => {
      await using server = new DnsServer("node.example");
      server.onChange = async (name, values) => {
        await pebble.dns("clear-txt", { host: `${name}.` });
        for (const value of values) await pebble.dns("set-txt", { host: `${name}.`, value });
      };
      await certificates.setSecrets({ tsigKey: TEST_KEY.secret.toBase64() }, "usr_owner");
      const set = (key: string, value: unknown) => store.settings.set(key, value, store.now);
      await set("acme.dnsServer", `127.0.0.1:${server.port}`);
      await set("acme.dnsKeyName", TEST_KEY.name);
      await set("acme.dns", "rfc2136");
      await certificates.tick();
      const before = orders(t);
      t.hosts.set("fresh.node.example", { kind: "app", appId: "app_fresh" });
      for (const name of ["fresh.node.example", "blog.node.example"]) {
        assert.equal(await namesFor(t, name), "DNS:node.example, DNS:*.node.example");
      }
      assert.equal(orders(t), before, "a new name needs no order");
      assert.deepEqual([...server.txt.values()].map((set) => set.size), [0], "proofs are gone");
      await set("acme.dns", "off");
      assert.equal(await namesFor(t, "blog.node.example"), "DNS:blog.node.example");
    });

    await test.step("while it cannot be reached the old one goes on and the owner is told", async () => {
      await pebble.end();
      t.hosts.clear();
      t.hosts.set("blog.node.example", { kind: "app", appId: "app_blog" });
      const { serial, notAfter, notBefore } = certificates.info("blog.node.example");
      t.notes.length = 0;
      t.aheadMs = (notAfter - notBefore) * 0.7;
      await certificates.tick();
      assert.equal(await namesFor(t, "blog.node.example"), "DNS:blog.node.example");
      const [attention] = certificates.attention();
      assert.equal(attention?.code, "CERTIFICATE_EXPIRING");
      assert.match(attention!.message, /ends .*could not be renewed: .*authority/s);
      assert.ok(told(t, "expiring").includes("blog.node.example"));
      const failed = told(t, "failed").length;
      await certificates.tick();
      assert.equal(told(t, "failed").length, failed, "not again before its time");
      t.aheadMs += DAY_MS;
      await certificates.tick();
      assert.ok(told(t, "failed").length > failed);
      assert.equal(certificates.info("blog.node.example").serial, serial);
      // An ended one says what is wrong; nothing would say nothing.
      t.aheadMs = notAfter - notBefore + DAY_MS;
      assert.equal(await namesFor(t, "blog.node.example"), "DNS:blog.node.example");
      assert.equal(certificates.attention()[0]?.code, "CERTIFICATE_EXPIRED");
      assert.equal(certificates.info("blog.node.example").state, "expired");
    });

    await test.step("a failed name is refused at once, also after a restart", async () => {
      t.aheadMs = 0;
      t.hosts.set("never.node.example", { kind: "app", appId: "app_never" });
      assert.equal(await namesFor(t, "never.node.example"), "refused");
      const failures = told(t, "failed").length;
      assert.equal(await namesFor(t, "never.node.example"), "refused");
      assert.equal(told(t, "failed").length, failures, "no second attempt");
      await using again = await CertificatesFixture.open({ directory, caFile, store });
      again.hosts.set("never.node.example", { kind: "app", appId: "app_never" });
      assert.equal(await namesFor(again, "never.node.example"), "refused");
      assert.equal(again.notes.length, 0, "the wait is kept");
    });

    await test.step("an account the authority forgot is made anew", async () => {
      const account = certificates.overview().issuer.account!.url;
      await pebble.begin();
      await certificates.renew("blog.node.example");
      assert.notEqual(certificates.overview().issuer.account!.url, account);
      assert.equal(certificates.info("blog.node.example").problem, undefined);
    });

    await test.step("an authority that wants a known account gets the one that is set", async () => {
      const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
      await pebble.end();
      await pebble.begin({ externalAccounts: { "kid-1": key } });
      await assert.rejects(certificates.renew("blog.node.example"), { hint: /acme\.eabKeyId/ });
      await store.settings.set("acme.eabKeyId", "kid-1", store.now);
      await assert.rejects(certificates.renew("blog.node.example"), { hint: /secret eab/ });
      await assert.rejects(certificates.setSecrets({ eabKey: "no base64!" }, "usr_owner"), {
        code: "INVALID",
      });
      await certificates.setSecrets({ eabKey: key }, "usr_owner");
      assert.equal((await certificates.renew("blog.node.example")).state, "valid");
      assert.equal(certificates.overview().issuer.secrets.eabKey, true);
    });
  },
});

function orders(t: CertificatesFixture, name?: string): number {
  const { reader } = t.store.db;
  return name === undefined
    ? reader.get<{ n: number }>("SELECT count(*) AS n FROM certificate_orders")!.n
    : reader.get<{ n: number }>(
      "SELECT count(*) AS n FROM certificate_orders WHERE name = ?",
      name,
    )!.n;
}
