import fc from "fast-check";
import assert from "node:assert/strict";
import { cidOf } from "../../fs/mod.ts";
import { sameBytes } from "../../lib/testing/same_bytes.ts";
import { APP, collect, ownerOf, sample, streamOf, withS3 } from "./testing.ts";

const HOUR = 3_600_000;
const OWNERS = [APP, ownerOf(APP.appId, "usr_111111111111"), ownerOf("app_222222222222")];
const SIZES = [0, 5, 300_000, 2_000_000];
const content = (seed: number) => sample(SIZES[seed % SIZES.length]!, seed);

type Step =
  | { readonly kind: "put"; readonly owner: number; readonly path: string; readonly seed: number }
  | { readonly kind: "delete" | "cut"; readonly owner: number; readonly path: string }
  | {
    readonly kind: "copy";
    readonly owner: number;
    readonly path: string;
    readonly from: string;
  }
  | { readonly kind: "file"; readonly seed: number }
  | { readonly kind: "sweep"; readonly hours: number };

const path = fc.constantFrom("a", "b", "c/d");
const owner = fc.nat(OWNERS.length - 1);
const seed = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put"), owner, path, seed }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("delete", "cut"), owner, path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("copy"), owner, path, from: path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("file"), seed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("sweep"), hours: fc.nat(3) }) },
) as fc.Arbitrary<Step>;

Deno.test(
  "whatever happens, every object keeps its content, usage is right, and the rest goes in time",
  withS3(async (t) => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        // Steps of one batch run at once.
        fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
        async (batches) => {
          const run = ++runs;
          const ownerAt = (n: number) => ({
            ...OWNERS[n]!,
            appId: OWNERS[n]!.appId.slice(0, -4) + String(run).padStart(4, "0"),
          });
          // Of steps at once on one path either may be last: what is there must be one of them.
          const model = new Map<string, Set<number | undefined>>();
          const key = (n: number, p: string) => `${n} ${p}`;
          const files: string[] = [];
          for (const batch of batches) {
            const touched = new Map<string, Set<number | undefined>>();
            const may = (k: string, ...values: Iterable<number | undefined>[]) => {
              const set = touched.get(k) ?? new Set();
              for (const value of values) for (const one of value) set.add(one);
              touched.set(k, set);
            };
            const was = (k: string) => model.get(k) ?? new Set([undefined]);
            await Promise.all(batch.map(async (s) => {
              if (s.kind === "sweep") {
                t.now += s.hours * HOUR;
                await t.vfs.sweep();
              } else if (s.kind === "file") {
                const cid = cidOf(content(s.seed));
                await t.vfs.put(cid, content(s.seed), { maxBytes: 1e8 });
                await name(t.db.path, cid);
                files.push(cid);
              } else if (s.kind === "put") {
                may(key(s.owner, s.path), [s.seed]);
                const body = new Blob([content(s.seed)]).stream();
                await t.put(ownerAt(s.owner), s.path, body);
              } else if (s.kind === "delete") {
                may(key(s.owner, s.path), [undefined]);
                await t.s3.delete(ownerAt(s.owner), s.path);
              } else if (s.kind === "copy") {
                const values = batch.flatMap((o) =>
                  o.kind === "put" && o.owner === s.owner ? [o.seed] : []
                );
                const others = ["a", "b", "c/d"].map((p) => was(key(s.owner, p)));
                may(key(s.owner, s.path), values, ...others, was(key(s.owner, s.path)));
                await t.s3.copy(ownerAt(s.owner), s.from, s.path).catch((error) =>
                  assert.equal(error.code, "NOT_FOUND")
                );
              } else {
                const { body } = streamOf(4_000_000, { failAt: 2_500_000 });
                await assert.rejects(t.put(ownerAt(s.owner), s.path, body), /torn/);
              }
            }));
            for (const [k, set] of touched) model.set(k, set);
          }
          t.now += 2 * HOUR;
          await t.vfs.sweep();
          const truth = new Map<string, { entries: number; bytes: number }>();
          for (const [n] of OWNERS.entries()) {
            for (const p of ["a", "b", "c/d"]) {
              const of = ownerAt(n);
              const head = await t.s3.head(of, p);
              const bytes = head && await collect(await t.s3.open(of, head));
              const allowed = [...model.get(key(n, p)) ?? [undefined]];
              const at = allowed.findIndex((one) =>
                one === undefined ? bytes === undefined : head?.etag === cidOf(content(one))
              );
              assert.ok(at >= 0, `${key(n, p)} is none of ${allowed}`);
              if (bytes !== undefined) sameBytes(bytes, content(allowed[at]!));
              const sum = truth.get(of.appId) ?? { entries: 0, bytes: 0 };
              if (bytes !== undefined) {
                truth.set(of.appId, { entries: sum.entries + 1, bytes: sum.bytes + bytes.length });
              } else truth.set(of.appId, sum);
            }
          }
          for (const [appId, sum] of truth) assert.deepEqual(t.usage(ownerOf(appId)), sum);
          for (const cid of files) assert.equal(cidOf(t.vfs.read(cid)!), cid);
          // Nothing is left that nobody names, and no chunk without a blob.
          const rest = t.db.reader.all<{ cid: string }>(
            "SELECT cid FROM blobs WHERE cid NOT IN (SELECT cid FROM objects) " +
              "AND cid NOT IN (SELECT cid FROM files)",
          );
          assert.deepEqual(rest, []);
          const { n } = t.db.reader.get<{ n: number }>(
            "SELECT (SELECT count(*) FROM chunks) - (SELECT sum(chunk_count) FROM blobs) AS n",
          )!;
          assert.equal(n ?? 0, 0);
        },
      ),
      { numRuns: 25 },
    );
  }),
);

/** Names a blob as a file of a revision does. */
async function name(path: string, cid: string): Promise<void> {
  const { Connection } = await import("../../db/mod.ts");
  const connection = new Connection(path);
  connection.run(
    "INSERT OR IGNORE INTO files VALUES ('app_files', 1, ?, ?, 0, 'a/b', NULL, NULL, NULL, NULL)",
    cid,
    cid,
  );
  connection.close();
}

Deno.test(
  "what was overwritten or deleted can be read for an hour, then its room is free",
  withS3(async (t) => {
    const old = await t.put(APP, "a", sample(3_000_000));
    t.now += 10 * HOUR;
    const reading = await t.s3.open(APP, old);
    await t.put(APP, "a", sample(5));
    t.now += HOUR / 2;
    await t.vfs.sweep();
    sameBytes(await collect(reading), sample(3_000_000));
    t.now += HOUR;
    await t.vfs.sweep();
    assert.deepEqual([t.count("blobs"), t.count("chunks"), t.count("blob_sources")], [1, 1, 0]);
    assert.equal(await t.s3.delete(APP, "a"), true);
    await t.vfs.sweep();
    assert.equal(t.count("blobs"), 1);
    t.now += 2 * HOUR;
    await t.vfs.sweep();
    assert.deepEqual([t.count("blobs"), t.count("chunks")], [0, 0]);
    assert.deepEqual(t.usage(APP), { entries: 0, bytes: 0 });
  }),
);

Deno.test(
  "a blob that is read while another upload of the same content begins is never half",
  withS3(async (t) => {
    const bytes = sample(3_000_000, 4);
    const puts = Array.from(
      { length: 6 },
      (_, i) =>
        i % 2 === 0
          ? t.put(APP, `${i}`, new Blob([bytes]).stream())
          : t.vfs.put(cidOf(bytes), new Blob([bytes]).stream(), { maxBytes: 1e8 }),
    );
    await Promise.all([...puts, t.vfs.sweep(), t.vfs.sweep()]);
    for (const i of [0, 2, 4]) sameBytes((await t.get(APP, `${i}`))!, bytes);
    t.now += 2 * HOUR;
    await t.vfs.sweep();
    assert.deepEqual([t.count("blobs"), t.count("chunks")], [1, 12]);
  }),
);
