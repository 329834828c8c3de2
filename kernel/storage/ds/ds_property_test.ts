import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../../lib/fazt_error.ts";
import { purgeCollections } from "./operations.ts";
import type { Owner } from "../usage.ts";
import type { ShardOptions } from "./shard_store.ts";
import { type DsFixture, ownerOf, withDs } from "./testing/fixture.ts";
import { Model, Refused } from "./testing/model.ts";

// Few values and names are likely, so that queries often meet what they ask for.
const scalar = fc.oneof(
  { arbitrary: fc.constantFrom(0, 1, "a", null, true), weight: 10 },
  { arbitrary: fc.constantFrom(null, true, false), weight: 2 },
  { arbitrary: fc.constantFrom(0, 1, 2, -1, 1.5, 1e21, 2 ** 60, 5e-324, -1e-7), weight: 3 },
  {
    arbitrary: fc.constantFrom("", "a", "ab", "A", "1", "😀", "\uffff", "\u0000", "\ud800"),
    weight: 3,
  },
  { arbitrary: fc.constantFrom(0, 1, -5, 8.64e15).map((ms) => new Date(ms)), weight: 1 },
  { arbitrary: fc.constantFrom([], [1], [0, 200]).map((b) => new Uint8Array(b)), weight: 1 },
);
const NAMES = ["a", "b", "tags", "__proto__", 'it\'s "x"', "$date"];
const name = fc.constantFrom("a", "a", "a", "b", "b", ...NAMES);
const object = <T>(item: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(name, item), { maxLength: 3 }).map((e) => Object.fromEntries(e));
const shallow = fc.oneof({ arbitrary: scalar, weight: 3 }, {
  arbitrary: fc.array(scalar, { maxLength: 3 }),
  weight: 1,
});
const value = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  { arbitrary: fc.array(fc.oneof(scalar, object(shallow)), { maxLength: 3 }), weight: 2 },
  { arbitrary: object(shallow), weight: 2 },
);
const id = fc.constantFrom("i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7");
const document = fc.tuple(id, object(value)).map(([id, fields]) => ({ id, ...fields }));

const plainName = fc.constantFrom("a", "a", "a", "b", "tags", "__proto__", 'it\'s "x"');
const path = fc.oneof(
  { arbitrary: plainName, weight: 4 },
  {
    arbitrary: fc.tuple(plainName, fc.constantFrom("a", "b", "b", ...NAMES, "0", "1")).map((p) =>
      p.join(".")
    ),
    weight: 3,
  },
  { arbitrary: fc.constant("id"), weight: 1 },
);
const operand = fc.oneof({ arbitrary: scalar, weight: 4 }, { arbitrary: value, weight: 1 });
const ordered = scalar.filter((v) => v !== null);
const operator: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  operand.map(($eq) => ({ $eq })),
  operand.map(($ne) => ({ $ne })),
  ordered.map(($gt) => ({ $gt })),
  ordered.map(($gte) => ({ $gte })),
  ordered.map(($lt) => ({ $lt })),
  ordered.map(($lte) => ({ $lte })),
  fc.tuple(ordered, ordered).map(([$gte, $lt]) => ({ $gte, $lt })),
  fc.array(operand, { maxLength: 3 }).map(($in) => ({ $in })),
  fc.array(operand, { maxLength: 3 }).map(($nin) => ({ $nin })),
  operand.map(($contains) => ({ $contains })),
  fc.boolean().map(($exists) => ({ $exists })),
  fc.constantFrom({ $regex: "^a" }, { $regex: "A|😀", $options: "i" }, { $regex: "^$" }),
);
const literal = operand.filter((v) =>
  typeof v !== "object" || v === null || !Object.keys(v).some((k) => k.startsWith("$"))
);
const condition = fc.oneof(literal, operator, operator.map(($not) => ({ $not })));
const fields = fc.array(fc.tuple(path, condition), { maxLength: 2 }).map((e) =>
  Object.fromEntries(e) as Record<string, unknown>
);
const some = fc.array(fields, { minLength: 1, maxLength: 2 });
const query = fc.oneof(
  { arbitrary: fields, weight: 5 },
  { arbitrary: fc.tuple(fields, some).map(([q, $or]) => ({ ...q, $or })), weight: 1 },
  { arbitrary: fc.tuple(fields, some).map(([q, $and]) => ({ ...q, $and })), weight: 1 },
  { arbitrary: fields.map(($not) => ({ $not })), weight: 1 },
);
const on = <T>(step: fc.Arbitrary<T>) => fc.tuple(path, step).map(([p, v]) => ({ [p]: v }));
const change: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  object(value).map((o) =>
    Object.fromEntries(Object.entries(o).filter(([k]) => !k.startsWith("$")))
  ),
  on(value).map(($set) => ({ $set })),
  on(fc.constant(1)).map(($unset) => ({ $unset })),
  on(fc.constantFrom(1, -2, 0.5)).map(($inc) => ({ $inc })),
  on(literal).map(($push) => ({ $push })),
  on(fc.array(value, { maxLength: 2 }).map(($each) => ({ $each }))).map(($push) => ({ $push })),
  on(fc.oneof(literal, operator)).map(($pull) => ({ $pull })),
  fc.tuple(value, literal).map(([a, b]) => ({ $set: { a }, $push: { b } })),
);
const sort = fc.uniqueArray(fc.tuple(path, fc.constantFrom<1 | -1>(1, -1)), {
  maxLength: 2,
  selector: ([p]) => p,
});
const page = fc.record({ skip: fc.constantFrom(0, 0, 1), limit: fc.constantFrom(1, 2, 100) });
const INDEXED = ["a", "a.b", "tags", "__proto__.b", 'it\'s "x"'];

const steps = [
  {
    arbitrary: fc.record({
      do: fc.constant("insert" as const),
      docs: fc.array(document, { minLength: 1, maxLength: 3 }),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant("find" as const), query, sort, page }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant("update" as const), query, change }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant("delete" as const), query }), weight: 1 },
];
type Step = (typeof steps)[number]["arbitrary"] extends fc.Arbitrary<infer C> ? C : never;
type Command = Step | { do: "index"; path: string } | { do: "shard" };

/** What is there at first, and what is done then. */
interface Program {
  readonly docs: readonly { readonly id: string }[];
  readonly commands: readonly Command[];
  /** How `shard` splits. */
  readonly how?: ShardOptions;
}
const docs = fc.uniqueArray(document, { selector: ({ id }) => id, maxLength: 6 });

/** The same outcome of both: a result, or a refusal that changes nothing. */
async function alike<T>(real: () => Promise<T>, model: () => T): Promise<void> {
  let expected: { value: T } | undefined;
  try {
    expected = { value: model() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  try {
    const value = await real();
    assert.ok(expected, "was not refused");
    assert.deepEqual(value, expected.value);
  } catch (error) {
    if (expected || !(error instanceof FaztError)) throw error;
    assert.ok(["INVALID", "CONFLICT"].includes(error.code), error.code);
  }
}

async function run(f: DsFixture, owner: Owner, program: Program): Promise<void> {
  const model = new Model();
  await f.delete(owner, "c", {});
  await f.insert(owner, "c", program.docs);
  model.insert(program.docs);
  for (const c of program.commands) {
    if (c.do === "index") await f.ds.index(owner, "c", c.path);
    else if (c.do === "shard") {
      await f.ds.shards.declare(owner, "c", program.how!);
      await f.ds.sweep();
    } else if (c.do === "insert") {
      await alike(async () => void await f.insert(owner, "c", c.docs), () => model.insert(c.docs));
    } else if (c.do === "delete") {
      await alike(() => f.delete(owner, "c", c.query), () => model.delete(c.query));
    } else if (c.do === "update") {
      await alike(
        () => f.update(owner, "c", c.query, c.change),
        () => model.update(c.query, c.change),
      );
    } else {
      const options = { ...c.page, sort: Object.fromEntries(c.sort) };
      const expected = model.find(c.query, { ...c.page, sort: c.sort });
      assert.deepEqual(await f.find(owner, "c", c.query, options), expected);
      const long = f.findLong(owner, "c", c.query, options);
      assert.deepEqual(long.documents, expected);
      const all = model.find(c.query, { limit: Infinity }).length;
      assert.equal(long.places, all);
      assert.equal(await f.count(owner, "c", c.query), all);
    }
  }
  assert.deepEqual(await f.find(owner, "c", {}), model.docs);
  const { counted, truth } = f.usage(owner);
  assert.deepEqual(counted, truth);
}

Deno.test(
  "10,000 programs do to a collection what they do to a list of plain values",
  withDs(async (f) => {
    const commands = fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 4 });
    const program = fc.record({ docs, commands });
    // A collection for each set of indexes, emptied before each program: making one takes longer.
    const made = new Set<string>();
    const property = fc.asyncProperty(fc.subarray(INDEXED), program, async (paths, program) => {
      const owner = ownerOf(`app_${paths.join()}`);
      if (!made.has(owner.appId)) {
        made.add(owner.appId);
        await f.insert(owner, "c", []);
        for (const path of paths) await f.ds.index(owner, "c", path);
      }
      await run(f, owner, program);
    });
    await fc.assert(property, { numRuns: 10_000 });
  }),
);

Deno.test(
  "programs that index what is there already find the same",
  withDs(async (f) => {
    const index = fc.record({
      do: fc.constant("index" as const),
      path: fc.constantFrom(...INDEXED),
    });
    const commands = fc.array(fc.oneof(...steps, index), { minLength: 2, maxLength: 8 });
    let n = 0;
    const property = fc.asyncProperty(docs, commands, async (docs, commands) => {
      const owner = ownerOf(`app_${n++}`);
      await run(f, owner, { docs, commands });
      while (purgeCollections(f.db, { appId: owner.appId, limit: 1000 }));
      assert.deepEqual(f.db.all("SELECT id FROM ds_collections"), []);
    });
    await fc.assert(property, { numRuns: 300 });
  }),
);

// Times and texts that split, and what else can stand in their places.
const HOURS = [0, 1, 3_600_000, 3_600_001, 7_200_000, -1].flatMap((ms) => [ms, new Date(ms)]);
const time = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>(...HOURS), weight: 8 },
  {
    arbitrary: fc.constantFrom<unknown>(null, "a", true, [0, 3_600_000], [new Date(1)]),
    weight: 1,
  },
);
const part = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>("x/1", "x/2", "y", "", "/"), weight: 5 },
  { arbitrary: fc.constantFrom<unknown>(1, null, ["x/1", "y"], { a: 1 }), weight: 1 },
);
const splitDocument = fc.record({ id, t: time, p: part, a: shallow }, {
  requiredKeys: ["id"],
  noNullPrototype: true,
}) as fc.Arbitrary<{ id: string }>;
const ofTime = fc.oneof(
  time.filter((v) => !Array.isArray(v)),
  fc.array(time, { maxLength: 2 }).map(($in) => ({ $in })),
  ...["$gt", "$gte", "$lt", "$lte"].map((op) =>
    fc.constantFrom(...HOURS).map((t) => ({ [op]: t }))
  ),
  fc.tuple(fc.constantFrom(...HOURS), fc.constantFrom(...HOURS))
    .map(([$gte, $lt]) => ({ $gte, $lt })),
  time.map(($ne) => ({ $ne })),
);
const ofPart = fc.oneof(
  part.filter((v) => typeof v !== "object" || v === null),
  fc.array(part, { maxLength: 2 }).map(($in) => ({ $in })),
  fc.constantFrom({ $regex: "^x" }, { $gte: "x" }, { $exists: false }),
);
const splitQuery = fc.oneof(
  { arbitrary: fc.record({ t: ofTime, p: ofPart, a: literal }, { requiredKeys: [] }), weight: 5 },
  { arbitrary: fc.record({ t: ofTime }).map(($not) => ({ $not })), weight: 1 },
  {
    arbitrary: fc.array(fc.record({ t: ofTime }), { minLength: 1 }).map(($or) => ({ $or })),
    weight: 1,
  },
) as fc.Arbitrary<Record<string, unknown>>;
const splitSort = fc.uniqueArray(
  fc.tuple(fc.constantFrom("t", "t", "p", "a"), fc.constantFrom<1 | -1>(1, -1)),
  { maxLength: 2, selector: ([path]) => path },
);
const splitSteps = [
  fc.record({
    do: fc.constant("insert" as const),
    docs: fc.array(splitDocument, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ do: fc.constant("find" as const), query: splitQuery, sort: splitSort, page }),
  fc.record({ do: fc.constant("find" as const), query: splitQuery, sort: splitSort, page }),
  fc.record({
    do: fc.constant("update" as const),
    query: splitQuery,
    change: fc.oneof(
      fc.record({ t: time, p: part }, { requiredKeys: [], noNullPrototype: true }),
      fc.constant({ $inc: { t: 3_600_000 } }),
      fc.constant({ $unset: { p: 1 } }),
    ),
  }),
  fc.record({ do: fc.constant("delete" as const), query: splitQuery }),
  fc.constant({ do: "shard" as const }),
  fc.record({ do: fc.constant("index" as const), path: fc.constantFrom("t", "p", "a") }),
];

Deno.test(
  "a collection that is split does what one table does, whatever it is split by and when",
  withDs(async (f) => {
    const commands = fc.array(fc.oneof(...splitSteps), { minLength: 1, maxLength: 8 });
    const program = fc.record({
      docs: fc.uniqueArray(splitDocument, { selector: ({ id }) => id, maxLength: 8 }),
      commands,
      how: fc.record({
        by: fc.constantFrom("hour" as const, "hour" as const, "hour" as const, "year" as const),
        path: fc.constantFrom("t", "t", "t", "t", undefined),
        prefix: fc.constantFrom("p", undefined),
      }),
    });
    let n = 0;
    const property = fc.asyncProperty(fc.boolean(), program, async (first, program) => {
      const owner = ownerOf(`app_${n++}`);
      if (first) await f.ds.shards.declare(owner, "c", program.how);
      await run(f, owner, program as Program);
      f.now += 1_000_000;
      while (purgeCollections(f.db, { appId: owner.appId, limit: 1000 }));
      const left = "SELECT id FROM ds_collections WHERE app_id = ?1 " +
        "UNION ALL SELECT id FROM ds_shards WHERE app_id = ?1";
      assert.deepEqual(f.db.all(left, owner.appId), []);
    });
    await fc.assert(property, { numRuns: 1000 });
  }),
);
