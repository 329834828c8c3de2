// The activity log, keys and peers through the API, with words of strangers in them.
import assert from "node:assert/strict";
import { api, deploy, startNode } from "../helpers/mod.ts";

Deno.test("changes are found, exported and told of when refused; keys and peers stay secret", async () => {
  await using node = await startNode();
  await deploy(node, "shop", { "index.html": "x" });
  const message = '=HYPERLINK("http://evil.example"),\n"quoted"';
  await deploy(node, "shop", { "index.html": "y" });
  await api(node, "PATCH", "/api/apps/shop", { body: { title: message } });

  const reader = (await api(node, "POST", "/api/keys", { body: { name: "ci", scopes: ["read"] } }))
    .data;
  const get = (query: string) => api(node, "GET", `/api/activity${query}`);

  // What a key may not do stands in the log, and a flood of it does not fill the log.
  for (let i = 0; i < 60; i++) {
    const { status } = await api(node, "DELETE", `/api/apps/x${i}`, { token: reader.token });
    assert.equal(status, 403);
  }
  const refused = await get("?actor=ci&result=failed&limit=1000");
  assert.ok(refused.data.length >= 1 && refused.data.length <= 40, `${refused.data.length}`);
  const { action, target, result, address } = refused.data.at(-1);
  assert.deepEqual([action, target, result, address], [
    "request.refused",
    "DELETE /api/apps/x0",
    "FORBIDDEN",
    "127.0.0.1",
  ]);
  // A refusal that is told of elsewhere stands there once; what was mistyped does not at all.
  await api(node, "POST", "/api/apps", { body: { name: "shop" } });
  await api(node, "POST", "/api/keys", { body: { name: "x", scopes: ["reed"] } });
  const taken = await get("?result=NAME_TAKEN");
  assert.deepEqual(taken.data.map((row: { action: string }) => row.action), ["app.create"]);
  assert.deepEqual((await get("?actor=local&action=request.")).data, []);

  const ofShop = await get("?app=shop&action=app.deploy");
  assert.deepEqual(
    ofShop.data.map((row: { app: string; result: string }) => [row.app, row.result]),
    [["shop", "ok"], ["shop", "ok"]],
  );
  const page = await get("?app=shop&limit=1");
  assert.equal(page.meta.limit, 1);
  const second = await get(`?app=shop&limit=1&before=${page.meta.before}`);
  assert.ok(second.data[0].id < page.data[0].id);
  assert.equal((await get("?app=nothing")).status, 404);
  assert.equal((await get("?since=soon")).status, 422);

  await api(node, "PUT", "/api/secrets", { body: { name: "KEY", value: "a-secret-value" } });
  await api(node, "POST", "/api/peers", {
    body: { name: "prod", url: "https://admin.example.com", token: "fazt_peersecret" },
  });
  const csv = await fetch(`${node.url}/api/activity.csv?action=app.`, {
    headers: { authorization: `Bearer ${node.token}` },
  });
  assert.equal(csv.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.match(csv.headers.get("content-disposition")!, /attachment; filename="activity\.csv"/);
  const text = await csv.text();
  assert.match(text, /^id,at,actor,address,action,appId,target,result,details\r\n/);
  // No field begins a formula, quoted or not.
  assert.doesNotMatch(text, /(?:^|,)"?[=+@-]/m);
  const json = await api(node, "GET", "/api/activity.json") as unknown as { status: number };
  assert.equal(json.status, 200);
  const lines = await fetch(`${node.url}/api/activity.ndjson`, {
    headers: { authorization: `Bearer ${node.token}` },
  }).then((answer) => answer.text());
  const rows = lines.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.ok(rows.length > 5 && rows.every((row) => row.id > 0));
  for (const secret of ["a-secret-value", "peersecret", reader.token]) {
    assert.ok(!lines.includes(secret) && !text.includes(secret));
  }

  // Keys: another name, a last use from somewhere, an end at once for its streams too.
  const renamed = await api(node, "PATCH", `/api/keys/${reader.id}`, { body: { name: "laptop" } });
  assert.equal(renamed.data.name, "laptop");
  assert.ok(!JSON.stringify(renamed.data).includes(reader.token));
  const stream = await fetch(`${node.url}/api/events/stream`, {
    headers: { authorization: `Bearer ${reader.token}` },
  });
  assert.equal(stream.status, 200);
  await api(node, "DELETE", `/api/keys/${reader.id}`);
  for await (const _ of stream.body!) { /* until it ends */ }

  // Peers: their keys never come back.
  const list = await api(node, "GET", "/api/peers");
  assert.deepEqual(list.data.map(({ createdAt: _, ...peer }: { createdAt: number }) => peer), [
    { name: "prod", url: "https://admin.example.com", default: false, hasToken: true },
  ]);
  const again = { name: "prod", url: "https://other.example.com" };
  assert.equal((await api(node, "POST", "/api/peers", { body: again })).error.code, "NAME_TAKEN");
  const change = (body: unknown) => api(node, "PATCH", "/api/peers/prod", { body });
  assert.equal((await change({ default: true })).data.default, true);
  assert.equal((await change({ default: false })).data.default, false);
  assert.equal((await change({ url: "https://admin.example.com" })).data.hasToken, true);
  const moved = (await change({ url: "https://evil.example.com" })).data;
  assert.deepEqual([moved.url, moved.hasToken], ["https://evil.example.com", false]);
  for (const url of ["ftp://x", "https://u:pw@x", "https://x/path", ""]) {
    const { status, error } = await change({ url });
    assert.equal(status, 422, url);
    assert.ok(!JSON.stringify(error).includes("pw"));
  }
  assert.equal((await api(node, "DELETE", "/api/peers/prod")).data.name, "prod");
  assert.equal((await api(node, "DELETE", "/api/peers/prod")).status, 404);
});
