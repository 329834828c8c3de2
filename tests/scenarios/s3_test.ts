import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import {
  api,
  cli,
  deploy,
  folderOf,
  halves,
  noise,
  startNode,
  type TestNode,
  until,
  visit,
} from "../helpers/mod.ts";

const GRANTS = '"permissions": ["storage:s3"]';
/** Does what its query asks of the objects, so that tests need one app only. */
const MAIN = `
const s3of = (url, fazt) => url.searchParams.has("me") ? fazt.storage.user.s3 : fazt.storage.s3;
export default async function (request, { fazt }) {
  const url = new URL(request.url);
  const s3 = s3of(url, fazt);
  const { do: what, path, to, options = "{}" } = Object.fromEntries(url.searchParams);
  const more = JSON.parse(options);
  try {
    if (what === "put") return await s3.put(path, request.body ?? "", more);
    if (what === "bytes") return await s3.put(path, new Uint8Array(more.size).fill(7), more);
    if (what === "stream") {
      let left = more.size;
      return await s3.put(path, new ReadableStream({
        pull(c) {
          if (more.failAt !== undefined && left <= more.failAt) throw new Error("torn");
          if (left <= 0) return c.close();
          const piece = new Uint8Array(Math.min(left, more.piece ?? 65536)).fill(left % 251);
          left -= piece.length;
          c.enqueue(piece);
        },
      }), more);
    }
    if (what === "get") {
      const object = await s3.get(path, more);
      if (object === undefined) return new Response("none", { status: 404 });
      return new Response(object.body, {
        headers: { "content-type": object.type, "x-etag": object.etag,
          "x-range": JSON.stringify(object.range ?? null) },
      });
    }
    if (what === "text") return { text: await (await s3.get(path, more)).text() };
    if (what === "copy") return await s3.copy(path, to);
    if (what === "list") return await s3.list(path, more);
    return { answer: await s3[what](path, more) };
  } catch (error) {
    return Response.json({ code: error.code ?? error.message, limit: error.limit }, { status: 400 });
  }
}`;

const APP = {
  "app.json": `{"name": "box", ${GRANTS}}`,
  "index.html": "<h1>box</h1>",
  "api/main.js": MAIN,
};

const ask = async (
  node: TestNode,
  what: string,
  path: string,
  { app = "box", body, ...more }: { app?: string; body?: string; [key: string]: unknown } = {},
) => {
  const query = new URLSearchParams({ do: what, path, options: JSON.stringify(more) });
  if (typeof more.to === "string") query.set("to", more.to);
  const answer = await visit(node, app, `/api/?${query}`, {
    method: body === undefined ? "GET" : "POST",
    ...(body === undefined ? {} : { body }),
  });
  // deno-lint-ignore no-explicit-any -- tests look at whatever shape the app gives
  let json: any;
  try {
    json = JSON.parse(answer.text);
  } catch { /* bytes */ }
  return { ...answer, json };
};

Deno.test("an app keeps objects of any form and reads them whole, in parts and as streams", async () => {
  await using node = await startNode();
  await deploy(node, "box", APP, { approve: true });
  const put = await ask(node, "put", "notes/ä b.txt", { body: "hello objects" });
  assert.equal(put.status, 200, put.text);
  assert.deepEqual(
    [put.json.path, put.json.type, put.json.size],
    ["notes/ä b.txt", "text/plain; charset=utf-8", 13],
  );
  const whole = await ask(node, "get", "notes/ä b.txt");
  assert.deepEqual([whole.text, whole.headers.get("x-etag")], ["hello objects", put.json.etag]);
  const part = await ask(node, "get", "notes/ä b.txt", { range: "bytes=6-" });
  assert.deepEqual([part.text, part.headers.get("x-range")], ["objects", '{"start":6,"end":13}']);
  const sliced = await ask(node, "text", "notes/ä b.txt", { range: { start: 0, end: 5 } });
  assert.equal(sliced.json.text, "hello");
  const beyond = await ask(node, "get", "notes/ä b.txt", { range: "bytes=99-" });
  assert.equal(beyond.json.code, "RANGE");

  const streamed = await ask(node, "stream", "big.bin", { size: 5_000_000, type: "video/mp4" });
  assert.deepEqual([streamed.json.size, streamed.json.type], [5_000_000, "video/mp4"]);
  const back = await ask(node, "get", "big.bin");
  assert.equal(back.bytes.length, 5_000_000);
  const held = await ask(node, "bytes", "held.bin", { size: 3_000_000 });
  assert.equal(held.json.size, 3_000_000, held.text);

  const torn = await ask(node, "stream", "big.bin", { size: 5_000_000, failAt: 1_000_000 });
  assert.equal(torn.json.code, "torn");
  const after = await ask(node, "head", "big.bin");
  assert.equal(after.json.answer.etag, streamed.json.etag);

  assert.equal((await ask(node, "copy", "big.bin", { to: "twin.bin" })).json.size, 5_000_000);
  assert.equal((await ask(node, "delete", "big.bin")).json.answer, true);
  assert.equal((await ask(node, "delete", "big.bin")).json.answer, false);
  assert.equal((await ask(node, "get", "big.bin")).status, 404);
  assert.equal((await ask(node, "get", "twin.bin")).bytes.length, 5_000_000);
  const { json: list } = await ask(node, "list", "");
  assert.deepEqual(list.items.map((i: { path: string }) => i.path), [
    "held.bin",
    "notes/ä b.txt",
    "twin.bin",
  ]);
  assert.deepEqual((await ask(node, "list", "", { delimiter: "/" })).json.folders, ["notes/"]);
  assert.deepEqual(halves(node.db).filter((text) => !text.startsWith("chunks without")), []);
});

/** The path of a signed address. */
const signed = async (node: TestNode, path: string, options: object = {}): Promise<string> => {
  const url = (await ask(node, "url", path, { ...options })).json.answer;
  assert.match(url, /^http:\/\/box\.localhost:\d+\/_fazt\/s3\//);
  return new URL(url).pathname;
};

Deno.test("a signed address answers for its object, method, app and time, and nothing else", async (t) => {
  await using node = await startNode();
  await deploy(node, "box", APP, { approve: true });
  await deploy(node, "other", { ...APP, "app.json": APP["app.json"].replace("box", "other") });
  const bytes = noise(1_000_000);
  await visit(node, "box", await signed(node, "photo.png", { method: "PUT" }), {
    method: "PUT",
    body: bytes,
    headers: { "content-type": "image/png" },
  });
  await ask(node, "put", "page.html", { body: "<script>alert(1)</script>", type: "text/html" });
  const path = await signed(node, "photo.png");

  await t.step("whole, in parts, by condition and by HEAD", async () => {
    const whole = await visit(node, "box", path);
    assert.equal(whole.status, 200);
    assert.deepEqual(whole.bytes, bytes);
    const header = (name: string) => whole.headers.get(name);
    assert.equal(header("content-type"), "image/png");
    assert.match(header("content-disposition")!, /^inline; filename\*=UTF-8''photo\.png$/);
    assert.equal(header("x-content-type-options"), "nosniff");
    assert.match(header("content-security-policy")!, /^sandbox; default-src 'none'/);
    const range = async (value: string, more: Record<string, string> = {}) =>
      await visit(node, "box", path, { headers: { range: value, ...more } });
    const part = await range("bytes=10-19");
    assert.deepEqual([part.status, part.headers.get("content-range")], [
      206,
      "bytes 10-19/1000000",
    ]);
    assert.deepEqual(part.bytes, bytes.subarray(10, 20));
    assert.deepEqual((await range("bytes=-5")).bytes, bytes.subarray(-5));
    assert.equal((await range("bytes=2000000-")).status, 416);
    assert.equal((await range("bytes=0-1", { "if-range": '"old"' })).status, 200);
    const etag = header("etag")!;
    const same = await visit(node, "box", path, { headers: { "if-none-match": etag } });
    assert.deepEqual([same.status, same.bytes.length], [304, 0]);
    const head = await visit(node, "box", path, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length")], [200, "1000000"]);
  });
  await t.step("what could act in the app's name is saved, not shown", async () => {
    const page = await visit(node, "box", await signed(node, "page.html"));
    assert.match(page.headers.get("content-disposition")!, /^attachment/);
    const shown = await visit(node, "box", await signed(node, "page.html", { download: false }));
    assert.match(shown.headers.get("content-disposition")!, /^inline/);
    assert.match(shown.headers.get("content-security-policy")!, /^sandbox/);
    const named = await signed(node, "photo.png", { download: 'a"; \r\nx: y' });
    assert.match(
      (await visit(node, "box", named)).headers.get("content-disposition")!,
      /^attachment; filename\*=UTF-8''a%22%3B%20%0D%0Ax%3A%20y$/,
    );
    const script = { headers: { "sec-fetch-dest": "script" } };
    assert.equal((await visit(node, "box", path, script)).status, 403);
  });
  await t.step("every other use is the same refusal", async () => {
    const [, , , token] = path.split("/");
    const [payload, mac] = token!.split(".");
    const ticket = JSON.parse(atob(payload!.replaceAll("-", "+").replaceAll("_", "/")));
    const forged = btoa(JSON.stringify({ ...ticket, path: "page.html" })).replaceAll("=", "");
    const short = await signed(node, "photo.png", { expires: 1 });
    const refusals = [
      await visit(node, "box", `/_fazt/s3/${forged}.${mac}`),
      await visit(node, "box", `${path}x`),
      await visit(node, "box", path.slice(0, -1)),
      await visit(node, "box", `${path}/..`),
      await visit(node, "box", "/_fazt/s3/"),
      await visit(node, "box", "/_fazt/s3/a.b"),
      await visit(node, "box", short),
      await visit(node, "other", path),
      await visit(node, "box", path, { method: "PUT", body: "x" }),
      await visit(node, "box", path, { method: "DELETE" }),
      await visit(node, "box", path, { method: "POST", body: "x" }),
      await visit(node, "box", await signed(node, "up", { method: "PUT" })),
    ];
    for (const [i, { status, text }] of refusals.entries()) {
      assert.deepEqual([status, text], [403, refusals[0]!.text], `attempt ${i}`);
    }
    assert.equal((await ask(node, "head", "photo.png")).json.answer.size, bytes.length);
  });
  await t.step("an upload is held to its size and type, and a cut one leaves nothing", async () => {
    const up = await signed(node, "up.bin", { method: "PUT", maxBytes: 100_000, type: "a/b" });
    const put = (body: Uint8Array, type = "a/b", more = {}) =>
      visit(node, "box", up, { method: "PUT", body, headers: { "content-type": type, ...more } });
    assert.equal((await put(noise(100), "text/html")).status, 403);
    assert.equal((await put(noise(100_001))).status, 413);
    // One that does not tell its length is held to the same bounds as it comes.
    const chunked = { "transfer-encoding": "chunked" };
    assert.equal((await put(noise(100_001), "a/b", chunked)).status, 413);
    const grown = await put(noise(99_999), "a/b", chunked);
    assert.deepEqual([grown.status, JSON.parse(grown.text).data.size], [201, 99_999]);
    const done = await put(noise(100_000));
    assert.deepEqual([done.status, JSON.parse(done.text).data.size], [201, 100_000]);
    for (const length of ["content-length: 9000000", "transfer-encoding: chunked"]) {
      const cut = await signed(node, "cut.bin", { method: "PUT" });
      const socket = connect(Number(node.port), "127.0.0.1");
      socket.write(`PUT ${cut} HTTP/1.1\r\nhost: box.localhost:${node.port}\r\n${length}\r\n\r\n`);
      // Of chunks it is the first, which is whole; the last never comes.
      if (length.includes("chunked")) socket.write(`${(3_000_000).toString(16)}\r\n`);
      await new Promise((resolve) => socket.write(noise(3_000_000), resolve));
      await until(() => halves(node.db).some((text) => text.includes("upl_")));
      socket.destroy();
      await until(() => halves(node.db).length === 0);
      assert.equal((await ask(node, "head", "cut.bin")).json.answer, undefined, length);
    }
  });
  await t.step("it ends with the grant", async () => {
    await cli(node, "app", "grants", "revoke", "box", "storage:s3", "--yes");
    assert.equal((await visit(node, "box", path)).status, 403);
  });
});

Deno.test("people and apps have objects of their own, also to the owner", async () => {
  await using node = await startNode();
  await deploy(node, "box", APP, { approve: true });
  await deploy(node, "other", { ...APP, "app.json": APP["app.json"].replace("box", "other") }, {
    approve: true,
  });
  const people = ["usr_111111111111", "usr_222222222222"];
  const as = async (user: string | undefined, what: string, path: string, body?: string) => {
    const query = new URLSearchParams({ do: what, path, ...(user ? { me: "1" } : {}) });
    const { data } = await api(node, "POST", "/api/apps/box/run", {
      body: { path: `/api/?${query}`, method: body ? "POST" : "GET", body, user },
    });
    return new TextDecoder().decode(Uint8Array.fromBase64(data.body));
  };
  for (const user of people) await as(user, "put", "diary", `of ${user}`);
  await as(undefined, "put", "diary", "of all");
  await ask(node, "put", "diary", { app: "other", body: "of another app" });
  for (const user of people) assert.equal(await as(user, "get", "diary"), `of ${user}`);
  assert.equal((await ask(node, "get", "diary")).text, "of all");
  assert.equal((await ask(node, "get", "diary", { app: "other" })).text, "of another app");
  const raw = async (path: string) => await api(node, "GET", `/api/storage/box/s3/${path}`);
  assert.equal((await raw(`diary?user=${people[0]}`)).headers.get("content-length"), "19");
  assert.equal((await raw("diary?user=nobody")).status, 422);
  const list = await api(node, "GET", `/api/storage/box/s3?user=${people[1]}`);
  assert.deepEqual(list.data.items.map((i: { path: string }) => i.path), ["diary"]);
  for (const path of ["..%2fdiary", "a%00b", "%2e%2e%5cdiary", "a%2f..%2fdiary", "%ff"]) {
    assert.ok([400, 404, 422].includes((await raw(path)).status), path);
  }
  const deleted = await api(node, "DELETE", `/api/storage/box/s3/diary?user=${people[0]}`);
  assert.equal(deleted.status, 200);
  assert.equal(await as(people[0], "get", "diary"), "none");
  assert.equal(await as(people[1], "get", "diary"), `of ${people[1]}`);
});

Deno.test("200 MB go in and out through an app, an address and the API in bounded memory", async () => {
  await using node = await startNode();
  await deploy(node, "box", APP, { approve: true });
  const size = 200_000_000;
  const folder = await Deno.makeTempDir({ prefix: "fazt-big-" });
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${node.child.pid}/status`))![1]) *
    1024;
  let most = 0;
  const watch = setInterval(() => most = Math.max(most, resident()), 50);
  const before = resident();
  try {
    const piece = noise(1_000_000);
    const sum = createHash("sha256");
    using file = await Deno.open(`${folder}/big.bin`, { write: true, create: true });
    for (let i = 0; i < size / piece.length; i++) {
      sum.update(piece);
      await file.write(piece);
    }
    const expected = sum.digest("hex");
    const put = await cli(node, "storage", "s3", "put", "box", `${folder}/big.bin`);
    assert.match(put.stdout, /Stored big\.bin \(200 MB/, put.stderr);
    const path = await signed(node, "big.bin");
    const received = async (host: string, at: string) => {
      const got = createHash("sha256");
      const connection = await fetch(`http://127.0.0.1:${node.port}${at}`, {
        headers: { host, authorization: `Bearer ${node.token}` },
      });
      for await (const chunk of connection.body!) got.update(chunk);
      return got.digest("hex");
    };
    assert.equal(await received("", "/api/storage/box/s3/big.bin"), expected);
    assert.equal(
      createHash("sha256").update((await visit(node, "box", path)).bytes).digest("hex"),
      expected,
    );
    assert.equal((await ask(node, "get", "big.bin")).bytes.length, size);
    const made = await ask(node, "stream", "made.bin", { size: 50_000_000, piece: 300_000 });
    assert.equal(made.json.size, 50_000_000);
  } finally {
    clearInterval(watch);
    await Deno.remove(folder, { recursive: true });
  }
  const grown = Math.round((most - before) / 1e6);
  assert.ok(grown < 160, `${grown} MB more than before`);
});

Deno.test("the command line stores, lists, fetches, signs and deletes", async () => {
  await using node = await startNode();
  await deploy(node, "box", APP, { approve: true });
  const folder = await folderOf({ "a.txt": "one", "sub/b ä.txt": "two" });
  try {
    const run = async (...args: string[]) => {
      const ran = await cli(node, "storage", "s3", ...args);
      assert.equal(ran.code, 0, ran.stderr);
      return ran.stdout;
    };
    assert.match(await run("put", "box", folder, "docs/"), /Stored 2 files, 6 B/);
    await run("put", "box", `${folder}/a.txt`, "x.html", "--type", "text/html");
    const listed = JSON.parse(await run("list", "box", "docs/", "--json"));
    assert.deepEqual(listed.map((i: { path: string }) => i.path), [
      "docs/a.txt",
      "docs/sub/b ä.txt",
    ]);
    assert.equal(await run("get", "box", "docs/sub/b ä.txt", "-"), "two");
    await run("get", "box", "docs/a.txt", `${folder}/back.txt`);
    assert.equal(await Deno.readTextFile(`${folder}/back.txt`), "one");
    const url = new URL((await run("url", "box", "x.html", "--expires", "1m")).trim());
    assert.equal((await visit(node, "box", url.pathname)).text, "one");
    await run("delete", "box", "docs/a.txt", "x.html", "--yes");
    const gone = await cli(node, "storage", "s3", "get", "box", "x.html", "-");
    assert.match(gone.stderr, /There is no object "x\.html"/);
    const { data } = await api(node, "GET", "/api/activity");
    const actions = data.map((row: { action: string }) => row.action);
    for (const action of ["put", "url", "delete"]) {
      assert.ok(actions.includes(`storage.s3.${action}`), action);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("on a full disk an object is refused whole, the one before stays, and deleting goes on", async () => {
  await using node = await startNode({ env: { FAZT_DATABASE_MAXMB: "12" } });
  await deploy(node, "box", APP, { approve: true });
  await ask(node, "stream", "a", { size: 3_000_000 });
  const full = await ask(node, "stream", "a", { size: 30_000_000 });
  assert.equal(full.json.code, "DISK_FULL", full.text);
  assert.equal((await ask(node, "get", "a")).bytes.length, 3_000_000);
  await until(() => halves(node.db).length === 0);
  assert.equal((await ask(node, "delete", "a")).json.answer, true);
  assert.equal((await ask(node, "get", "a")).status, 404);
});
