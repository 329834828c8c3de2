import assert from "node:assert/strict";
import fc from "fast-check";
import { createValueCodec } from "./value_codec.ts";

const codec = createValueCodec();
const roundTrip = (value: unknown) => codec.decode(codec.encode(value));

/** Keys that mean something to the codec or to JavaScript, and any other. */
const key = fc.oneof(
  fc.constantFrom("$date", "$bytes", "$plain", "__proto__", "constructor", "toJSON", "0", ""),
  fc.string(),
);

const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    // JSON has no negative zero.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.string({ unit: "binary" }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map(Object.fromEntries),
  ),
}));

Deno.test("every value comes back as it was", () => {
  fc.assert(fc.property(anything, (value) => {
    assert.deepEqual(roundTrip(value), value);
  }));
});

Deno.test("an object that looks like a date or bytes stays an object", () => {
  for (
    const value of [
      { $date: 5 },
      { $date: "5" },
      { $bytes: "AAAA" },
      { $bytes: "!" },
      { $plain: { $date: 5 } },
      { $plain: { $plain: { $bytes: "AAAA" } } },
      { $plain: [1] },
      { $plain: null },
      { $date: 5, $bytes: "AAAA" },
      { $date: { $date: { $date: 1 } } },
    ]
  ) assert.deepEqual(roundTrip(value), value);
});

Deno.test("what is left out does not turn an object into a date", () => {
  assert.deepEqual(roundTrip({ $date: 5, gone: undefined }), { $date: 5 });
  assert.deepEqual(roundTrip({ $bytes: "AAAA", gone: () => 1 }), { $bytes: "AAAA" });
  assert.deepEqual(roundTrip({ $plain: { $date: 1 }, gone: undefined }), { $plain: { $date: 1 } });
  assert.deepEqual(roundTrip({ $date: undefined }), {});
});

Deno.test("text that has no tag's exact form is an object", () => {
  for (
    const value of [{ $date: 5, x: 1 }, { $date: "5" }, { $bytes: 5 }, { $plain: 5 }, {
      $plain: null,
    }]
  ) assert.deepEqual(codec.decode(JSON.stringify(value)), value);
});

Deno.test("a key named __proto__ is a key like others", () => {
  const value = JSON.parse('{"__proto__": {"admin": true}, "a": 1}');
  const back = roundTrip(value) as Record<string, unknown>;
  assert.deepEqual(Object.keys(back).sort(), ["__proto__", "a"]);
  assert.equal(Object.getPrototypeOf(back), Object.prototype);
  assert.equal(back.admin, undefined);
});

Deno.test("bytes of any length come back", () => {
  for (const length of [0, 1, 8191, 8192, 8193, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 31 % 256);
    assert.deepEqual(roundTrip(bytes), bytes);
  }
});

Deno.test("a view of a larger buffer is stored alone", () => {
  const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  assert.deepEqual(roundTrip(view), new Uint8Array([2, 3]));
});

Deno.test("what JSON leaves out or rewrites is so here too", () => {
  assert.deepEqual(roundTrip({ a: undefined, b: () => 1, c: [undefined, 1] }), { c: [null, 1] });
  assert.deepEqual(roundTrip({ toJSON: () => ({ shown: new Date(1) }) }), { shown: new Date(1) });
  // deno-lint-ignore no-sparse-arrays
  assert.deepEqual(roundTrip([1, , 2]), [1, null, 2]);
});

Deno.test("what cannot be stored is named with its place", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = { again: cycle };
  const cases: [unknown, string][] = [
    [undefined, "Cannot store undefined at value"],
    [{ a: [{ b: NaN }] }, "Cannot store NaN at a[0].b"],
    [[Infinity], "Cannot store Infinity at value[0]"],
    [{ a: 1n }, "Cannot store a bigint at a"],
    [{ a: Symbol("x") }, "Cannot store a symbol at a"],
    [() => 1, "Cannot store a function at value"],
    [{ when: new Date(NaN) }, "Cannot store an invalid date at when"],
    [cycle, "Cannot store a cycle at self.again"],
    [{ a: new Map() }, "Cannot store a Map at a"],
    [new Set(), "Cannot store a Set at value"],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => codec.encode(value), { name: "TypeError", message });
  }
});

Deno.test("the same object twice is no cycle", () => {
  const shared = { a: 1 };
  assert.deepEqual(roundTrip([shared, { shared }]), [{ a: 1 }, { shared: { a: 1 } }]);
});

Deno.test("values are only so deep", () => {
  const nest = (levels: number) => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = [value];
    return value;
  };
  const shallow = createValueCodec(3);
  assert.deepEqual(shallow.decode(shallow.encode(nest(4))), nest(4));
  assert.throws(() => shallow.encode(nest(5)), /more than 3 levels/);
  assert.throws(() => codec.encode(nest(100_000)), /more than 100 levels/);
});

Deno.test("a toJSON that never ends is refused", () => {
  const endless = () => ({ toJSON: endless });
  assert.throws(() => codec.encode(endless()), /more than 100 levels/);
});

Deno.test("an isolate that has only the codec's text has the codec", async () => {
  const source = `self.postMessage((${createValueCodec})().encode({at: new Date(1)}))`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, {
    type: "module",
  });
  const text = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.terminate();
  assert.equal(text, codec.encode({ at: new Date(1) }));
});
