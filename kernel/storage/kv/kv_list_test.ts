import assert from "node:assert/strict";
import fc from "fast-check";
import { APP, encoded, type KvFixture, ownerOf, refusal, withKv } from "./testing.ts";

async function fill(f: KvFixture, keys: readonly string[]): Promise<void> {
  await f.kv.set(APP, keys.map((key) => ({ key, value: encoded(key) })));
}

const bytes = new TextEncoder();
/** UTF-8 order, which differs from JavaScript's where surrogates are. */
function utf8(a: string, b: string): number {
  const [x, y] = [bytes.encode(a), bytes.encode(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return x.length - y.length;
}

Deno.test(
  "a listing has the keys in order, with their values and when they end",
  withKv(async (f) => {
    await f.set(APP, "b", 2, 10);
    await f.set(APP, "a", 1);
    assert.deepEqual(f.kv.list(APP, ""), {
      items: [{ key: "a", value: "1" }, { key: "b", value: "2", expiresAt: f.now + 10 }],
    });
  }),
);

Deno.test(
  "signs that are patterns elsewhere are letters in a prefix",
  withKv(async (f) => {
    await fill(f, [
      "100",
      "100%",
      "100%!",
      "1000",
      "a_b",
      "axb",
      "a\\b",
      "[a]",
      "*",
      "?",
      "'",
      "A_b",
    ]);
    const list = (prefix: string) => f.pages(APP, prefix, 2).flat();
    assert.deepEqual(list("100%"), ["100%", "100%!"]);
    assert.deepEqual(list("a_"), ["a_b"]);
    assert.deepEqual(list("a\\"), ["a\\b"]);
    assert.deepEqual(list("["), ["[a]"]);
    assert.deepEqual(list("*"), ["*"]);
    assert.deepEqual(list("%"), []);
    assert.deepEqual(list("'"), ["'"]);
  }),
);

Deno.test(
  "a prefix may end anywhere between characters of any script",
  withKv(async (f) => {
    const keys = [
      "日本/a",
      "日本/b",
      "日/c",
      "\uffff",
      "\u{10ffff}",
      "\u{10ffff}x",
      "é",
      "e\u0301",
      "🦕1",
      "🦖1",
    ];
    await fill(f, keys);
    const list = (prefix: string) => f.pages(APP, prefix, 1).flat();
    assert.deepEqual(list("日本"), ["日本/a", "日本/b"]);
    assert.deepEqual(list("\u{10ffff}"), ["\u{10ffff}", "\u{10ffff}x"]);
    assert.deepEqual(list("\uffff"), ["\uffff"]);
    assert.deepEqual(list("e"), ["e\u0301"]);
    assert.deepEqual(list("🦖"), ["🦖1"]);
    assert.deepEqual(list(""), keys.toSorted(utf8));
  }),
);

Deno.test(
  "pages join up, none is empty and the last has no cursor",
  withKv(async (f) => {
    await fill(f, ["p/1", "p/2", "p/3", "p/4", "q"]);
    assert.deepEqual(f.pages(APP, "p/", 2), [["p/1", "p/2"], ["p/3", "p/4"]]);
    assert.deepEqual(f.pages(APP, "p/", 3), [["p/1", "p/2", "p/3"], ["p/4"]]);
    assert.deepEqual(f.pages(APP, "p/", 4), [["p/1", "p/2", "p/3", "p/4"]]);
    assert.deepEqual(f.pages(APP, "nothing", 4), [[]]);
  }),
);

Deno.test(
  "a cursor goes on where it was though keys come and go",
  withKv(async (f) => {
    await fill(f, ["a", "c", "e"]);
    const { cursor } = f.kv.list(APP, "", { limit: 2 });
    await f.kv.delete(APP, "c");
    await fill(f, ["b", "d"]);
    assert.deepEqual(f.kv.list(APP, "", { limit: 2, cursor }).items.map((i) => i.key), ["d", "e"]);
  }),
);

Deno.test(
  "a listing leaves out what has expired and still fills its page",
  withKv(async (f) => {
    await fill(f, ["a", "c", "e"]);
    for (const key of ["b", "d", "f"]) await f.set(APP, key, 1, 10);
    f.now += 10;
    assert.deepEqual(f.pages(APP, "", 2), [["a", "c"], ["e"]]);
  }),
);

Deno.test(
  "a page has a hundred keys unless told, and never more than a thousand",
  withKv(async (f) => {
    await fill(f, Array.from({ length: 1001 }, (_, i) => String(i)));
    assert.equal(f.kv.list(APP, "").items.length, 100);
    const page = f.kv.list(APP, "", { limit: 5000 });
    assert.equal(page.items.length, 1000);
    assert.notEqual(page.cursor, undefined);
  }),
);

Deno.test(
  "a cursor that is none is refused",
  withKv((f) => {
    for (const cursor of ["!", "_w", "ab=c"]) {
      assert.throws(() => f.kv.list(APP, "", { cursor }), refusal("INVALID"));
    }
  }),
);

Deno.test(
  "a listing left before its end does not hold the past in view",
  withKv(async (f) => {
    await fill(f, ["a", "b", "c"]);
    f.kv.list(APP, "a");
    f.kv.list(APP, "", { limit: 1 });
    await f.set(APP, "a", "changed");
    assert.equal(f.get(APP, "a"), "changed");
  }),
);

Deno.test(
  "one person's keys are not in a listing of the app's",
  withKv(async (f) => {
    await f.set({ ...APP, userId: "usr_somebody" }, "theirs", 1);
    await f.set(ownerOf("app_222222222222"), "other", 1);
    await f.set(APP, "ours", 1);
    assert.deepEqual(f.pages(APP, "", 10), [["ours"]]);
  }),
);

Deno.test(
  "whatever the keys, the prefix and the page, a listing is the sorted filter",
  withKv(async (f) => {
    const text = fc.string({
      unit: fc.constantFrom("a", "%", "_", "\\", "é", "日", "\uffff", "🦕"),
    });
    const key = text.filter((k) => k !== "");
    let app = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key),
        text,
        fc.integer({ min: 1, max: 4 }),
        async (keys, prefix, limit) => {
          const owner = ownerOf(`app_${app++}`);
          await f.kv.set(owner, keys.map((k) => ({ key: k, value: encoded(k) })));
          const expected = keys.filter((k) => k.startsWith(prefix)).toSorted(utf8);
          assert.deepEqual(f.pages(owner, prefix, limit).flat(), expected);
        },
      ),
      { numRuns: 60 },
    );
  }),
);
