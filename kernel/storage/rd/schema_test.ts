import assert from "node:assert/strict";
import { mergeSchema } from "./define.ts";
import { inputOf, readSchema, schemaInput } from "./schema.ts";

const read = (input: unknown) => readSchema("t", schemaInput.parse(input));

Deno.test("a schema told as a declaration and read again is the same", () => {
  const schemas = [
    read({ columns: { a: "text" } }),
    read({ columns: { B: "integer", a: "text" }, primaryKey: ["B", "a"], indexes: ["a"] }),
    read({
      columns: {
        id: { type: "text", primaryKey: true },
        t: { type: "text", default: "it's '' (x)", unique: true },
        e: { type: "text", default: "" },
        p: { type: "text", default: "(now" },
        j: { type: "json", default: '{"a":"\'"}' },
        i: { type: "integer", default: -5 },
        r: { type: "real", default: 2 },
        s: { type: "real", default: 0.25 },
        y: { type: "boolean", default: true },
        n: { type: "boolean", default: false, notNull: true },
        d: { type: "date", default: "now" },
        z: { type: "date", default: 0 },
        b: "blob",
      },
      indexes: [{ columns: ["y", "d"], unique: true }, "r"],
    }),
  ];
  for (const schema of schemas) {
    const told = schemaInput.parse(JSON.parse(JSON.stringify(inputOf(schema))));
    assert.deepEqual(readSchema("t", told), schema);
  }
});

Deno.test("many declarations make no more columns or indexes than one may have", () => {
  const columns = (prefix: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, "text"]));
  const before = read({ columns: columns("a", 60) });
  const more = schemaInput.parse({ columns: columns("b", 60) });
  assert.throws(() => mergeSchema("t", before, more), { code: "INVALID", message: /100 columns/ });
  const indexes = Array.from({ length: 10 }, (_, i) => `a${i}`);
  const unique = indexes.map((columns) => ({ columns, unique: true }));
  const indexed = read({ columns: columns("a", 10), indexes });
  const again = schemaInput.parse({ columns: columns("a", 10), indexes: unique });
  assert.throws(() => mergeSchema("t", indexed, again), { code: "INVALID", message: /16 indexes/ });
  const key = { type: "text", primaryKey: true };
  assert.throws(() => read({ columns: { a: key, b: key, c: key, d: key, e: key } }), {
    code: "INVALID",
    message: /4 columns/,
  });
});
