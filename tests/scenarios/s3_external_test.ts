// An app whose objects are in a bucket elsewhere, from naming the bucket to moving them home.
import assert from "node:assert/strict";
import { CREDENTIALS, S3Double } from "../../kernel/storage/s3/external/testing.ts";
import {
  api,
  CHECKOUT,
  cli,
  deploy,
  noise,
  startNode,
  type TestNode,
  visit,
} from "../helpers/mod.ts";

const PLACE = `external:s3://${CREDENTIALS.bucket}/apps`;
const files = (place: string) => ({
  "app.json": JSON.stringify({ name: "box", permissions: ["storage:s3"], storage: { s3: place } }),
  "index.html": "<h1>box</h1>",
  "api/main.js": `export default async (request, { fazt }) => {
    const { s3 } = fazt.storage;
    try {
      if (request.method === "POST") return await s3.put("from app.bin", request.body);
      return { items: (await s3.list()).items.map((i) => i.path), url: await s3.url("big.bin") };
    } catch (error) {
      return Response.json({ code: error.code, message: error.message }, { status: 400 });
    }
  };`,
});

/** Runs a command with something on its stdin. */
async function piped(node: TestNode, input: string, ...args: string[]) {
  const child = new Deno.Command(CHECKOUT.command, {
    args: [...CHECKOUT.args, ...args],
    env: { FAZT_DB: node.db, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("an app's objects live in a bucket the owner named, and move home again", async (t) => {
  const double = new S3Double();
  await using node = await startNode();
  const add = (secret: string) =>
    piped(
      node,
      `${secret}\n`,
      "storage",
      "provider",
      "add",
      "nas",
      ...["--endpoint", double.endpoint, "--bucket", CREDENTIALS.bucket],
      ...["--region", CREDENTIALS.region, "--key-id", CREDENTIALS.accessKeyId],
    );
  try {
    await deploy(node, "box", files(PLACE), { approve: true });
    const bytes = noise(2_500_000);
    const ask = async (init: { method?: string; body?: Uint8Array } = {}) =>
      JSON.parse((await visit(node, "box", "/api/", init)).text);

    await t.step("without a key of the owner's the bucket is only a name", async () => {
      const refused = await ask();
      assert.equal(refused.code, "NO_PROVIDER", JSON.stringify(refused));
      const wrong = await add("not the key");
      assert.equal(wrong.code === 0, false);
      assert.match(wrong.stderr, /SignatureDoesNotMatch/);
    });
    await t.step("with it app, command line and signed addresses use the bucket", async () => {
      const added = await add(CREDENTIALS.secretAccessKey);
      assert.equal(added.code, 0, added.stderr);
      const put = await api(node, "PUT", "/api/storage/box/s3/big.bin", { body: bytes });
      assert.equal(put.status, 201, JSON.stringify(put.error));
      assert.equal((await ask({ method: "POST", body: bytes })).size, bytes.length);
      const { items, url } = await ask();
      assert.deepEqual(items, ["big.bin", "from app.bin"]);
      const got = await visit(node, "box", new URL(url).pathname, {
        headers: { range: "bytes=5-9" },
      });
      assert.deepEqual([got.status, got.bytes], [206, bytes.subarray(5, 10)]);
      assert.equal(double.objects.size, 2);
    });
    await t.step("the key is nowhere to be read", async () => {
      for (const path of ["/api/storage-providers", "/api/secrets", "/api/activity"]) {
        const answer = await api(node, "GET", path);
        assert.equal(answer.status, 200);
        assert.ok(!JSON.stringify(answer.data).includes(CREDENTIALS.secretAccessKey), path);
      }
      const raw = new TextDecoder("latin1").decode(await Deno.readFile(node.db));
      assert.ok(!raw.includes(CREDENTIALS.secretAccessKey));
    });
    await t.step("objects move home, and the bucket is no longer needed", async () => {
      const moved = await cli(node, "storage", "migrate", "box", "internal");
      assert.match(moved.stdout, /Copied 2 objects, 5 MB, to internal/, moved.stderr);
      await deploy(node, "box", files("internal"), { approve: true });
      await cli(node, "storage", "provider", "remove", "nas", "--yes");
      const { items, url } = await ask();
      assert.deepEqual(items, ["big.bin", "from app.bin"]);
      assert.deepEqual((await visit(node, "box", new URL(url).pathname)).bytes, bytes);
    });
  } finally {
    await double.close();
  }
});
