import assert from "node:assert/strict";
import { type AppsFixture, OWNER, withApps } from "../../apps/testing.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { RecordType } from "../dns/mod.ts";
import { HostTable } from "../hosts.ts";
import { Domains } from "./domains.ts";

/** Domains of a node at `node.example` (192.0.2.1), with a DNS the test writes. */
async function world(t: AppsFixture) {
  await t.settings.set("server.domain", "node.example", t.now);
  const records = new Map<string, string[]>([["node.example A", ["192.0.2.1"]]]);
  const state = { silent: false };
  const told: string[] = [];
  const recorded: string[] = [];
  const hosts = new HostTable({ settings: t.settings });
  const domains = new Domains({
    db: t.db,
    settings: t.settings,
    clock: () => t.now,
    hosts,
    resolver: {
      records: (name: string, type: RecordType) =>
        state.silent
          ? Promise.reject(new FaztError("DNS_FAILED", "Cannot look it up: nobody answers"))
          : Promise.resolve(records.get(`${name} ${type}`) ?? []),
    },
    app: (ref) => t.apps.info(ref),
    nameOf: (id) => t.apps.info(id).name,
    baseUrl: () => "https://node.example",
    changed: () => {},
    certificate: () => undefined,
    record: ({ action, result }) => recorded.push(`${action} ${result}`),
    tell: (type, { domain }) => told.push(`${type} ${domain}`),
  });
  await t.apps.create({ name: "blog" }, OWNER);
  await t.apps.create({ name: "shop" }, OWNER);
  const answers = (host: string) => hosts.resolve(host).kind;
  return { domains, records, state, told, recorded, answers };
}

Deno.test(
  "a domain is served once the DNS shows that it leads here, and says what to change until then",
  withApps(async (t) => {
    const { domains, records, told, answers } = await world(t);
    records.set("my.example A", ["198.51.100.7"]);
    const mapped = await domains.map({ domain: "My.Example.", app: "blog" }, OWNER);
    assert.equal(mapped.state, "pending");
    assert.match(
      mapped.check!.problem!,
      /leads to 198\.51\.100\.7; it should lead to 192\.0\.2\.1/,
    );
    assert.deepEqual(
      mapped.records.map(({ type, value, seen }) => [type, value, seen]).slice(0, 2),
      [
        ["A", "192.0.2.1", false],
        ["CNAME", "node.example", false],
      ],
    );
    assert.equal(answers("my.example"), "unknown");
    assert.equal(domains.attention()[0]?.code, "DOMAIN_PENDING");
    records.set("my.example A", ["192.0.2.1"]);
    await domains.tick();
    assert.equal(answers("my.example"), "unknown", "not before its time");
    t.now += 60_000;
    await domains.tick();
    assert.equal(answers("my.example"), "app");
    assert.deepEqual(told, ["verified my.example"]);
    assert.deepEqual(domains.attention(), []);
  }),
);

Deno.test(
  "a domain is also shown by a CNAME and by a TXT record of its own",
  withApps(async (t) => {
    const { domains, records, answers } = await world(t);
    records.set("alias.example CNAME", ["node.example"]);
    assert.equal(
      (await domains.map({ domain: "alias.example", app: "blog" }, OWNER)).state,
      "active",
    );
    const proxied = await domains.map({ domain: "proxied.example", app: "blog" }, OWNER);
    const { name, value } = proxied.records.find(({ type }) => type === "TXT")!;
    records.set("proxied.example A", ["203.0.113.9"]);
    records.set(`${name} TXT`, [`${value}x`]);
    assert.equal((await domains.verify("proxied.example", OWNER)).state, "pending");
    records.set(`${name} TXT`, [value]);
    assert.equal((await domains.verify("proxied.example", OWNER)).state, "active");
    assert.equal(answers("proxied.example"), "app");
    // Names nobody can own need no proof.
    assert.equal((await domains.map({ domain: "shop.test", app: "shop" }, OWNER)).state, "active");
  }),
);

Deno.test(
  "a domain that leads away later goes on being served, and its owner is told",
  withApps(async (t) => {
    const { domains, records, state, told, answers } = await world(t);
    records.set("my.example A", ["192.0.2.1"]);
    await domains.map({ domain: "my.example", app: "blog" }, OWNER);
    state.silent = true;
    t.now += 25 * 3_600_000;
    await domains.tick();
    assert.equal((await domains.info("my.example")).state, "active", "silence says nothing");
    state.silent = false;
    records.set("my.example A", ["198.51.100.7"]);
    assert.equal((await domains.verify("my.example", OWNER)).state, "broken");
    assert.equal(answers("my.example"), "app");
    assert.deepEqual(told, ["verified my.example", "broken my.example"]);
    records.set("my.example A", ["192.0.2.1", "198.51.100.7"]);
    const half = await domains.verify("my.example", OWNER);
    assert.equal(half.state, "active");
    assert.match(half.check!.problem!, /also leads to 198\.51\.100\.7/);
  }),
);

Deno.test(
  "several domains of an app: one is primary, others serve or lead to it",
  withApps(async (t) => {
    const { domains, answers } = await world(t);
    await assert.rejects(
      domains.map({ domain: "one.test", app: "blog", role: "redirect" }, OWNER),
      { code: "INVALID", message: /no other domain/ },
    );
    assert.equal((await domains.map({ domain: "one.test", app: "blog" }, OWNER)).primary, true);
    const { id } = t.apps.info("blog");
    await domains.map({ domain: "two.test", app: "blog", role: "redirect" }, OWNER);
    await domains.map({ domain: "three.test", app: "blog", primary: true }, OWNER);
    assert.deepEqual(domains.ofApp(id).map(({ domain, role }) => `${domain} ${role}`), [
      "three.test serve",
      "one.test serve",
      "two.test redirect",
    ]);
    assert.equal(answers("two.test"), "bare");
    await domains.change("two.test", { primary: true }, OWNER);
    assert.equal(answers("two.test"), "app");
    await domains.unmap("two.test", OWNER);
    assert.equal(answers("two.test"), "unknown");
    assert.equal(domains.ofApp(id).filter(({ primary }) => primary).length, 1);
    await domains.unmap("three.test", OWNER);
    assert.equal(domains.ofApp(id)[0]?.primary, true);
  }),
);

Deno.test(
  "what cannot be mapped is refused: names of the node, of another app, and too many",
  withApps(async (t) => {
    const { domains, recorded } = await world(t);
    const map = (domain: string, app = "blog") => domains.map({ domain, app }, OWNER);
    await map("my.test");
    const cases = [
      ["node.example", "INVALID", /name of this node itself/],
      ["admin.node.example.", "INVALID", /name of this node itself/],
      ["x.y.node.example", "INVALID", /name of this node itself/],
      ["blog.localhost", "INVALID", /name of this node itself/],
      ["my.test", "CONFLICT", /is mapped to blog/],
      ["MY.test.", "CONFLICT", /is mapped to blog/],
      ["not a domain", "INVALID", /characters/],
    ] as const;
    for (const [domain, code, message] of cases) {
      await assert.rejects(map(domain, "shop"), { code, message }, domain);
    }
    await assert.rejects(map("other.test", "nothing"), { code: "NOT_FOUND" });
    await t.settings.set("limits.domains.perApp", 1, t.now);
    await assert.rejects(map("second.test"), { code: "QUOTA" });
    await assert.rejects(domains.unmap("my.tset", OWNER), { hint: /did you mean my\.test/ });
    assert.deepEqual(recorded.slice(0, 2), ["domain.map ok", "domain.map INVALID"]);
  }),
);
