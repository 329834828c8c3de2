import assert from "node:assert/strict";
import { FaztError } from "../../../lib/fazt_error.ts";
import { sameBytes } from "../../../lib/testing/same_bytes.ts";
import { collect, sample, streamOf } from "../testing.ts";
import { S3Client } from "./s3_client.ts";
import type { S3Options } from "./s3_request.ts";
import { CREDENTIALS, S3Double } from "./testing.ts";

const MIB = 2 ** 20;

/** Runs a test with a client of a service in memory. */
function withDouble(
  run: (
    double: S3Double,
    client: S3Client,
    make: (more: Partial<S3Options>) => S3Client,
  ) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const double = new S3Double();
    const make = (more: Partial<S3Options>) =>
      new S3Client({ endpoint: double.endpoint, ...CREDENTIALS, prefix: "/pre fix/", ...more });
    try {
      await run(double, make({ partBytes: MIB }), make);
    } finally {
      await double.close();
    }
  };
}

const s3Error = (match: { reason?: string; status?: number }) => (error: unknown) => {
  assert.ok(error instanceof FaztError, String(error));
  assert.equal(error.code, "S3_ERROR");
  assert.partialDeepStrictEqual(error.details, match);
  const shown = JSON.stringify(error.toBody()) + error.stack;
  assert.ok(!shown.includes(CREDENTIALS.secretAccessKey), "it shows the key");
  return true;
};

Deno.test(
  "what is put comes back, whatever its key looks like",
  withDouble(async (double, client) => {
    const keys = ["a", "ä/ö 1+2.txt", "a'b(c)*d!.x", "q?x=1&y#z", "%2f..%2f", "\u{1f600}", "a//b"];
    for (const [i, key] of keys.entries()) {
      const bytes = sample(1000 + i, i);
      const metadata = { note: `n${i}` };
      const stored = await client.put(key, bytes, { type: "a/b; c=d", metadata });
      assert.equal(stored.size, bytes.length);
      assert.ok(double.objects.has(`pre fix/${key}`), key);
      const got = (await client.get(key))!;
      sameBytes(await collect(got.body), bytes);
      assert.deepEqual([got.size, got.type, got.etag], [bytes.length, "a/b; c=d", stored.etag]);
      assert.deepEqual(got.metadata, metadata);
      assert.ok(Math.abs(got.updatedAt - Date.now()) < 10_000);
      const part = (await client.get(key, { start: 10, end: 20 }))!;
      sameBytes(await collect(part.body), bytes.subarray(10, 20));
      assert.equal(part.size, bytes.length);
      assert.equal((await client.head(key))!.size, bytes.length);
      assert.equal(await client.copy(key, `copy of ${i}`), true);
    }
    assert.equal((await client.list("copy of ")).objects.length, keys.length);
    await client.delete("a");
    assert.equal(await client.get("a"), undefined);
    assert.equal(await client.head("a"), undefined);
    assert.equal(await client.copy("a", "b"), false);
    await client.delete("a");
    await assert.rejects(client.get("a/../b"), s3Error({}));
  }),
);

Deno.test(
  "a stream of any length goes in parts, and a failed one leaves nothing",
  withDouble(async (double, client) => {
    for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 5]) {
      const { body } = streamOf(size, { piece: 100_000 });
      const stored = await client.put(`s${size}`, body, { type: "video/mp4" });
      assert.equal(stored.size, size);
      const got = (await client.get(`s${size}`))!;
      sameBytes(await collect(got.body), await collect(streamOf(size, { piece: 100_000 }).body));
      assert.equal(got.type, "video/mp4");
    }
    await assert.rejects(
      client.put("torn", streamOf(9 * MIB, { failAt: 3 * MIB }).body),
      /torn/,
    );
    double.intercept = (_, url) =>
      url.searchParams.get("partNumber") === "2" ? new Response(null, { status: 403 }) : undefined;
    const refused = streamOf(50 * MIB);
    await assert.rejects(client.put("refused", refused.body), s3Error({ status: 403 }));
    assert.ok(refused.made() < 6 * MIB, "it went on reading");
    assert.deepEqual([double.uploads.size, double.objects.has("pre fix/torn")], [0, false]);
  }),
);

Deno.test(
  "listings are whole, page by page, with folders, and only below the prefix",
  withDouble(async (double, client, make) => {
    for (let i = 0; i < 25; i++) await client.put(`d${i % 3}/f${i} &<>`, sample(i));
    double.objects.set("other/x", { bytes: sample(1), headers: {}, at: 0 });
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page: Awaited<ReturnType<S3Client["list"]>> = await client.list("", {
        cursor,
        limit: 7,
      });
      keys.push(...page.objects.map(({ key }) => key));
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual([keys.length, new Set(keys).size], [25, 25]);
    const top = await client.list("", { delimiter: "/" });
    assert.deepEqual([top.folders, top.objects], [["d0/", "d1/", "d2/"], []]);
    assert.equal((await make({ prefix: "" }).list("other/")).objects[0]!.key, "other/x");
    double.intercept = () =>
      new Response("<ListBucketResult><Contents><Key>x</Key></Contents></ListBucketResult>");
    await assert.rejects(client.list(""), s3Error({}));
  }),
);

Deno.test(
  "a wrong key, region or bucket is told with the provider's word, and a presigned URL works alone",
  withDouble(async (_, client, make) => {
    const wrong = [
      [{ secretAccessKey: "x" }, { reason: "SignatureDoesNotMatch", status: 403 }],
      [{ accessKeyId: "x" }, { reason: "InvalidAccessKeyId" }],
      [{ region: "mars-1" }, { reason: "AuthorizationHeaderMalformed" }],
      [{ bucket: "no-such" }, { reason: "NoSuchBucket", status: 404 }],
    ] as const;
    for (const [more, told] of wrong) {
      await assert.rejects(make(more).list(""), s3Error(told));
      await assert.rejects(make(more).put("a", sample(1)), s3Error(told));
    }
    await client.put("a b+c", sample(9));
    const url = await client.url("a b+c", {
      expiresSeconds: 60,
      response: { disposition: 'attachment; filename="x y"', type: "text/plain" },
    });
    sameBytes(await (await fetch(url)).bytes(), sample(9));
    const other = await fetch(url.replace("a%20b", "a%20c"));
    assert.equal(other.status, 403);
    await other.body?.cancel();
    const put = await client.url("up", { method: "PUT", expiresSeconds: 60 });
    assert.equal((await fetch(put, { method: "PUT", body: "hi" })).status, 200);
    assert.equal((await client.head("up"))!.size, 2);
    for (const endpoint of ["ftp://x", "x", "http://a?b", "http://u:p@a", "file:///etc"]) {
      assert.throws(() => make({ endpoint }), s3Error({}), endpoint);
    }
  }),
);

Deno.test(
  "a hiccup is nobody's error; redirects, floods and silence are",
  withDouble(async (double, client, make) => {
    await client.put("a", sample(50_000));
    let left = 2;
    double.intercept = () => left-- > 0 ? new Response(null, { status: 503 }) : undefined;
    assert.equal((await client.head("a"))!.size, 50_000);

    const stolen = new S3Double();
    double.intercept = () =>
      new Response(null, { status: 307, headers: { location: stolen.endpoint } });
    await assert.rejects(client.put("a", sample(1)), s3Error({ status: 307 }));
    await assert.rejects(client.get("a"), s3Error({ status: 307 }));
    assert.deepEqual(stolen.seen, []);
    await stolen.close();

    let sent = 0;
    double.intercept = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 65_536;
            controller.enqueue(new Uint8Array(65_536).fill(60));
          },
        }),
      );
    await assert.rejects(client.list(""), s3Error({}));
    assert.ok(sent < 64 * MIB, `${sent} bytes were taken`);

    double.intercept = () =>
      new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), {
        headers: { "content-length": "100" },
      });
    const silent = (await make({ idleMs: 200 }).get("a"))!;
    await assert.rejects(collect(silent.body), /sent nothing/);
    for (
      const text of ["<a><b></a>", "<!DOCTYPE x [<!ENTITY y 'z'>]><x/>", "{}", "", "<a", "<<<"]
    ) {
      double.intercept = () => new Response(text);
      await assert.rejects(client.list(""), s3Error({}), text);
    }
  }),
);
