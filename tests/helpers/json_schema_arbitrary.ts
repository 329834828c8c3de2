import fc from "fast-check";

/** A JSON Schema, as far as OpenAPI documents of ours go. */
// deno-lint-ignore no-explicit-any -- a schema of any shape is looked at
type Schema = any;

/** Values that a schema allows, nearly: patterns are left to chance. */
export function allowedBy(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const any = schema.anyOf ?? schema.oneOf;
  if (any !== undefined) return fc.oneof(...any.map(allowedBy));
  switch ([schema.type].flat()[0]) {
    case "string":
      return fc.string({ maxLength: Math.min(schema.maxLength ?? 20, 40) });
    case "integer":
      return fc.integer({ min: schema.minimum ?? -10, max: Math.max(schema.minimum ?? 0, 1000) });
    case "number":
      return fc.double({ noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(allowedBy(schema.items ?? {}), { maxLength: 3 });
    case "object":
      return objectOf(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema) {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, allowedBy(inner)]),
  );
  const known = fc.record(fields, { requiredKeys: required });
  if (typeof additionalProperties !== "object") return known;
  const more = fc.dictionary(fc.string({ maxLength: 10 }), allowedBy(additionalProperties), {
    maxKeys: 3,
  });
  return fc.tuple(known, more).map(([a, b]) => ({ ...a, ...b }));
}

/** Text that nobody expects. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "9".repeat(15),
    "9".repeat(400),
    "null",
    "__proto__",
    "constructor",
    "../../etc/passwd",
    "a\0b",
    "\u202e\u2066",
    "'; DROP TABLE apps; --",
    "%00%ff",
    "x".repeat(5000),
  ),
);

/** Values that a schema allows, those with something wrong in them, and any JSON. */
export function nearly(schema: Schema): fc.Arbitrary<unknown> {
  const good = allowedBy(schema);
  const wrong = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    hostileText,
    fc.constantFrom(null, -1, 1e308, 2 ** 53, [], {}, "x".repeat(100_000)),
  );
  const spoilt = fc.tuple(good, wrong, fc.nat(), fc.constantFrom("drop", "put", "more")).map(
    ([value, bad, n, how]) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return bad;
      const copy: Record<string, unknown> = { ...value };
      const keys = Object.keys(schema.properties ?? copy);
      const key = keys[n % Math.max(1, keys.length)] ?? "key";
      if (how === "drop") delete copy[key];
      else if (how === "put") copy[key] = bad;
      else copy[`more${n % 9}`] = bad;
      return copy;
    },
  );
  return fc.oneof({ weight: 2, arbitrary: good }, { weight: 3, arbitrary: spoilt }, {
    weight: 1,
    arbitrary: wrong,
  });
}
