import assert from "node:assert/strict";
import { cli, deploy, startNode, visit } from "../helpers/mod.ts";

const APP = {
  "app.json": '{"name":"shop","permissions":["storage:ds"]}',
  "api/main.js": `
const { ds } = fazt.storage;
const DAY = 86_400_000;
export default async (request) => {
  if (new URL(request.url).pathname === "/api/fill") {
    await ds.shard("events", { by: "day", path: "at", prefix: "device", archiveAfter: "30d" });
    await ds.index("events", "n");
    const day = Math.floor(Date.now() / DAY) * DAY;
    await ds.insert("events", Array.from({ length: 6 }, (_, n) => ({ n, at: new Date(day - n * DAY), device: "pump/" + n })));
  }
  const shards = await ds.shards("events");
  return {
    events: (await ds.find("events", {}, { sort: "-at", limit: 2 })).map(({ n }) => n),
    one: (await ds.find("events", { device: "pump/3", n: 3 })).length,
    archived: (await ds.find("events", {}, { archived: true })).length,
    shards: shards.length,
    dates: shards.every(({ from, to }) => to - from === DAY),
    person: await fazt.storage.user.ds.shard("events", { by: "day" }).catch((e) => e.code),
  };
};`,
};

Deno.test("an app splits a collection and sees one, its owner sees the shards", async () => {
  await using node = await startNode();
  assert.equal((await deploy(node, "shop", APP)).status, 201);
  const expected = {
    events: [0, 1],
    one: 1,
    archived: 0,
    shards: 6,
    dates: true,
    person: "NOT_SIGNED_IN",
  };
  const filled = await visit(node, "shop", "/api/fill");
  assert.deepEqual(JSON.parse(filled.text), expected);
  const listed = await cli(node, "storage", "ds", "shards", "shop", "events");
  assert.match(listed.stdout, /SHARD .* ARCHIVE[\s\S]*00:00 .* pump +open +1 /);
  const shard = ["storage", "ds", "shard", "shop", "events", "--by", "day", "--at", "at"];
  const other = await cli(node, ...shard);
  assert.notEqual(other.code, 0);
  assert.match(other.stderr, /split by day of "at" and "device"/);
  const kept = await cli(node, ...shard, "--prefix", "device", "--keep", "60d");
  assert.equal(kept.code, 0, kept.stderr);
  const none = await cli(node, "storage", "ds", "restore-shard", "shop", "events", "1");
  assert.notEqual(none.code, 0);
  assert.match(none.stderr, /no archived shard 1/);
  const found = await cli(
    node,
    ...["storage", "ds", "find", "shop", "events", "--archived", "--json"],
  );
  assert.equal(found.code, 0, found.stderr);
});
