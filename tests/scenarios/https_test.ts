// A fresh node with HTTPS and a certificate authority (Debian's pebble), as visitors meet it.
import assert from "node:assert/strict";
import { hasPebble, Pebble } from "../../kernel/net/certificates/testing.ts";
import { api, cli, deploy, startNode, type TestNode, until } from "../helpers/mod.ts";

const hasCurl = await new Deno.Command("curl", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);
if (!hasCurl) console.log("skipped where needed: apt-get install curl");

interface Visit {
  readonly ok: boolean;
  readonly status: string;
  readonly version: string;
  readonly location: string;
  readonly body: string;
}

Deno.test({
  name: "a fresh node serves new hosts and domains over HTTPS from their first visit on",
  ignore: !hasPebble || !hasCurl,
  async fn(test) {
    await using pebble = await Pebble.start();
    const { ports } = pebble;
    await using node = await startNode({
      port: ports.http,
      settings: {
        "server.domain": "node.example",
        "server.host": "127.0.0.1",
        "server.https": "true",
        "server.httpsPort": String(ports.tls),
        "server.addresses": "127.0.0.1",
        "acme.directory": pebble.directory,
        "acme.caFile": pebble.caFile,
        "dns.servers": `127.0.0.1:${ports.dns}`,
      },
    });
    const root = await Deno.makeTempFile();
    await Deno.writeTextFile(root, await pebble.root());
    const visit = (host: string, path = "/") => curl({ host, path, port: ports.tls, root });

    await test.step("a new app's host, over HTTP/2", async () => {
      assert.equal((await visit("blog.node.example")).ok, false, "nothing is there yet");
      await deploy(node, "blog", {
        "index.html": "<h1>blog</h1>",
        "api/main.js": "export default (r) => ({ host: r.headers.get('host'), url: r.url });",
      });
      const begun = performance.now();
      let seen: Visit | undefined;
      await until(async () => {
        seen = await visit("blog.node.example");
        return seen.ok;
      }, 30_000);
      assert.equal(seen!.body, "<h1>blog</h1>");
      assert.equal(seen!.version, "2");
      const told = await visit("blog.node.example", "/api/x");
      assert.deepEqual(JSON.parse(told.body), {
        host: `blog.node.example:${ports.tls}`,
        url: `https://blog.node.example:${ports.tls}/api/x`,
      });
      console.log(`first visit answered after ${Math.round(performance.now() - begun)} ms`);
    });

    await test.step("a domain that is mapped, its www, and one that redirects", async () => {
      const mapped = await cli(node, "net", "domain", "map", "shop.example.org", "--app", "blog");
      assert.match(mapped.stdout, /shop\.example\.org serves blog \(primary\): active/);
      const begun = performance.now();
      assert.equal((await visit("shop.example.org")).body, "<h1>blog</h1>");
      console.log(`first visit of a domain took ${Math.round(performance.now() - begun)} ms`);
      const www = await visit("www.shop.example.org", "/a?b=c");
      assert.equal(www.status, "308");
      assert.equal(www.location, `https://shop.example.org:${ports.tls}/a?b=c`);
      await api(node, "POST", "/api/domains", {
        body: { domain: "old.example.org", app: "blog", role: "redirect" },
      });
      const old = await visit("old.example.org", "/x");
      assert.equal(old.location, `https://shop.example.org:${ports.tls}/x`);
      const info = await api(node, "GET", "/api/apps/blog");
      assert.equal(info.data.url, `https://shop.example.org:${ports.tls}`);
      assert.deepEqual(
        info.data.domains.map(({ domain, role }: Record<string, string>) => `${domain} ${role}`),
        ["shop.example.org serve", "old.example.org redirect"],
      );
    });

    await test.step("over HTTP/2 too, who goes on from page to page comes from nowhere else", async () => {
      const from = (referrer: string) => [
        ...["-A", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36"],
        ...["-H", "accept: text/html", "-e", referrer],
      ];
      const at = { host: "shop.example.org", path: "/", port: ports.tls, root };
      await curl({ ...at, more: from(`https://shop.example.org:${ports.tls}/before`) });
      await curl({ ...at, more: from("https://news.example/story") });
      await until(async () => {
        const { data } = await api(node, "GET", "/api/analytics/top?kind=referrer&app=blog");
        const names = data.items.map(({ name }: { name: string }) => name);
        if (names.length > 0) assert.deepEqual(names, ["news.example"]);
        return names.length > 0;
      });
    });

    await test.step("over HTTP/2 too, a page may tell of itself, and another site's may not", async () => {
      const tell = (origin: string) =>
        curl({
          ...{ host: "shop.example.org", path: "/track", port: ports.tls, root },
          more: ["-H", `origin: ${origin}`, "-d", '{"event":"signed"}'],
        });
      assert.equal((await tell(`https://shop.example.org:${ports.tls}`)).status, "204");
      assert.equal((await tell("https://evil.example")).status, "403");
    });

    await test.step("a domain that leads elsewhere is not served until it leads here", async () => {
      const host = "late.example.org";
      await pebble.dns("add-a", { host, addresses: ["192.0.2.9"] });
      const mapped = await cli(node, "net", "domain", "map", host, "--app", "blog");
      assert.match(mapped.stdout, /pending/);
      assert.match(mapped.stdout, /leads to 192\.0\.2\.9; it should lead to 127\.0\.0\.1/);
      assert.equal((await visit(host)).ok, false);
      assert.equal((await cli(node, "net", "domain", "verify", host)).code, 1);
      await pebble.dns("clear-a", { host });
      await until(async () => (await visit(host)).body === "<h1>blog</h1>", 60_000);
      assert.equal((await cli(node, "net", "domain", "verify", host)).code, 0);
    });

    await test.step("what is unmapped gets nothing of anyone's", async () => {
      assert.equal((await cli(node, "net", "domain", "unmap", "late.example.org", "-y")).code, 0);
      await until(async () => !(await visit("late.example.org")).ok, 20_000);
      assert.equal((await visit("stranger.example.org")).ok, false);
    });

    await test.step("certificates are listed, renewed and revoked from the command line", async () => {
      const list = await cli(node, "net", "cert", "list");
      assert.match(list.stdout, /blog\.node\.example\s+valid/);
      const before = await serialOf(node, "blog.node.example");
      assert.equal((await cli(node, "net", "cert", "renew", "blog.node.example")).code, 0);
      assert.notEqual(await serialOf(node, "blog.node.example"), before);
      const revoked = await cli(node, "net", "cert", "revoke", "blog.node.example", "-y");
      assert.match(revoked.stdout, /another one is served/);
      const events = await api(node, "GET", "/api/events?type=system.certificate.*&limit=100");
      const types = new Set(events.data.items.map(({ type }: { type: string }) => type));
      assert.deepEqual([...types].sort(), [
        "system.certificate.issued",
        "system.certificate.renewed",
        "system.certificate.revoked",
      ]);
      const nothing = await cli(node, "net", "cert", "issue", "bank.example");
      assert.equal(nothing.code, 1);
      assert.match(nothing.stderr, /nothing of this node answers there/);
    });

    await test.step("a name is proved over port 443 alone, while visitors come", async () => {
      await cli(node, "config", "set", "acme.challenges", "tls-alpn-01");
      await deploy(node, "alone", { "index.html": "<h1>alone</h1>" });
      const visits = Array.from({ length: 5 }, () => visit("shop.example.org"));
      const [alone, ...others] = await Promise.all([visit("alone.node.example"), ...visits]);
      assert.equal(alone.body, "<h1>alone</h1>");
      for (const other of others) assert.equal(other.body, "<h1>blog</h1>");
      const events = await api(node, "GET", "/api/events?type=system.certificate.failed&limit=9");
      assert.deepEqual(events.data.items, []);
    });
    await Deno.remove(root);
  },
});

async function serialOf(node: TestNode, name: string): Promise<string> {
  return (await api(node, "GET", `/api/certificates/${name}`)).data.serial;
}

/** A visit as a browser makes it: HTTP/2 where offered, only trusted certificates. */
async function curl(
  { host, path, port, root, more = [] }: {
    readonly host: string;
    readonly path: string;
    readonly port: number;
    readonly root: string;
    readonly more?: readonly string[];
  },
): Promise<Visit> {
  const { success, stdout } = await new Deno.Command("curl", {
    args: [
      ...more,
      ...["-s", "--max-time", "25", "--cacert", root, "--resolve", `${host}:${port}:127.0.0.1`],
      ...["-w", "\n%{http_code} %{http_version} %{redirect_url}", `https://${host}:${port}${path}`],
    ],
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const at = text.lastIndexOf("\n");
  const [status = "", version = "", location = ""] = text.slice(at + 1).split(" ");
  return { ok: success, status, version, location, body: text.slice(0, at) };
}
