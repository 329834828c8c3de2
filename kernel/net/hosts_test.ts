import assert from "node:assert/strict";
import { type AppsFixture, OWNER, withApps } from "../apps/testing.ts";
import { Connection } from "../db/mod.ts";
import { HostTable, type Target } from "./hosts.ts";
import { RESERVED_LABELS } from "./reserved_labels.ts";

const BLOG = "app_1b1og1b1og1b";
const SHOP = "app_sh9psh9psh9p";

/** A table with app *blog* at `blog` and `news`, *shop* without a name, and a redirect at `old`. */
function tableOf(t: AppsFixture): HostTable {
  const table = new HostTable({ settings: t.settings });
  table.addApp(BLOG);
  table.addApp(SHOP);
  const app = { type: "proxy", appId: BLOG, target: null };
  table.setAlias({ ...app, label: "blog" });
  table.setAlias({ ...app, label: "news" });
  table.setAlias({ label: "old", type: "redirect", appId: null, target: "https://example.com/" });
  table.setAlias({ label: "kept", type: "reserved", appId: null, target: null });
  return table;
}

/** A target as one word. */
function shown(target: Target): string {
  switch (target.kind) {
    case "app":
      return target.appId === BLOG ? "blog" : target.appId === SHOP ? "shop" : target.appId;
    case "redirect":
      return target.url;
    case "bare":
      return `bare ${target.domain}`;
    case "split":
      return `split ${target.routes.map(({ weight }) => weight).join(" ")}`;
    case "preview":
      return `${target.appId === BLOG ? "blog" : target.appId} at ${target.revision}`;
    default:
      return target.kind;
  }
}

function check(table: HostTable, cases: readonly (readonly [string, string])[]): void {
  const got = cases.map(([host]) => [host, shown(table.resolve(host))]);
  assert.deepEqual(got, cases);
}

Deno.test(
  "a host is matched exactly, by name, alias and id",
  withApps((t) => {
    check(tableOf(t), [
      ["blog.localhost", "blog"],
      ["news.localhost", "blog"],
      ["app-1b1og1b1og1b.localhost", "blog"],
      ["app-sh9psh9psh9p.localhost", "shop"],
      ["old.localhost", "https://example.com/"],
      ["kept.localhost", "none"],
      ["shop.localhost", "none"],
      ["blo.localhost", "none"],
      ["blogg.localhost", "none"],
      ["app_1b1og1b1og1b.localhost", "none"],
      ["x.blog.localhost", "unknown"],
      ["blog.admin.localhost", "unknown"],
      ["bloglocalhost", "unknown"],
      ["blog.localhost.example.com", "unknown"],
      ["blog", "unknown"],
    ]);
  }),
);

Deno.test(
  "port, one trailing dot and upper case do not change a host",
  withApps((t) => {
    check(tableOf(t), [
      ["blog.localhost:8080", "blog"],
      ["blog.localhost.", "blog"],
      ["blog.localhost.:8080", "blog"],
      ["BLOG.LocalHost:80", "blog"],
      ["LOCALHOST.:1", "root"],
      ["ADMIN.localhost", "admin"],
      ["blog.localhost..", "unknown"],
      ["blog..localhost", "unknown"],
      [".blog.localhost", "malformed"],
    ]);
  }),
);

Deno.test(
  "the node's own labels are its own, the others answer nothing",
  withApps((t) => {
    const table = tableOf(t);
    check(table, [
      ["localhost", "root"],
      ["root.localhost", "root"],
      ["admin.localhost", "admin"],
      ["www.localhost", "bare localhost"],
    ]);
    for (const label of RESERVED_LABELS) {
      if (["admin", "root", "www"].includes(label)) continue;
      assert.equal(shown(table.resolve(`${label}.localhost`)), "none", label);
    }
    for (const label of ["404", "api", "mail", "ftp", "smtp", "pop", "imap", "ns1", "ns2"]) {
      assert.ok(RESERVED_LABELS.has(label), label);
    }
    assert.ok(RESERVED_LABELS.has("localhost") && RESERVED_LABELS.has("_acme-challenge"));
  }),
);

Deno.test(
  "this machine's address is the dashboard; no other address is anything",
  withApps((t) => {
    check(tableOf(t), [
      ["127.0.0.1", "admin"],
      ["127.0.0.1:8080", "admin"],
      ["[::1]", "admin"],
      ["[::1]:8080", "admin"],
      ["127.0.0.2", "unknown"],
      ["0.0.0.0", "unknown"],
      ["10.0.0.5:8080", "unknown"],
      ["169.254.169.254", "unknown"],
      ["2130706433", "unknown"],
      ["0x7f.1", "unknown"],
      ["[::]", "unknown"],
      ["[fe80::1]:8080", "unknown"],
      ["[::ffff:127.0.0.1]", "unknown"],
      ["::1", "malformed"],
      ["[::1", "malformed"],
      ["[::1]x", "malformed"],
      ["[::1%25eth0]", "malformed"],
    ]);
  }),
);

Deno.test(
  "what is no host is malformed, however it is dressed",
  withApps((t) => {
    const hosts = [
      "",
      ".",
      ":",
      ":8080",
      " ",
      "blog.localhost ",
      " blog.localhost",
      "blog.localhost:80x",
      "blog.localhost:",
      "blog.localhost:-1",
      "blog.localhost:123456",
      "blog.localhost:80:80",
      "blog.localhost/",
      "blog.localhost/../admin",
      "blog.localhost?x",
      "blog.localhost#x",
      "blog.localhost\\x",
      "evil@blog.localhost",
      "blog.localhost,admin.localhost",
      "blog.localhost admin.localhost",
      "blog.localhost\r\nx: y",
      "blog.localhost\n",
      "blog.localhost\0",
      "bl%6fg.localhost",
      "bl\u00f6g.localhost",
      "\u202eblog.localhost",
      "-blog.localhost",
      "*.localhost",
      "http://blog.localhost",
      `${"a".repeat(254)}`,
      "a.".repeat(100_000),
    ];
    const table = tableOf(t);
    for (const host of hosts) {
      assert.equal(table.resolve(host).kind, "malformed", JSON.stringify(host.slice(0, 60)));
    }
  }),
);

Deno.test(
  "names of every object are no hosts of this node",
  withApps((t) => {
    const table = tableOf(t);
    for (const name of ["__proto__", "constructor", "tostring", "hasownproperty"]) {
      assert.equal(table.resolve(`${name}.localhost`).kind, "none", name);
      assert.equal(table.resolve(name).kind, "unknown", name);
    }
  }),
);

Deno.test(
  "a node with a domain answers under it and under localhost, and a change counts at once",
  withApps(async (t) => {
    const table = tableOf(t);
    check(table, [["blog.example.com", "unknown"], ["example.com", "unknown"]]);
    await t.settings.set("server.domain", "example.com", t.now);
    check(table, [
      ["blog.example.com", "blog"],
      ["blog.example.com:443", "blog"],
      ["example.com", "root"],
      ["admin.example.com", "admin"],
      ["www.example.com", "bare example.com"],
      ["blog.localhost", "blog"],
      ["localhost", "root"],
      ["blogexample.com", "unknown"],
      ["evil-example.com", "unknown"],
      ["blog.example.com.evil.net", "unknown"],
      ["com", "unknown"],
    ]);
    await t.settings.set("server.domain", "example.net", t.now);
    check(table, [["blog.example.com", "unknown"], ["blog.example.net", "blog"]]);
  }),
);

Deno.test(
  "an alias can move, change its kind and go, and its app keeps the rest",
  withApps((t) => {
    const table = tableOf(t);
    table.setAlias({ label: "news", type: "proxy", appId: SHOP, target: null });
    check(table, [["news.localhost", "shop"], ["blog.localhost", "blog"]]);
    const base = "http://localhost:8080";
    assert.deepEqual(table.urlsOf(BLOG, base), [
      "http://blog.localhost:8080",
      "http://app-1b1og1b1og1b.localhost:8080",
    ]);
    table.setAlias({ label: "news", type: "redirect", appId: null, target: "https://a.example/" });
    check(table, [["news.localhost", "https://a.example/"]]);
    assert.deepEqual(table.urlsOf(SHOP, base), ["http://app-sh9psh9psh9p.localhost:8080"]);
    table.removeAlias("news");
    table.removeAlias("news");
    table.removeAlias("never");
    check(table, [["news.localhost", "none"], ["blog.localhost", "blog"]]);
  }),
);

Deno.test(
  "a removed app answers nowhere, and an alias it gave away stays with its new owner",
  withApps((t) => {
    const table = tableOf(t);
    table.setAlias({ label: "news", type: "proxy", appId: SHOP, target: null });
    table.removeApp(BLOG);
    table.removeApp("app_never1111111");
    check(table, [
      ["blog.localhost", "none"],
      ["app-1b1og1b1og1b.localhost", "none"],
      ["news.localhost", "shop"],
      ["app-sh9psh9psh9p.localhost", "shop"],
    ]);
  }),
);

Deno.test(
  "a started node knows every address of the database, custom domains first",
  withApps(async (t) => {
    const { id } = await t.apps.create({ name: "blog" }, OWNER);
    const gone = await t.apps.create({ name: "gone" }, OWNER);
    await t.apps.addresses.set("news", { app: "blog" }, OWNER);
    await t.apps.addresses.set("old", { redirect: "https://example.com/" }, OWNER);
    await t.apps.addresses.set("kept", { reserved: true }, OWNER);
    await t.apps.remove("gone", {}, OWNER);
    const writer = new Connection(t.db.path);
    writer.run(
      "INSERT INTO domains (fqdn, id, app_id, created_at, verified_at) " +
        "VALUES ('blog.example.org', 'dom_1', ?, 0, 1), ('not.yet.example', 'dom_2', ?, 0, NULL)",
      id,
      id,
    );
    writer.close();
    const table = new HostTable({ settings: t.settings });
    table.load(t.db.reader);
    check(table, [
      ["blog.localhost", id],
      ["news.localhost", id],
      [`${id.replace("_", "-")}.localhost`, id],
      ["blog.example.org:8080", id],
      ["BLOG.example.org.", id],
      ["x.blog.example.org", "unknown"],
      ["www.blog.example.org", "bare blog.example.org"],
      ["not.yet.example", "unknown"],
      ["www.not.yet.example", "unknown"],
      ["old.localhost", "https://example.com/"],
      ["kept.localhost", "none"],
      ["gone.localhost", "none"],
      [`${gone.id.replace("_", "-")}.localhost`, "none"],
    ]);
    assert.deepEqual(table.urlsOf(id, "https://localhost")[0], "https://blog.example.org");
    assert.equal(table.urlsOf(id, "https://localhost").length, 4);
    table.removeApp(id);
    check(table, [["blog.example.org", "unknown"], ["news.localhost", "none"]]);
  }),
);

Deno.test(
  "an app's domains serve it or lead to its primary one; none takes a name of the node's own",
  withApps((t) => {
    const table = tableOf(t);
    const row = { role: "serve", is_primary: 0, verified_at: 1 };
    const rows = [
      { ...row, fqdn: "second.example" },
      { ...row, fqdn: "first.example", is_primary: 1 },
      { ...row, fqdn: "old.example", role: "redirect" },
      { ...row, fqdn: "late.example", verified_at: null },
      { ...row, fqdn: "admin.localhost" },
    ];
    table.setDomains(BLOG, rows);
    check(table, [
      ["first.example", "blog"],
      ["second.example", "blog"],
      ["old.example", "bare first.example"],
      ["www.old.example", "bare first.example"],
      ["www.second.example", "bare second.example"],
      ["late.example", "unknown"],
      ["admin.localhost", "admin"],
    ]);
    assert.deepEqual(table.urlsOf(BLOG, "https://localhost").slice(0, 2), [
      "https://first.example",
      "https://second.example",
    ]);
    table.setDomains(BLOG, []);
    check(table, [["first.example", "unknown"], ["old.example", "unknown"]]);
  }),
);

Deno.test(
  "no alias takes a reserved label, whatever the database holds",
  withApps((t) => {
    const table = tableOf(t);
    table.setAlias({ label: "admin", type: "proxy", appId: BLOG, target: null });
    table.setAlias({ label: "root", type: "proxy", appId: BLOG, target: null });
    check(table, [["admin.localhost", "admin"], ["root.localhost", "root"]]);
  }),
);

Deno.test(
  "a preview answers until it expires or its app goes, and never in another label's place",
  withApps((t) => {
    let now = 1000;
    const table = new HostTable({ settings: t.settings, clock: () => now });
    table.addApp(BLOG);
    table.setAlias({ label: "5--blog", type: "proxy", appId: SHOP, target: null });
    table.setPreviews(BLOG, [
      { label: "3--blog", revision: 3, expiresAt: 2000 },
      { label: "4--blog", revision: 4, expiresAt: 3000 },
      { label: "5--blog", revision: 5, expiresAt: 3000 },
    ]);
    check(table, [
      ["3--blog.localhost", "blog at 3"],
      ["4--blog.localhost:80", "blog at 4"],
      ["5--blog.localhost", "shop"],
      ["6--blog.localhost", "none"],
    ]);
    now = 2000;
    check(table, [["3--blog.localhost", "none"], ["4--blog.localhost", "blog at 4"]]);
    table.setPreviews(BLOG, [{ label: "3--blog", revision: 3, expiresAt: 9000 }]);
    check(table, [["3--blog.localhost", "blog at 3"], ["4--blog.localhost", "none"]]);
    table.removeApp(BLOG);
    check(table, [["3--blog.localhost", "none"]]);
  }),
);

Deno.test(
  "a started node knows its splits and previews",
  withApps(async (t) => {
    const files = { "index.html": "x" };
    await t.deploy(files, { name: "one" });
    await t.deploy(files, { name: "two" });
    await t.apps.addresses.set("both", { split: { one: 3, two: 3 } }, OWNER);
    await t.apps.addresses.set("other", { reserved: true }, OWNER);
    const { id } = t.apps.info("one");
    await t.apps.previews.open("one", { expires: "1h" }, OWNER);
    const table = new HostTable({ settings: t.settings, clock: () => t.now });
    table.load(t.db.reader);
    check(table, [["both.localhost", "split 3 3"], ["1--one.localhost", `${id} at 1`]]);
    t.now += 3_600_000;
    check(table, [["1--one.localhost", "none"]]);
    await t.apps.previews.sweep();
    assert.equal(t.count("previews"), 0);
    // The table of a running node follows: at no time do two swapped labels lead to one place.
    await t.apps.addresses.swap("both", "other", OWNER);
    assert.equal(shown(t.hosts.resolve("other.localhost")), "split 3 3");
    assert.equal(shown(t.hosts.resolve("both.localhost")), "none");
  }),
);

Deno.test(
  "a swap is seen at both labels in the same turn",
  withApps(async (t) => {
    for (const name of ["one", "two"]) await t.deploy({ "index.html": "x" }, { name });
    const at = (label: string) => shown(t.hosts.resolve(`${label}.localhost`));
    let left = 20;
    const swaps = (async () => {
      for (; left > 0; left--) await t.apps.addresses.swap("one", "two", OWNER);
    })();
    while (left > 0) {
      assert.notEqual(at("one"), at("two"));
      await new Promise((resolve) => setTimeout(resolve));
    }
    await swaps;
    assert.equal(at("one"), t.apps.info("one").id);
  }),
);
