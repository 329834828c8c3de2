import assert from "node:assert/strict";
import { sameBytes } from "../../lib/testing/same_bytes.ts";
import { CREDENTIALS, S3Double } from "./external/testing.ts";
import { APP, collect, ownerOf, type S3Fixture, sample, streamOf, withS3 } from "./testing.ts";

const MIB = 2 ** 20;
const PLACE = `external:s3://${CREDENTIALS.bucket}/apps`;

/** Runs a test with a service elsewhere that the owner has named. */
const withBucket = (run: (t: S3Fixture, double: S3Double) => Promise<void>) =>
  withS3(async (t) => {
    const double = new S3Double();
    try {
      const { secretAccessKey, ...info } = CREDENTIALS;
      await t.s3.providers.add(
        { name: "elsewhere", endpoint: double.endpoint, pathStyle: true, ...info },
        { secretAccessKey, userId: "usr_owner" },
      );
      t.places.set(APP.appId, PLACE);
      await run(t, double);
    } finally {
      await double.close();
    }
  });

Deno.test(
  "objects elsewhere behave as those at home, and nothing of them is kept here",
  withBucket(async (t, double) => {
    const metadata = { note: "ä and more" };
    const put = await t.s3.put(APP, "a/ä b", { body: sample(100), type: "image/png", metadata });
    const head = (await t.s3.head(APP, "a/ä b"))!;
    assert.deepEqual({ ...head, updatedAt: 0 }, { ...put, updatedAt: 0 });
    assert.deepEqual([head.type, head.metadata], ["image/png", metadata]);
    sameBytes((await t.get(APP, "a/ä b"))!, sample(100));
    const part = await t.s3.open(APP, head, { start: 5, end: 9 });
    sameBytes(await collect(part), sample(100).subarray(5, 9));
    await t.put(APP, "empty", sample(0));
    assert.equal((await t.get(APP, "empty"))!.length, 0);
    const big = await t.put(APP, "big", streamOf(9 * MIB).body);
    assert.equal(big.size, 9 * MIB);
    await assert.rejects(t.put(APP, "big", streamOf(20 * MIB, { failAt: 9 * MIB }).body), /torn/);
    assert.equal((await t.s3.head(APP, "big"))!.size, 9 * MIB);
    await t.s3.copy(APP, "big", "twin");
    assert.deepEqual(await t.paths(APP, "", 2), ["a/ä b", "big", "empty", "twin"]);
    assert.deepEqual((await t.s3.list(APP, "", { delimiter: "/" })).folders, ["a/"]);
    assert.deepEqual([await t.s3.delete(APP, "big"), await t.s3.delete(APP, "big")], [true, false]);
    await assert.rejects(t.s3.copy(APP, "big", "x"), { code: "NOT_FOUND" });
    assert.ok(
      [...double.objects.keys()].every((key) => key.startsWith(`apps/${APP.appId}/shared/`)),
    );
    assert.deepEqual([t.count("objects"), t.count("blobs"), double.uploads.size], [0, 0, 0]);
  }),
);

Deno.test(
  "a version that changes while it is read is told, never mixed",
  withBucket(async (t) => {
    const old = await t.put(APP, "a", sample(100));
    await t.put(APP, "a", sample(100, 2));
    await assert.rejects(t.s3.open(APP, old), { code: "CONFLICT" });
  }),
);

Deno.test(
  "an app that names another's folder, or a bucket nobody named, reaches nothing",
  withBucket(async (t) => {
    const other = ownerOf("app_222222222222");
    await t.put(APP, "mine", sample(1));
    for (const place of [PLACE, `${PLACE}/${APP.appId}`, `${PLACE}/${APP.appId}/shared`]) {
      t.places.set(other.appId, place);
      assert.deepEqual(await t.paths(other), []);
      assert.equal(await t.s3.head(other, "mine"), undefined);
    }
    assert.deepEqual(await t.paths(ownerOf(APP.appId, "usr_111111111111")), []);
    for (const place of ["external:s3://foreign/x", `${PLACE}/../..`, "external:s3://"]) {
      t.places.set(other.appId, place);
      await assert.rejects(async () => await t.s3.list(other, ""), {
        code: /NO_PROVIDER|PATH_INVALID/,
      });
    }
    const shown = JSON.stringify(t.s3.providers.list());
    assert.ok(!shown.includes(CREDENTIALS.secretAccessKey));
    assert.equal(await t.s3.providers.remove("elsewhere"), true);
    await assert.rejects(async () => await t.s3.head(APP, "mine"), { code: "NO_PROVIDER" });
  }),
);

Deno.test(
  "a provider that does not let us in is not kept",
  withBucket(async (t, double) => {
    const { secretAccessKey: _, ...info } = CREDENTIALS;
    await assert.rejects(
      t.s3.providers.add(
        { name: "wrong", endpoint: double.endpoint, pathStyle: true, ...info },
        { secretAccessKey: "wrong", userId: "usr_owner" },
      ),
      { code: "S3_ERROR" },
    );
    assert.deepEqual(t.s3.providers.list().map(({ name }) => name), ["elsewhere"]);
  }),
);

Deno.test(
  "objects move there and back, again without copying twice",
  withBucket(async (t) => {
    t.places.delete(APP.appId);
    // The clock of the service elsewhere is the machine's.
    t.now = Date.now() - 10_000;
    const owners = [APP, ownerOf(APP.appId, "usr_111111111111")];
    for (const owner of owners) {
      for (let i = 0; i < 130; i++) await t.put(owner, `d/${i}`, sample(20, i));
    }
    await t.s3.put(APP, "big", { body: streamOf(9 * MIB).body, metadata: { a: "b" } });
    await t.put(ownerOf("app_222222222222"), "not mine", sample(1));
    const all = async (to: string) => {
      const sum = { copied: 0, same: 0 };
      let cursor: string | undefined;
      do {
        const page: Awaited<ReturnType<typeof t.s3.migrate>> = await t.s3.migrate(APP.appId, {
          to,
          cursor,
        });
        sum.copied += page.copied;
        sum.same += page.same;
        cursor = page.cursor;
      } while (cursor !== undefined);
      return sum;
    };
    await assert.rejects(all("internal"), { code: "INVALID" });
    assert.deepEqual(await all(PLACE), { copied: 261, same: 0 });
    assert.deepEqual(await all(PLACE), { copied: 0, same: 261 });
    t.places.set(APP.appId, PLACE);
    for (const owner of owners) sameBytes((await t.get(owner, "d/77"))!, sample(20, 77));
    assert.deepEqual((await t.s3.head(APP, "big"))!.metadata, { a: "b" });
    t.places.delete(APP.appId);
    for (const path of await t.paths(APP)) await t.s3.delete(APP, path);
    t.places.set(APP.appId, PLACE);
    assert.equal((await all("internal")).copied, 261, "what is newer there wins");
    t.places.delete(APP.appId);
    assert.equal((await t.get(APP, "big"))!.length, 9 * MIB);
    assert.equal(t.usage(APP).entries, 261);
  }),
);
