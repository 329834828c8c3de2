import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import { base58 } from "../../kernel/lib/ids.ts";
import { api, cli, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

/** A word that stands nowhere else. */
const word = () => `w${base58(24)}`;
const person = () => `usr_${base58(12)}`;

/** Which of the words stand in the files of a database, byte by byte. */
async function found(node: TestNode, words: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = node.db.slice(0, node.db.lastIndexOf("/"));
  const files = (await readdir(folder)).filter((name) => name.startsWith("data.db"));
  assert.ok(files.includes("data.db"));
  const contents = await Promise.all(files.map((name) => readFile(`${folder}/${name}`)));
  return Object.keys(words).filter((key) =>
    contents.some((bytes) => bytes.indexOf(words[key]!) >= 0)
  );
}

const SERVER = `
export default async (request) => {
  const { text, event } = await request.json();
  if (!request.headers.has("x-person")) await fazt.storage.kv.set("k" + text, { text });
  else {
    await fazt.storage.user.kv.set("mine" + text, { text, long: text.repeat(2000) });
    await fazt.storage.user.kv.set("mine" + text, { text, long: text.repeat(20) });
    await fazt.storage.user.kv.set("gone" + text, text);
    await fazt.storage.user.kv.delete("gone" + text);
    await fazt.storage.user.ds.insert("notes", { text });
    await fazt.storage.rd.define("words", { text: "text" });
    await fazt.storage.user.rd.exec("INSERT INTO words (text) VALUES (?)", [text]);
    await fazt.storage.user.s3.put("of/" + text, text.repeat(1000));
  }
  console.log("said " + text, { text });
  await fazt.events.emit("said", { text }, { persist: true });
  return new Response(String((await fazt.storage.kv.list()).items.length));
}`;

const manifest = (name: string) =>
  JSON.stringify({
    name,
    permissions: ["kv", "ds", "rd", "s3"].map((pillar) => `storage:${pillar}`),
  });

/** Deploys an app whose files, names and data are full of words. */
async function wordy(node: TestNode, name: string, words: Record<string, string>) {
  const done = await deploy(node, name, {
    "app.json": manifest(name),
    "index.html": `<p>${words.content}</p>`,
    [`${words.path}.txt`]: `the file ${words.content}`.repeat(100),
    "big.bin": new TextEncoder().encode(words.content!.repeat(60_000)),
    "api/main.js": SERVER,
  }, { approve: true });
  assert.equal(done.status, 201, JSON.stringify(done.error));
  await api(node, "PUT", `/api/apps/${name}/env`, { body: { TOKEN: words.env } });
  return done.data.app.id as string;
}

const say = (node: TestNode, app: string, text: string, user?: string) =>
  cli(
    node,
    ...["app", "run", app, "POST", "/api", "-d", JSON.stringify({ text })],
    ...user === undefined ? [] : ["-H", "x-person: 1", "--user", user],
  );

Deno.test("an app that is purged leaves no word of it in any file", async () => {
  await using node = await startNode();
  const words = { content: word(), path: word(), env: word(), data: word(), mine: word() };
  const other = { content: word(), path: word(), env: word(), data: word() };
  const id = await wordy(node, "secretive", words);
  await wordy(node, "other", other);
  assert.equal((await say(node, "secretive", words.data)).code, 0);
  assert.equal((await say(node, "secretive", words.mine, person())).code, 0);
  assert.equal((await say(node, "other", other.data)).code, 0);
  await until(async () => (await api(node, "GET", "/api/apps/secretive/logs")).data.length >= 2);
  assert.deepEqual(await found(node, words), Object.keys(words));

  const asked = await cli(node, "app", "remove", "secretive", "--purge");
  assert.equal(asked.code, 2, asked.stderr);
  const done = await cli(node, "app", "remove", "secretive", "--purge", "--yes", "--json");
  assert.equal(done.code, 0, done.stderr);
  const answer = JSON.parse(done.stdout);
  assert.deepEqual([answer.id, answer.clean, answer.copies], [id, true, []]);

  assert.deepEqual(await found(node, words), []);
  assert.deepEqual(
    await found(node, other),
    Object.keys(other),
    "the other app has lost something",
  );
  assert.equal((await visit(node, "other", `/${other.path}.txt`)).status, 200);
  assert.equal((await visit(node, "secretive", "/")).status, 404);
  assert.deepEqual((await api(node, "GET", "/api/apps?removed=1")).data, []);
  const { data: activity } = await api(node, "GET", "/api/activity");
  const about = activity.filter((row: { appId: string }) => row.appId === id);
  assert.ok(about.some((row: { action: string }) => row.action === "app.remove"));
  for (const row of about) assert.deepEqual([row.target, row.details], [id, undefined]);
  assert.equal((await deploy(node, "secretive", { "index.html": "anew" })).status, 201);
});

Deno.test("a removed app comes back with data, grants and addresses, or goes for good", async () => {
  await using node = await startNode();
  const words = { content: word(), path: word(), env: word(), data: word() };
  const id = await wordy(node, "undo", words);
  await say(node, "undo", words.data);
  await api(node, "PUT", "/api/aliases/second", { body: { app: "undo" } });
  const removed = await cli(node, "app", "remove", "undo", "--yes");
  assert.match(removed.stdout, /fazt app restore undo/);
  assert.match((await cli(node, "app", "list", "--removed")).stdout, new RegExp(`undo +${id}`));
  assert.equal((await visit(node, "undo", "/")).status, 404);

  const back = await cli(node, "app", "restore", "undo");
  assert.equal(back.code, 0, back.stderr);
  assert.equal((await visit(node, "second", "/")).text, `<p>${words.content}</p>`);
  const again = await say(node, "undo", "x");
  assert.deepEqual([again.code, again.stdout], [0, "2"], again.stderr);

  await cli(node, "app", "remove", "undo", "--yes");
  await deploy(node, "undo", { "index.html": "another" });
  const taken = await cli(node, "app", "restore", "undo");
  assert.match(taken.stderr, /Cannot use the name "undo": another app has it/);
  assert.equal((await cli(node, "app", "remove", id, "--purge", "--yes")).code, 0);
  assert.deepEqual(await found(node, words), []);
  assert.equal((await visit(node, "undo", "/")).text, "another");
});

Deno.test("a person is listed, exported, erased, and taken back", async () => {
  await using node = await startNode();
  const [ann, bob] = [person(), person()];
  const words = { env: word(), content: word(), path: word() };
  const hers = { data: word() };
  const his = { data: word() };
  for (const app of ["one", "two"]) {
    await wordy(node, app, words);
    assert.equal((await say(node, app, hers.data, ann)).code, 0);
    assert.equal((await say(node, app, his.data, bob)).code, 0);
  }
  await until(async () => (await api(node, "GET", "/api/apps/two/logs")).data.length >= 2);
  const listed = JSON.parse((await cli(node, "user", "list", "--json")).stdout);
  assert.deepEqual(
    listed.map((p: { id: string; state: string }) => [p.id, p.state]),
    [ann, bob].sort().map((id) => [id, "here"]),
  );
  assert.deepEqual(listed[0].apps.map((share: { app: string }) => share.app).sort(), [
    "one",
    "two",
  ]);
  assert.ok(
    listed[0].apps.every((s: { rows: number; bytes: number }) => s.rows > 1 && s.bytes > 99),
  );

  const out = `${node.db}.zip`;
  const exported = await cli(node, "user", "export", ann, "-o", out);
  assert.equal(exported.code, 0, exported.stderr);
  const zip = unzipSync(await readFile(out));
  await Deno.remove(out);
  const texts = Object.entries(zip).map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]);
  const kv = texts.filter(([path]) => path!.endsWith("/kv.json"));
  assert.equal(kv.length, 2);
  for (const table of ["ds_", "rd_", "objects"]) {
    const parts = texts.filter(([path]) => path!.includes(`/${table}`));
    assert.ok(parts.length >= 2, `${table}: ${texts.map(([path]) => path)}`);
    assert.ok(parts.some(([, text]) => text!.includes(hers.data)), table);
  }
  assert.ok(texts.some(([path, text]) => path!.startsWith("blobs/") && text!.includes(hers.data)));
  for (const [, text] of kv) {
    assert.deepEqual(JSON.parse(text!).map((row: { key: string }) => row.key), [
      `mine${hers.data}`,
    ]);
  }
  assert.ok(
    texts.some(([path, text]) => path!.endsWith("/logs.json") && text!.includes(hers.data)),
  );
  assert.ok(!texts.some(([, text]) => text!.includes(his.data)), "it holds words of somebody else");

  assert.equal((await cli(node, "user", "erase", ann, "--yes")).code, 0);
  const refused = await say(node, "one", "more", ann);
  assert.match(refused.stderr, /the person it is for was erased/);
  assert.equal((await cli(node, "user", "restore", ann)).code, 0);
  assert.equal((await say(node, "one", hers.data, ann)).code, 0);

  const done = await cli(node, "user", "erase", ann, "--now", "--yes", "--json");
  assert.equal(done.code, 0, done.stderr);
  assert.equal(JSON.parse(done.stdout).clean, true);
  assert.deepEqual(await found(node, { ann }), [], "her id is still there");
  assert.deepEqual(await found(node, hers), [], "her words are still there");
  assert.deepEqual(await found(node, his), ["data"]);
  assert.match((await say(node, "one", "more", ann)).stderr, /was erased/);
  assert.match((await cli(node, "user", "restore", ann)).stderr, /no erasure of theirs waits/);
  const { data: rows } = await api(node, "GET", "/api/activity");
  assert.ok(rows.some((row: { action: string }) => row.action === "user.erase"));
  assert.deepEqual(await found(node, { ann }), []);
});
