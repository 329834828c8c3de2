import assert from "node:assert/strict";
import { exampleOf, operationsOf } from "./openapi.ts";

Deno.test("routes, their parameters and an example of the body are read from a document", () => {
  const [operation] = operationsOf({
    paths: {
      "/api/keys/{id}": {
        parameters: [{ name: "id", in: "path", required: true }],
        put: {
          summary: "Changes a key",
          tags: ["keys"],
          "x-fazt-scope": "admin",
          parameters: [{ name: "dry", in: "query" }],
          requestBody: {
            content: { "application/json": { schema: { $ref: "#/components/schemas/K" } } },
          },
        },
      },
    },
    components: {
      schemas: {
        K: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string" }, x: { type: "number" } },
        },
      },
    },
  });
  assert.deepEqual(operation, {
    method: "PUT",
    path: "/api/keys/{id}",
    summary: "Changes a key",
    tag: "keys",
    scope: "admin",
    parameters: [
      { name: "id", in: "path", required: true, about: "" },
      { name: "dry", in: "query", required: false, about: "" },
    ],
    body: { name: "" },
    otherBody: false,
  });
});

Deno.test("a document of another shape, or one that refers to itself, does no harm", () => {
  for (const document of [undefined, null, 1, "x", [], { paths: { a: 1, b: null } }]) {
    assert.deepEqual(operationsOf(document), []);
  }
  const loop = { a: { $ref: "#/a" } };
  assert.equal(exampleOf({ $ref: "#/a" }, loop), null);
});
