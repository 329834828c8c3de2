import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../../lib/fazt_error.ts";
import { sqlPath } from "./key.ts";
import { APP, encoded, withDs } from "./testing/fixture.ts";

/** Names that would do harm if they were ever part of SQL or of a prototype. */
const NAMES = [
  "a'); DROP TABLE ds_collections; --",
  'a"b',
  "a\\b",
  "a'b",
  "[0]",
  "$.a",
  "#-1",
  "a b\u2028",
  "😀",
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "x".repeat(200),
];

Deno.test(
  "a field may have any name: it is stored, indexed, found and changed under it",
  withDs(async (f) => {
    for (const name of NAMES) {
      const document = { id: "a", [name]: { [name]: 1 } };
      const inner = `${name}.${name}`;
      await f.insert(APP, "c", [document, { id: "b" }]);
      if (!name.includes(".") && inner.length < 256) {
        await f.ds.index(APP, "c", inner);
        assert.deepEqual(await f.find(APP, "c", { $and: [{ [inner]: 1 }] }), [document], name);
        assert.equal(f.findLong(APP, "c", { $and: [{ [inner]: 1 }] }).scanned, 1, name);
        assert.equal(await f.update(APP, "c", { id: "a" }, { $inc: { [inner]: 1 } }), 1);
        assert.deepEqual(
          await f.find(APP, "c", { [inner]: 2 }, { sort: [inner], fields: [inner] }),
          [{
            id: "a",
            [name]: { [name]: 2 },
          }],
        );
      }
      assert.equal(await f.ds.drop(APP, "c"), true);
    }
    assert.deepEqual(Object.keys(Object.prototype), []);
  }),
);

Deno.test(
  "whatever a path is made of, its SQL is one text and leads to that very field",
  withDs((f) => {
    // Control characters are no part of a path that is indexed.
    const name = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom("'", '"', "\\", "$", "[", "]", ".", "#", "\u00e9", "a"),
        minLength: 1,
      }),
    ).filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(name, name, (a, b) => {
        const body = JSON.stringify({
          [b]: 0,
          [a]: { [b]: "here", ...(a === b ? {} : { [a]: 1 }) },
        });
        const row = f.db.get<{ found: string; n: number }>(
          `SELECT json_extract(jsonb(?), ${sqlPath([a, b])}) AS found, 1 AS n`,
          body,
        );
        assert.deepEqual({ ...row }, { found: "here", n: 1 });
      }),
      { numRuns: 2000 },
    );
  }),
);

Deno.test(
  "what is no collection, path, query, change or document is refused by name and place",
  withDs(async (f) => {
    await f.insert(APP, "c", [{ id: "a", n: 1 }]);
    const deep = (n: number): object => n === 0 ? {} : { a: deep(n - 1) };
    const find = (query: unknown) => f.ds.find(APP, "c", { query: JSON.stringify(query) });
    const update = (change: unknown) =>
      f.ds.update(APP, "c", { query: "{}", change: JSON.stringify(change) });
    const cases: readonly (readonly [() => Promise<unknown>, string, RegExp])[] = [
      [() => f.insert(APP, "", [{}]), "INVALID", /collection ""/],
      [() => f.insert(APP, "a b", [{}]), "INVALID", /collection/],
      [() => f.insert(APP, "a\0", [{}]), "INVALID", /collection/],
      [() => f.insert(APP, "x".repeat(129), [{}]), "INVALID", /collection/],
      [() => f.ds.insert(APP, "c", ["[1]"]), "INVALID", /not an object/],
      [() => f.ds.insert(APP, "c", ["5"]), "INVALID", /not an object/],
      [() => f.ds.insert(APP, "c", ["{"]), "INVALID", /not JSON/],
      [() => f.ds.insert(APP, "c", ['{"n":1e999}']), "INVALID", /at "n": it is no finite number/],
      [() => f.ds.insert(APP, "c", ['{"d":{"$date":1.5}}']), "INVALID", /"d": it is no valid date/],
      [() => f.ds.insert(APP, "c", ['{"d":{"$date":9e15}}']), "INVALID", /no valid date/],
      [() => f.ds.insert(APP, "c", ['{"d":{"$bytes":"a"}}']), "INVALID", /not base64/],
      [() => f.ds.insert(APP, "c", ['{"d":{"$plain":{"a":1}}}']), "INVALID", /\$plain/],
      [() => f.ds.insert(APP, "c", [JSON.stringify(deep(250))]), "INVALID", /levels/],
      [() => f.ds.insert(APP, "c", ["[".repeat(1e5)]), "INVALID", /not JSON/],
      [() => f.insert(APP, "c", [{ ["k".repeat(1_000_000)]: 1 }]), "INVALID", /name of a field/],
      [() => f.insert(APP, "c", [{ id: 5 }]), "INVALID", /id/],
      [() => f.insert(APP, "c", [{ id: "" }]), "INVALID", /id/],
      [() => f.insert(APP, "c", [{ id: "a\0" }]), "INVALID", /id/],
      [() => f.insert(APP, "c", [{ id: "\ud800" }]), "INVALID", /id/],
      [() => f.insert(APP, "c", [{ id: "x".repeat(257) }]), "INVALID", /id/],
      [() => f.insert(APP, "c", Array(1001).fill({})), "TOO_LARGE", /1000 documents/],
      [() => find([]), "INVALID", /not an object/],
      [() => find(null), "INVALID", /not an object/],
      [() => find({ "": 1 }), "INVALID", /path ""/],
      [() => find({ "a..b": 1 }), "INVALID", /path "a\.\.b"/],
      [() => find({ ["p".repeat(2000)]: 1 }), "INVALID", /1024 characters/],
      [() => find({ n: { $gtt: 1 } }), "INVALID", /operator "\$gtt" at "n"/],
      [() => find({ "n.x": { $where: "1" } }), "INVALID", /operator "\$where" at "n\.x"/],
      [() => find({ $where: "1" }), "INVALID", /operator "\$where"/],
      [() => find({ $or: [] }), "INVALID", /\$or takes a list/],
      [() => find({ $or: {} }), "INVALID", /\$or takes a list/],
      [() => find({ $and: [1] }), "INVALID", /\$and\[0\] is not an object/],
      [() => find({ n: { $gt: null } }), "INVALID", /\$gt at "n": it takes no null/],
      [() => find({ n: { $lt: [1] } }), "INVALID", /\$lt at "n": it takes no array/],
      [() => find({ n: { $in: 1 } }), "INVALID", /\$in at "n": it takes a list/],
      [() => find({ n: { $in: Array(1001).fill(1) } }), "INVALID", /1000 values/],
      [() => find({ n: { $exists: 1 } }), "INVALID", /\$exists at "n"/],
      [() => find({ n: { $regex: "(" } }), "INVALID", /\$regex "\("/],
      [() => find({ n: { $regex: "(?=a)" } }), "INVALID", /\$regex/],
      [() => find({ n: { $regex: "a{1000}b{1000}c{1000}" } }), "INVALID", /too large/],
      [() => find({ n: { $regex: "a", $options: "g" } }), "INVALID", /\$options at "n"/],
      [() => find({ n: { $options: "i" } }), "INVALID", /\$options at "n"/],
      [() => find({ n: { $gt: 1, x: 1 } }), "INVALID", /"x" stand together at "n"/],
      [() => find({ $and: Array(300).fill({ a: 1 }) }), "TOO_LARGE", /conditions/],
      [() => find({ n: "x".repeat(300_000) }), "TOO_LARGE", /characters/],
      [() => find(deep(250)), "INVALID", /levels/],
      [() => f.find(APP, "c", {}, { sort: { n: 2 } }), "INVALID", /sort/],
      [() => f.find(APP, "c", {}, { sort: 5 }), "INVALID", /sort/],
      [() => f.find(APP, "c", {}, { fields: { n: "yes" } }), "INVALID", /fields/],
      [() => f.find(APP, "c", {}, { limit: 0 }), "INVALID", /limit/],
      [() => f.find(APP, "c", {}, { limit: 1001 }), "INVALID", /limit/],
      [() => f.find(APP, "c", {}, { limit: NaN }), "INVALID", /limit/],
      [() => f.find(APP, "c", {}, { skip: -1 }), "INVALID", /skip/],
      [() => update([]), "INVALID", /not an object/],
      [() => update({ $rename: { a: "b" } }), "INVALID", /operator "\$rename"/],
      [() => update({ $set: { a: 1 }, b: 2 }), "INVALID", /"b" stands beside operators/],
      [() => update({ $set: 5 }), "INVALID", /\$set takes an object/],
      [
        () => update({ $set: { "n.x": 1 } }),
        "INVALID",
        /\$set at "n\.x": a number is stored at "n"/,
      ],
      [() => update({ $inc: { id: 1 } }), "INVALID", /\$inc at .*id.*: a text is stored there/],
      [() => update({ $inc: { n: "1" } }), "INVALID", /\$inc at "n": it takes a number/],
      [() => update({ $push: { n: 1 } }), "INVALID", /\$push at "n"/],
      [() => update({ $pull: { n: 1 } }), "INVALID", /\$pull at "n"/],
      [() => update({ $push: { l: { $each: 1 } } }), "INVALID", /\$each takes a list/],
      [() => update({ $set: { a: 1, "a.b": 2 } }), "INVALID", /"a\.b" is changed twice/],
      [() => update({ $set: { a: 1 }, $unset: { a: 1 } }), "INVALID", /"a" is changed twice/],
      [
        () => update({ $set: { [Array(99).fill("d").join(".")]: deep(99), x: deep(150) } }),
        "INVALID",
        /levels/,
      ],
      [() => f.ds.index(APP, "c", "id"), "INVALID", /id/],
      [() => f.ds.index(APP, "c", "list.0"), "INVALID", /place in an array/],
      [() => f.ds.index(APP, "c", "a\0b"), "INVALID", /valid text/],
      [() => f.ds.index(APP, "c", "\ud800"), "INVALID", /valid text/],
      [() => f.ds.index(APP, "c", "a.$date"), "INVALID", /\$date/],
      [() => f.ds.index(APP, "c", "x".repeat(300)), "INVALID", /256 characters/],
    ];
    for (const [run, code, message] of cases) {
      await assert.rejects(run, (error) => {
        assert.ok(error instanceof FaztError, `${message}: ${error}`);
        assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
        return true;
      }, String(message));
    }
    assert.deepEqual(await f.find(APP, "c", {}), [{ id: "a", n: 1 }]);
  }),
);

Deno.test(
  "text that no other text looks like is kept: NUL, halves of pairs, the longest",
  withDs(async (f) => {
    const texts = ["\0", "a\0b", "\ud800", "\udc00x", "\u2028", "x".repeat(100_000), ""];
    await f.ds.index(APP, "c", "t");
    await f.insert(APP, "c", texts.map((t, i) => ({ id: `i${i}`, t })));
    for (const [i, t] of texts.entries()) {
      assert.deepEqual(
        await f.find(APP, "c", { t }),
        [{ id: `i${i}`, t }],
        encoded(t).slice(0, 20),
      );
    }
    const long = `${"x".repeat(99_999)}y`;
    assert.deepEqual(await f.find(APP, "c", { t: long }), []);
    assert.equal(await f.count(APP, "c", { t: { $lt: long } }), 4);
  }),
);
