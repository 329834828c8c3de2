import fc from "fast-check";
import assert from "node:assert/strict";
import { APP, ownerOf, sample, withS3 } from "./testing.ts";

const encoder = new TextEncoder();
const utf8 = (a: string, b: string) => {
  const [x, y] = [encoder.encode(a), encoder.encode(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return x.length - y.length;
};

/** What a listing must say of some paths, all pages together. */
function expected(paths: readonly string[], prefix: string, delimiter: "/" | undefined) {
  const items: string[] = [];
  const folders = new Set<string>();
  for (const path of [...paths].sort(utf8)) {
    if (!path.startsWith(prefix)) continue;
    const cut = delimiter === undefined ? -1 : path.indexOf(delimiter, prefix.length);
    if (cut < 0) items.push(path);
    else folders.add(path.slice(0, cut + 1));
  }
  return { items, folders: [...folders] };
}

Deno.test(
  "pages of any size list every object and folder once, in order",
  withS3(async (t) => {
    const part = fc.constantFrom("a", "b", "a0", "a.", "ä", "\u{1f600}", "\uffee", "z z", "0");
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { maxLength: 25 }),
        fc.oneof(fc.constant(""), path, path.map((p) => `${p}/`)),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("/" as const, undefined),
        async (paths, prefix, limit, delimiter) => {
          const owner = ownerOf(`app_${++run}`);
          await Promise.all(paths.map((p) => t.put(owner, p, sample(1))));
          const items: string[] = [];
          const folders: string[] = [];
          let cursor: string | undefined;
          let pages = 0;
          do {
            const page: Awaited<ReturnType<typeof t.s3.list>> = await t.s3.list(owner, prefix, {
              limit,
              cursor,
              delimiter,
            });
            assert.ok(page.items.length + page.folders.length <= limit);
            items.push(...page.items.map((item) => item.path));
            folders.push(...page.folders);
            cursor = page.cursor;
            assert.ok(++pages < 100, "it goes on for ever");
          } while (cursor !== undefined);
          assert.deepEqual({ items, folders }, expected(paths, prefix, delimiter));
        },
      ),
      { numRuns: 60 },
    );
  }),
);

Deno.test(
  "a folder of a thousand objects is told at once, and a page has at most a thousand rows",
  withS3(async (t) => {
    await Promise.all(
      Array.from({ length: 1205 }, (_, i) => t.put(APP, `many/${i}`, sample(1)).catch(() => null)),
    );
    // Sixteen uploads at once: the rest was refused, and is made now one after the other.
    for (let i = 0; i < 1205; i++) {
      if (await t.s3.head(APP, `many/${i}`) === undefined) await t.put(APP, `many/${i}`, sample(1));
    }
    await t.put(APP, "z", sample(1));
    const top = await t.s3.list(APP, "", { delimiter: "/" });
    assert.deepEqual([top.folders, top.items.map((i) => i.path)], [["many/"], ["z"]]);
    const page = await t.s3.list(APP, "", { limit: 5000 });
    assert.equal(page.items.length, 1000);
    assert.equal((await t.paths(APP, "", 333)).length, 1206);
  }),
);
