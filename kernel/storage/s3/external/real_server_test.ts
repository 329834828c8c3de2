import assert from "node:assert/strict";
import { sameBytes } from "../../../lib/testing/same_bytes.ts";
import { collect, sample, streamOf } from "../testing.ts";
import { S3Client } from "./s3_client.ts";

const MIB = 2 ** 20;
/** Where `go install` puts it, or wherever the environment says. */
const PROGRAM = Deno.env.get("VERSITYGW") ?? `${Deno.env.get("HOME")}/go/bin/versitygw`;
const present = await Deno.stat(PROGRAM).then(() => true, () => false);
if (!present) {
  console.log(
    "no real S3 server: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, or VERSITYGW=…",
  );
}

const freePort = () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
};

Deno.test({
  name: "a real S3 server stores, lists, copies and signs as the client expects",
  ignore: !present,
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "fazt-versity-" });
    await Deno.mkdir(`${dir}/bucket`);
    const port = freePort();
    const server = new Deno.Command(PROGRAM, {
      args: ["--access", "AKID", "--secret", "SECRET", "--port", `127.0.0.1:${port}`, "posix", dir],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const endpoint = `http://127.0.0.1:${port}`;
      while (await fetch(endpoint).then((r) => r.body?.cancel(), () => "not yet") === "not yet") {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const client = new S3Client({
        endpoint,
        region: "us-east-1",
        bucket: "bucket",
        prefix: "pre/fix",
        accessKeyId: "AKID",
        secretAccessKey: "SECRET",
        partBytes: 5 * MIB,
      });
      for (const [i, key] of ["a.txt", "ä/ö 1+2.txt", "a'b(c)*d!", "x?y&z#%41"].entries()) {
        const stored = await client.put(key, sample(1000, i), {
          type: "text/plain; charset=utf-8",
          metadata: { fazt: "e30=" },
        });
        const got = (await client.get(key))!;
        sameBytes(await collect(got.body), sample(1000, i));
        assert.deepEqual(
          [got.etag, got.type, got.metadata.fazt],
          [stored.etag, "text/plain; charset=utf-8", "e30="],
        );
        const part = (await client.get(key, { start: 100, end: 200 }))!;
        sameBytes(await collect(part.body), sample(1000, i).subarray(100, 200));
        assert.equal(await client.copy(key, `copies/${i}`), true);
      }
      const big = await client.put("big", streamOf(17 * MIB + 3).body, { type: "video/mp4" });
      assert.equal(big.size, 17 * MIB + 3);
      assert.equal((await client.head("big"))!.size, 17 * MIB + 3);
      const body = await client.read("big", {
        ifMatch: big.etag,
        range: { start: MIB, end: MIB + 9 },
      });
      assert.equal((await collect(body)).length, 9);
      await assert.rejects(
        client.read("big", { ifMatch: '"other"' }),
        (error: { code?: string }) => error.code === "CONFLICT",
      );
      const first = await client.list("copies/", { limit: 3 });
      const second = await client.list("copies/", { limit: 3, cursor: first.cursor });
      assert.deepEqual(
        [...first.objects, ...second.objects].map(({ key }) => key),
        ["copies/0", "copies/1", "copies/2", "copies/3"],
      );
      assert.deepEqual((await client.list("", { delimiter: "/" })).folders, ["copies/", "ä/"]);
      const url = await client.url("a.txt", { expiresSeconds: 60 });
      sameBytes(await (await fetch(url)).bytes(), sample(1000, 0));
      await client.delete("a.txt");
      assert.equal(await client.get("a.txt"), undefined);
      assert.equal(await client.copy("a.txt", "b"), false);
    } finally {
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(dir, { recursive: true });
    }
  },
});
