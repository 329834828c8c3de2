import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { Links } from "./links.ts";

const linksOf = (t: AppsFixture) => new Links({ db: t.db, clock: () => t.now });
const userId = "usr_owner";

Deno.test(
  "a short link leads where it was said, is counted, changed and removed",
  withApps(async (t) => {
    const links = linksOf(t);
    const made = await links.add({ slug: "sale", url: "https://e.org", title: "Sale", userId });
    assert.deepEqual([made.url, made.status, made.clicks], ["https://e.org/", 302, 0]);
    assert.deepEqual(links.find("/r/sale", undefined), {
      slug: "sale",
      url: "https://e.org/",
      status: 302,
    });
    assert.ok(links.find("/r/sale", "app_a"));
    links.followed("sale");
    links.followed("sale");
    links.followed("never-there");
    assert.equal(links.info("sale").clicks, 2);
    await links.flush();
    assert.equal(linksOf(t).info("sale").clicks, 2);
    const changed = await links.change("sale", {
      url: "https://e.org/b",
      status: 308,
      title: null,
    });
    assert.deepEqual([changed.url, changed.status, changed.title], [
      "https://e.org/b",
      308,
      undefined,
    ]);
    await assert.rejects(
      links.add({ slug: "sale", url: "https://e.org", userId }),
      /is a short link of that name/,
    );
    await links.remove("sale");
    assert.equal(links.find("/r/sale", undefined), undefined);
    await assert.rejects(links.remove("sale"), /There is no short link/);
    assert.match((await links.add({ url: "http://e.org", userId })).slug, /^[1-9a-z]{6}$/);
  }),
);

Deno.test(
  "a link of an app answers on that app alone",
  withApps(async (t) => {
    const links = linksOf(t);
    await links.add({ slug: "own", url: "https://e.org", appId: "app_a", userId });
    assert.ok(links.find("/r/own", "app_a"));
    assert.equal(links.find("/r/own", "app_b"), undefined);
    assert.equal(links.find("/r/own", undefined), undefined);
  }),
);

Deno.test(
  "names and addresses that cannot be meant are refused, and no path finds another's link",
  withApps(async (t) => {
    const links = linksOf(t);
    for (const slug of ["", ".", "..", "a/b", "a b", "ä", "x".repeat(65), "a?b", "%2e"]) {
      await assert.rejects(links.add({ slug, url: "https://e.org", userId }), /as a name/, slug);
    }
    for (
      const url of ["", "/x", "javascript:alert(1)", "https://u:p@e.org", "ftp://e.org", "//e.org"]
    ) {
      await assert.rejects(links.add({ slug: "x", url, userId }), /Cannot lead to/, url);
    }
    await links.add({ slug: "go", url: "https://e.org", userId });
    for (const path of ["/r/", "/r/go/", "/r/go%00", "/r/../r/go", "/r/GO", "/r/go?x", "/r/'--"]) {
      assert.equal(links.find(path, undefined), undefined, path);
    }
  }),
);

Deno.test(
  "ten thousand links are listed in pages, found by their words, and counted while nothing may be written",
  withApps(async (t) => {
    const links = linksOf(t);
    await Promise.all(
      Array.from(
        { length: 10_000 },
        (_, n) => links.add({ slug: `s${n}`, url: `https://e.org/${n}`, userId }),
      ),
    );
    const slugs: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = links.list({ limit: 1000, cursor });
      assert.equal(page.total, 10_000);
      slugs.push(...page.items.map(({ slug }) => slug));
      cursor = page.cursor;
    }
    assert.equal(new Set(slugs).size, 10_000);
    assert.deepEqual(links.list({ text: "ORG/9999" }).items.map(({ slug }) => slug), ["s9999"]);
    t.db.gate = () => {
      throw new FaztError("READ_ONLY", "Cannot write");
    };
    for (let n = 0; n < 10_000; n++) links.followed(`s${n}`);
    await assert.rejects(links.flush());
    assert.equal(links.info("s5").clicks, 1);
    t.db.gate = () => {};
    await links.flush();
    const { n } = t.db.reader.get<{ n: number }>("SELECT sum(clicks) AS n FROM redirects")!;
    assert.equal(n, 10_000);
  }),
);
