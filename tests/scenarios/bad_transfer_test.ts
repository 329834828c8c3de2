// Transfers that go wrong half-way, and folders whose files are not what they seem.
import assert from "node:assert/strict";
import { openStore } from "../../kernel/store.ts";
import { cidOf, Vfs } from "../../kernel/fs/mod.ts";
import { MIB } from "../../kernel/lib/bytes.ts";
import {
  api,
  cli,
  type Expected,
  halves,
  noise,
  Standing,
  startNode,
  type TestNode,
  until,
  visit,
} from "../helpers/mod.ts";

const LABEL = "target";
const WEEK_MS = 7 * 86_400_000;

/** Half of a request. */
interface Half {
  /** Method and path. */
  readonly start: string;
  /** What would be sent whole. */
  readonly body: Uint8Array;
  readonly chunked: boolean;
  /** Comes true when the node has what was sent. */
  readonly heard: () => boolean | Promise<boolean>;
}

/** Sends half of a body, waits until the node has it, then hangs up. */
async function hangUp(node: TestNode, { start, body, chunked, heard }: Half): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(node.port) });
  const send = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  };
  const text = (value: string) => send(new TextEncoder().encode(value));
  const half = body.subarray(0, Math.floor(body.length / 2));
  await text(
    `${start} HTTP/1.1\r\nhost: 127.0.0.1:${node.port}\r\nauthorization: Bearer ${node.token}\r\n` +
      (chunked ? "transfer-encoding: chunked\r\n" : `content-length: ${body.length}\r\n`) +
      (start.includes("name=") ? "content-type: application/zip\r\n" : "") + "\r\n",
  );
  if (chunked) await text(`${half.length.toString(16)}\r\n`);
  await send(half);
  await until(heard);
}

Deno.test("no broken transfer changes what is served or leaves halves behind", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-transfer-" });
  const db = `${folder}/data.db`;
  try {
    {
      await using node = await startNode({ db });
      const app = await Standing.on(node, LABEL);
      await blobs(t, { node, app });
      await cutOff(t, { node, app });
      await links(t, { node, app });
    }
    await t.step("a sweep leaves exactly the blobs that are named", async () => {
      const store = await openStore({ dbPath: db });
      try {
        const clock = () => Date.now() + WEEK_MS;
        await new Vfs({ ...store, clock }).sweep();
        const { n } = store.db.reader.get<{ n: number }>(
          "SELECT count(*) AS n FROM blobs WHERE cid NOT IN (SELECT cid FROM files UNION " +
            "SELECT coalesce(brotli_cid, '') FROM files UNION " +
            "SELECT coalesce(gzip_cid, '') FROM files UNION " +
            "SELECT coalesce(module_cid, '') FROM revisions UNION " +
            "SELECT coalesce(module_map_cid, '') FROM revisions)",
        )!;
        assert.equal(n, 0);
      } finally {
        await store.db.close();
        store.lock.release();
      }
      assert.deepEqual(halves(db), []);
    });
    await t.step("and what was served is served after it", async () => {
      await using node = await startNode({ db });
      assert.match((await visit(node, LABEL, "/")).text, /^<h1>target \d+<\/h1>$/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

interface Scene {
  readonly node: TestNode;
  readonly app: Standing;
}

/** Blobs that are not what they are called. */
async function blobs(t: Deno.TestContext, { node, app }: Scene): Promise<void> {
  const mismatch: Expected = {
    status: 422,
    code: "CID_MISMATCH",
    message: /the content is baf/,
    hint: /send it again/,
  };
  const put = (cid: string, body: Uint8Array) => api(node, "PUT", `/api/blobs/${cid}`, { body });
  await t.step(
    "blob: one small file in the place of another",
    () => app.survives(() => put(cidOf(noise(10)), noise(10)), mismatch),
  );
  await t.step("blob: 9 MB of which one byte is wrong", () => {
    const bytes = noise(9e6);
    const cid = cidOf(bytes);
    bytes[8_999_999]! ^= 1;
    return app.survives(() => put(cid, bytes), mismatch);
  });
  await t.step(
    "blob: nothing in the place of a file",
    () => app.survives(() => put(cidOf(noise(10)), new Uint8Array()), mismatch),
  );
  await t.step("blob: a name that is no cid", () =>
    app.survives(() => put("..%2Fx", noise(10)), {
      status: 422,
      code: "INVALID",
      message: /not a cid/,
    }));
  await t.step(
    "blob: more than a file may have",
    () =>
      app.survives(() => put(cidOf(noise(10)), new Uint8Array(100 * MIB + 1)), {
        status: 413,
        code: "TOO_LARGE",
        message: /larger than/,
        hint: /fileMb/,
      }),
  );
  await t.step("blob: none of them left anything", () => assert.deepEqual(halves(node.db), []));
  await t.step(
    "a deploy that names blobs nobody sent is told which, and changes nothing",
    async () => {
      const [one, two] = [cidOf(noise(10)), cidOf(noise(10))];
      const body = {
        name: LABEL,
        files: [{ path: "index.html", cid: one, size: 10 }, { path: "a.js", cid: two, size: 10 }],
      };
      for (let round = 0; round < 2; round++) {
        const { status, data } = await api(node, "POST", "/api/deploy", { body });
        assert.deepEqual([status, data], [200, { missing: [one, two] }]);
        await app.stands();
      }
      await app.deploys();
    },
  );
}

/** Uploads whose sender goes away. */
async function cutOff(t: Deno.TestContext, { node, app }: Scene): Promise<void> {
  const body = noise(20 * MIB);
  const cid = cidOf(body);
  const brokenOff = async () =>
    (await api(node, "GET", "/api/activity")).data
      .filter((row: { result: string }) => row.result === "BAD_REQUEST").length;
  for (const chunked of [false, true]) {
    const how = chunked ? "in chunks" : "of a known length";
    await t.step(`cut off: a blob ${how}`, async () => {
      const start = `PUT /api/blobs/${cid}`;
      await hangUp(node, { start, body, chunked, heard: () => halves(node.db).length > 0 });
      await until(() => halves(node.db).length === 0);
      await app.stands();
      await app.deploys();
    });
    await t.step(`cut off: a zip ${how}`, async () => {
      const before = await brokenOff();
      const start = `POST /api/deploy?name=${LABEL}`;
      await hangUp(node, { start, body, chunked, heard: () => true });
      await until(async () => await brokenOff() > before);
      await until(async () => await brokenOff() > before);
      await app.stands();
      await app.deploys();
    });
    await t.step(`cut off: a list of files ${how}`, async () => {
      await hangUp(node, { start: "POST /api/deploy", body, chunked, heard: () => true });
      await app.stands();
      await app.deploys();
    });
  }
  await t.step("cut off: the same blob, sent whole, is taken", async () => {
    assert.equal((await api(node, "PUT", `/api/blobs/${cid}`, { body })).status, 201);
    assert.deepEqual(halves(node.db), []);
    const beside = [...Deno.readDirSync(node.db.replace(/[^/]*$/, ""))].map(({ name }) => name);
    assert.deepEqual(beside.filter((name) => !name.startsWith("data.db")), []);
  });
}

/** Links in a folder that the command line deploys. */
async function links(t: Deno.TestContext, { node, app }: Scene): Promise<void> {
  await t.step(
    "links: one that leaves the folder is left out and said, one inside is followed",
    async () => {
      const top = await Deno.makeTempDir({ prefix: "fazt-links-" });
      try {
        const folder = `${top}/site`;
        await Deno.mkdir(folder);
        await Deno.writeTextFile(`${top}/secret.txt`, "not for the web");
        await Deno.writeTextFile(`${folder}/index.html`, "linked");
        await Deno.writeTextFile(`${folder}/.env`, "SECRET=1");
        for (
          const [name, target] of [
            ["away.txt", "../secret.txt"],
            ["system.txt", "/etc/passwd"],
            ["parent", ".."],
            ["loop", "."],
            ["nothing.txt", "./missing"],
            ["hidden.txt", ".env"],
            ["inside.html", "index.html"],
          ] as const
        ) await Deno.symlink(target, `${folder}/${name}`);
        const ran = await cli(node, "app", "deploy", folder, "--name", "linked", "--json");
        assert.equal(ran.code, 0, ran.stderr);
        for (
          const name of ["away.txt", "system.txt", "parent", "loop", "nothing.txt", "hidden.txt"]
        ) {
          assert.match(ran.stderr, new RegExp(`left out ${name}: it is a link`));
          assert.equal((await visit(node, "linked", `/${name}`)).status, 404);
        }
        const { data } = await api(node, "GET", "/api/apps/linked/files");
        assert.deepEqual(data.map((file: { path: string }) => file.path), [
          "index.html",
          "inside.html",
        ]);
        assert.equal((await visit(node, "linked", "/inside.html")).text, "linked");
        await app.stands();
      } finally {
        await Deno.remove(top, { recursive: true });
      }
    },
  );
}
