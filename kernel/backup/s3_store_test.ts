import assert from "node:assert/strict";
import { CREDENTIALS, S3Double } from "../storage/s3/external/testing.ts";
import { restoreDatabase } from "./restore.ts";
import { S3Store } from "./s3_store.ts";
import { BackupFixture } from "./testing.ts";
import { FolderStore } from "./folder_store.ts";
import type { BackupStore } from "./store.ts";

/** A fixture whose backups go to a bucket in memory. */
async function inBucket(run: (f: BackupFixture, bucket: S3Double) => Promise<void>): Promise<void> {
  const bucket = new S3Double();
  try {
    await using f = await BackupFixture.make({
      "backup.s3.bucket": CREDENTIALS.bucket,
      "backup.s3.endpoint": bucket.endpoint,
      "backup.s3.region": CREDENTIALS.region,
      "backup.s3.accessKeyId": CREDENTIALS.accessKeyId,
      "backup.s3.prefix": "node-a",
    });
    await run(f, bucket);
  } finally {
    await bucket.close();
  }
}

Deno.test("backups go to a bucket, are listed, proven and removed there, and come back", async () => {
  await inBucket(async (f, bucket) => {
    await assert.rejects(f.create(), { code: "INVALID", hint: /backup secret s3/ });
    await f.backups.keys.set({ s3SecretKey: CREDENTIALS.secretAccessKey }, "usr_owner");
    const first = await f.create({ passphrase: "correct horse battery" });
    f.now += 1000;
    const second = await f.create();
    assert.deepEqual(
      [...bucket.objects.keys()].sort(),
      [first, second].flatMap(({ id }) => [`node-a/${id}.fbk`, `node-a/${id}.json`]),
    );
    const { place, backups } = await f.backups.overview();
    assert.equal(place, `${bucket.endpoint}/${CREDENTIALS.bucket}/node-a`);
    assert.deepEqual(backups, [second, first]);
    assert.equal(
      (await f.backups.verify(first.id, "correct horse battery")).proof.size,
      first.size,
    );
    const { stream } = await f.backups.file(second.id);
    await Deno.writeFile(`${f.dir}/fetched`, stream);
    await f.backups.remove(first.id);
    assert.equal(bucket.objects.size, 2);
    const restored = await restoreDatabase({
      file: `${f.dir}/fetched`,
      dbPath: `${f.dir}/elsewhere.db`,
      passphrase: undefined,
      sha256: second.sha256,
      at: 1,
    });
    assert.equal(restored.proof.header!.id, second.id);
    // Nothing of it stays on this disk.
    assert.deepEqual([...Deno.readDirSync(`${f.dir}/.backup-work`)], []);
  });
});

Deno.test("a bucket that refuses is an error, and what was half sent is not listed", async () => {
  await inBucket(async (f, bucket) => {
    await f.backups.keys.set({ s3SecretKey: "not the key" }, "usr_owner");
    await assert.rejects(f.create(), { code: "S3_ERROR" });
    assert.match((await f.backups.overview().catch((error) => error)).message, /./);
    await f.backups.keys.set({ s3SecretKey: CREDENTIALS.secretAccessKey }, "usr_owner");
    bucket.intercept = (request, url) =>
      request.method === "PUT" && url.pathname.endsWith(".json")
        ? new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 })
        : undefined;
    await assert.rejects(f.create(), { code: "S3_ERROR" });
    bucket.intercept = () => undefined;
    assert.deepEqual((await f.backups.overview()).backups, []);
    f.now += 1000;
    const done = await f.create();
    assert.deepEqual([...bucket.objects.keys()].sort(), [
      `node-a/${done.id}.fbk`,
      `node-a/${done.id}.json`,
    ]);
  });
});

Deno.test("a folder and a bucket do the same", async () => {
  const bucket = new S3Double();
  const dir = await Deno.makeTempDir({ prefix: "fazt-store-" });
  const { endpoint } = bucket;
  const stores: BackupStore[] = [
    new FolderStore(`${dir}/deep/folder`),
    new S3Store({ ...CREDENTIALS, endpoint, prefix: "p" }),
  ];
  try {
    for (const store of stores) {
      assert.deepEqual(await store.list(), []);
      assert.equal(await store.get("a.fbk"), undefined);
      assert.equal(await store.delete("a.fbk"), false);
      for (const content of ["first", "second"]) {
        await Deno.writeTextFile(`${dir}/file`, content);
        await store.put("a.fbk", { path: `${dir}/file` });
        await assert.rejects(Deno.stat(`${dir}/file`), Deno.errors.NotFound);
      }
      assert.deepEqual(await store.list(), [{ name: "a.fbk", bytes: 6 }]);
      assert.equal(await new Response(await store.get("a.fbk")).text(), "second");
      assert.equal(await store.delete("a.fbk"), true);
      assert.deepEqual(await store.list(), []);
    }
  } finally {
    await bucket.close();
    await Deno.remove(dir, { recursive: true });
  }
});
