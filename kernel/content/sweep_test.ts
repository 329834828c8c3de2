import fc from "fast-check";
import assert from "node:assert/strict";
import { type AppsFixture, OWNER, withApps } from "../apps/testing.ts";
import { cidOf } from "../fs/mod.ts";
import { carOf, contentOf } from "./testing.ts";

const HOUR = 3_600_000;
const text = (value: string) => new TextEncoder().encode(value);

/** Every blob that anything names. */
function named(t: AppsFixture): Set<string> {
  const rows = t.db.reader.all<{ cid: string | null }>(
    "SELECT cid FROM files UNION SELECT brotli_cid FROM files UNION SELECT gzip_cid FROM files " +
      "UNION SELECT module_cid FROM revisions UNION SELECT module_map_cid FROM revisions " +
      "UNION SELECT blob_cid FROM pin_entries",
  );
  return new Set(rows.flatMap(({ cid }) => cid === null ? [] : [cid]));
}

const blobs = (t: AppsFixture) =>
  new Set(t.db.reader.all<{ cid: string }>("SELECT cid FROM blobs").map(({ cid }) => cid));

type Step = readonly [
  "deploy" | "pin" | "unpin" | "import" | "rubbish" | "remove" | "sweep",
  number,
];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom(
      "deploy",
      "pin",
      "unpin",
      "import",
      "rubbish",
      "remove",
      "sweep",
    ) as fc.Arbitrary<Step[0]>,
    fc.nat(4),
  ),
  { minLength: 4, maxLength: 14 },
);

Deno.test(
  "whatever is deployed, pinned and let go of, a sweep takes exactly what nothing names",
  withApps(async (t) => {
    const { content, vfs } = contentOf(t);
    const put = async (n: number) => (await vfs.putBytes(text(`content ${n}`))).cid;
    const run = async ([what, n]: Step) => {
      const options = { appId: "", userId: "usr_owner", public: n % 2 === 0 };
      switch (what) {
        case "deploy":
          return await t.deploy({ "a.txt": `content ${n}`, "b.txt": `content ${n + 1}` }, {
            name: `app${n % 2}`,
          });
        case "pin":
          return await content.pin([{ path: "x/y", cid: await put(n) }], options);
        case "import": {
          const { car } = await carOf({ a: text(`content ${n}`) }, { rawLeaves: n % 2 === 0 });
          return await content.import(new Blob([car as Uint8Array<ArrayBuffer>]).stream(), options);
        }
        case "unpin": {
          const pin = content.pins("")[n];
          return pin && await content.unpin("", pin.cid);
        }
        case "rubbish":
          return await vfs.putBytes(text(`rubbish ${n}`));
        case "remove":
          await t.apps.remove(`app${n % 2}`, {}, OWNER).catch(() => {});
          return await t.apps.purge(t.now + 1);
        case "sweep":
          t.now += 2 * HOUR;
          await vfs.sweep();
          // Compressed twins and modules of the fixture's own uploads carry the machine's clock.
          assert.deepEqual(blobs(t), named(t));
          for (const cid of named(t)) assert.equal(cidOf(vfs.read(cid)!), cid);
          return undefined;
      }
    };
    t.now = Date.now() + HOUR;
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        for (const step of [...list, ["sweep", 0] as const]) await run(step);
      }),
      { numRuns: 15 },
    );
  }),
);
