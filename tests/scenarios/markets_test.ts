import assert from "node:assert/strict";
import { api, appFiles, cli, makeRepo, visit, visitHost, withSources } from "../helpers/mod.ts";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);

withSources(
  "a marketplace offers its apps, and they say where they came from",
  async (node, server, t) => {
    const repo = await makeRepo(server, "shop");
    await repo.commit({
      ...appFiles("apps/notes", { name: "notes", version: "1.0.0", description: "Writes down" }),
      ...appFiles("apps/clock", { name: "clock", tags: ["time"] }),
      ...appFiles("apps/hidden", { name: "hidden" }),
      "registry.json": JSON.stringify({
        title: "The shop",
        description: "Small apps",
        apps: [
          { path: "apps/notes", tags: ["text", "office"], logo: "logos/notes.png" },
          { path: "apps/clock", title: "Clock", logo: "logos/clock.svg" },
          { path: "apps/gone" },
        ],
      }),
      "logos/notes.png": PNG,
      "logos/clock.svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    });
    // deno-lint-ignore no-explicit-any -- whatever shape the API gives
    const call = async (method: string, path: string, body?: unknown): Promise<any> => {
      const answer = await api(node, method, path, body === undefined ? {} : { body });
      return answer.error ?? answer.data;
    };

    await t.step("it is added, listed and searched", async () => {
      const added = await cli(node, "market", "add", repo.url, "--json");
      assert.equal(added.code, 0, added.stderr);
      const market = JSON.parse(added.stdout);
      assert.deepEqual([market.name, market.title, market.apps], ["shop", "The shop", 2]);
      assert.deepEqual(market.problems, ['"apps/gone" has no app.json']);
      assert.equal((await call("POST", "/api/markets", { source: repo.url })).code, "CONFLICT");
      assert.equal((await call("GET", "/api/markets")).length, 1);
      const found = await call("GET", "/api/markets/apps?q=OFFICE%20writes");
      assert.deepEqual(found.map(({ source }: { source: string }) => source), ["shop/notes"]);
      assert.deepEqual(found[0].tags, ["text", "office"]);
      assert.equal((await call("GET", "/api/markets/apps?market=nope")).code, "NOT_FOUND");
      const table = await cli(node, "market", "search", "clock");
      assert.match(table.stdout, /shop\/clock/);
    });
    await t.step("logos are images and never pages", async () => {
      const [clock, notes] = await call("GET", "/api/markets/apps");
      const get = (path: string) =>
        visitHost(node, `127.0.0.1:${node.port}`, path, {
          headers: { authorization: `Bearer ${node.token}` },
        });
      assert.deepEqual((await get(notes.logoUrl)).bytes, PNG);
      const svg = await get(clock.logoUrl);
      assert.equal(svg.headers.get("content-type"), "image/svg+xml");
      assert.equal(svg.headers.get("content-disposition"), "attachment");
      assert.equal(svg.headers.get("x-content-type-options"), "nosniff");
    });
    await t.step("its apps are installed by name and know it", async () => {
      const done = await cli(node, "app", "install", "notes", "--yes", "--json");
      assert.equal(done.code, 0, done.stderr);
      const { source } = await call("GET", "/api/apps/notes");
      assert.deepEqual([source.market, source.app, source.path], ["shop", "notes", "apps/notes"]);
      assert.match((await cli(node, "app", "info", "notes")).stdout, /source +shop\/notes, /);
      assert.match((await cli(node, "app", "list")).stdout, /notes .*shop\/notes/);
      const offered = await call("GET", "/api/markets/apps?q=notes");
      assert.deepEqual(offered[0].installed.map(({ name }: { name: string }) => name), ["notes"]);
      const near = await call("POST", "/api/apps/install", { source: "shop/nots" });
      assert.match(near.hint, /notes/);
    });
    await t.step("one name in two marketplaces has to be said whole", async () => {
      const other = await makeRepo(server, "other");
      await other.commit(appFiles("notes", { name: "notes" }, "another"));
      assert.equal((await call("POST", "/api/markets", { source: other.url })).apps, 1);
      const which = await call("POST", "/api/apps/install", { source: "notes" });
      assert.match(which.message, /other\/notes, shop\/notes/);
      const taken = await call("POST", "/api/apps/install", { source: "other/notes" });
      assert.equal(taken.code, "NAME_TAKEN");
    });
    await t.step("it is read again, and what is wrong with it changes nothing", async () => {
      await repo.commit({ "registry.json": "{" });
      assert.equal((await call("POST", "/api/markets/shop/update", {})).code, "MARKET_INVALID");
      assert.equal((await call("GET", "/api/markets/apps?market=shop")).length, 2);
      await repo.commit({ "registry.json": null });
      const updated = await cli(node, "market", "update", "shop", "--json");
      assert.equal(JSON.parse(updated.stdout)[0].apps, 3, updated.stderr);
    });
    await t.step("its apps outlive it", async () => {
      assert.equal((await cli(node, "market", "remove", "shop")).code, 0);
      assert.equal((await cli(node, "market", "remove", "shop")).code, 3);
      const next = await repo.commit(appFiles("apps/notes", { name: "notes" }, "two"));
      const plan = (await call("POST", "/api/apps/notes/upgrade", {})).plan;
      assert.equal(plan.commit.id, next);
      assert.equal(plan.source.market, "shop");
    });
  },
);

withSources("who signed an app once signs it ever after", async (node, server, t) => {
  const repo = await makeRepo(server, "signed");
  const keys = [`${server.root}/a.pem`, `${server.root}/b.pem`] as const;
  // deno-lint-ignore no-explicit-any -- whatever the command prints
  const json = async (...args: string[]): Promise<any> => {
    const done = await cli(node, ...args, "--json");
    assert.equal(done.code, 0, done.stderr);
    return JSON.parse(done.stdout);
  };
  const [ada, bob] = [
    (await json("market", "key", "--key", keys[0])).key,
    (await json("market", "key", "--key", keys[1])).key,
  ];
  const signedCommit = async (page: string, key: string | undefined) => {
    await repo.commit({ ...appFiles("", { name: "signed" }, page), ".gitignore": "fazt.tmp\n" });
    if (key !== undefined) await json("app", "sign", repo.dir, "--key", key);
    return await repo.commit({}, page);
  };
  // deno-lint-ignore no-explicit-any -- whatever shape the API gives
  const call = async (path: string, body: unknown): Promise<any> => {
    const answer = await api(node, "POST", path, { body });
    return answer.error ?? answer.data;
  };
  const upgrade = async (extra: object = {}) => {
    const planned = await call("/api/apps/signed/upgrade", extra);
    if (planned.plan === undefined) return planned;
    const commit = planned.plan.commit.id;
    return await call("/api/apps/signed/upgrade", { ...extra, apply: true, commit });
  };
  await signedCommit("one", keys[0]);

  await t.step("a signature is verified, shown and pinned", async () => {
    const wrong = await call("/api/apps/install", { source: repo.url, trust: bob });
    assert.equal(wrong.code, "SIGNER_CHANGED");
    const { plan } = await call("/api/apps/install", { source: repo.url });
    assert.deepEqual(plan.signature, { state: "valid", key: ada });
    await json("app", "install", repo.url, "--yes");
    assert.equal((await api(node, "GET", "/api/apps/signed")).data.source.signer, ada);
    await signedCommit("two", keys[0]);
    assert.equal((await upgrade()).source.signer, ada);
  });
  await t.step("files that were not signed are refused, whatever is trusted", async () => {
    await repo.commit({ "index.html": "tampered" });
    for (const extra of [{}, { trust: ada }, { trust: "none" }]) {
      assert.equal((await upgrade(extra)).code, "SIGNATURE_INVALID");
    }
    assert.equal((await visit(node, "signed", "/")).text, "two");
  });
  await t.step("another key, or none, needs the owner's word for exactly it", async () => {
    await signedCommit("three", keys[1]);
    const changed = await upgrade();
    assert.deepEqual([changed.code, changed.details.found], ["SIGNER_CHANGED", bob]);
    assert.equal((await upgrade({ trust: "none" })).code, "SIGNER_CHANGED");
    assert.equal((await upgrade({ trust: bob })).source.signer, bob);
    await repo.commit({ "fazt.sig": null, "index.html": "four" });
    const unsigned = await upgrade();
    assert.equal(unsigned.code, "SIGNER_CHANGED");
    assert.match(unsigned.hint, /--trust none/);
    assert.equal((await upgrade({ trust: "none" })).source.signer, undefined);
    assert.equal((await visit(node, "signed", "/")).text, "four");
  });
  await t.step("a marketplace's key is asked of every app of it", async () => {
    const empty = await makeRepo(server, "empty");
    await empty.commit({ "readme.md": "nothing" });
    assert.equal((await call("/api/markets", { source: empty.url })).code, "MARKET_EMPTY");
    const shop = await makeRepo(server, "strict");
    await shop.commit(appFiles("x", { name: "x" }));
    const market = await call("/api/markets", { source: shop.url, key: ada });
    assert.equal(market.key, ada);
    assert.equal((await call("/api/apps/install", { source: "strict/x" })).code, "SIGNER_CHANGED");
    await json("app", "sign", `${shop.dir}/x`, "--key", keys[0]);
    await shop.commit({});
    assert.equal(
      (await call("/api/apps/install", { source: "strict/x" })).plan.signature.pinned,
      ada,
    );
    assert.equal((await call("/api/markets", { source: shop.url, key: "x" })).code, "INVALID");
  });
  await t.step("the files of a revision come back as they were", async () => {
    const folder = `${server.root}/pulled`;
    const pulled = await json("app", "pull", "signed", folder, "--revision", "1");
    assert.equal(pulled.written, pulled.files);
    assert.equal(await Deno.readTextFile(`${folder}/index.html`), "one");
    assert.equal((await cli(node, "app", "pull", "signed", folder)).code, 1);
    const again = await json("app", "pull", "signed", folder, "--force");
    assert.ok(again.same >= 1);
    assert.equal(await Deno.readTextFile(`${folder}/index.html`), "four");
  });
});
