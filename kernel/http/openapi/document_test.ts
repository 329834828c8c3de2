import assert from "node:assert/strict";
import { createApi } from "../api/mod.ts";
import { described } from "./describe.ts";
import { openApi } from "./document.ts";

// deno-lint-ignore no-explicit-any -- a document of any shape is looked at
type Any = any;

/** `METHOD /path/{parameter}` of every route that there is. */
function routes(): string[] {
  const all = createApi({} as Parameters<typeof createApi>[0]).routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) =>
      `${method} ${path.replaceAll(/:(\w+)(?:\{[^/]*\})?/g, "{$1}").replace(/\/$/, "")}`
    );
  return [...new Set(all)].sort();
}

Deno.test("every route is described, and nothing else is", () => {
  const known = routes();
  const missing = known.filter((route) => !described().has(route));
  assert.deepEqual(
    missing,
    [],
    'say what these take and give with describe({ "METHOD /path": … })',
  );
  assert.deepEqual([...described().keys()].filter((route) => !known.includes(route)), []);
});

/** What is wrong with a document, by the rules of OpenAPI 3.1 that it has a use for. */
function faults(doc: Any): string[] {
  const found: string[] = [];
  const say = (where: string, what: string) => found.push(`${where}: ${what}`);
  if (!/^3\.1\.\d+$/.test(doc.openapi)) say("openapi", "is not 3.1");
  for (const field of ["title", "version"]) {
    if (typeof doc.info?.[field] !== "string") say("info", `has no ${field}`);
  }
  const ids = new Set<string>();
  const tags = new Set(doc.tags.map(({ name }: Any) => name));
  for (const [path, item] of Object.entries<Any>(doc.paths)) {
    if (!path.startsWith("/")) say(path, "does not begin with /");
    for (const [method, operation] of Object.entries<Any>(item)) {
      const where = `${method} ${path}`;
      if (!["get", "put", "post", "delete", "patch", "head", "options"].includes(method)) {
        say(where, "is no method");
      }
      if (ids.has(operation.operationId)) say(where, `${operation.operationId} is there twice`);
      ids.add(operation.operationId);
      for (const tag of operation.tags) if (!tags.has(tag)) say(where, `tag ${tag} is unknown`);
      const names = new Set<string>();
      for (const parameter of operation.parameters ?? []) {
        const key = `${parameter.in} ${parameter.name}`;
        if (names.has(key)) say(where, `${key} is there twice`);
        names.add(key);
        if (!["path", "query", "header", "cookie"].includes(parameter.in)) say(where, `in ${key}`);
        if (parameter.in === "path" && parameter.required !== true) {
          say(where, `${key} is optional`);
        }
        if (typeof parameter.schema !== "object") say(where, `${key} has no schema`);
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => `path ${match[1]}`).sort();
      const told = [...names].filter((name) => name.startsWith("path ")).sort();
      if (inPath.join() !== told.join()) {
        say(where, `parameters are ${told}, the path has ${inPath}`);
      }
      if (["get", "head"].includes(method) && operation.requestBody) say(where, "has a body");
      if (operation.requestBody && !Object.keys(operation.requestBody.content ?? {}).length) {
        say(where, "a body without content");
      }
      const statuses = Object.keys(operation.responses ?? {});
      if (!statuses.some((status) => status.startsWith("2"))) say(where, "cannot go well");
      for (const [status, response] of Object.entries<Any>(operation.responses)) {
        if (!/^[1-5]\d\d$/.test(status)) say(where, `${status} is no status`);
        if (typeof (response.$ref ?? response.description) !== "string") {
          say(where, `${status} has no description`);
        }
      }
    }
  }
  walk(doc, "#", (node, where) => {
    if (typeof node.$ref === "string" && resolve(doc, node.$ref) === undefined) {
      say(where, `${node.$ref} leads nowhere`);
    }
  });
  walk({ components: doc.components, paths: doc.paths }, "#", (node, where) => {
    if (!/schema|properties|items|anyOf|oneOf|allOf/.test(where.split("/").at(-1)!)) return;
    const types = [node.type].flat().filter((type) => typeof type === "string");
    const known = ["object", "array", "string", "number", "integer", "boolean", "null"];
    for (const type of types) if (!known.includes(type)) say(where, `${type} is no type`);
    if (typeof node.pattern === "string") new RegExp(node.pattern, "u");
    if (node.nullable !== undefined) say(where, "nullable is of OpenAPI 3.0");
  });
  return found;
}

function walk(value: Any, where: string, see: (node: Any, where: string) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) see(value, where);
  for (const [key, inner] of Object.entries(value)) walk(inner, `${where}/${key}`, see);
}

function resolve(doc: Any, ref: string): unknown {
  return ref.replace(/^#\//, "").split("/").reduce((at, key) => at?.[key], doc);
}

Deno.test("the document is OpenAPI 3.1, and of JSON alone", async () => {
  const doc = await openApi();
  assert.deepEqual(JSON.parse(JSON.stringify(doc)), doc);
  assert.deepEqual(faults(doc), []);
});

Deno.test("what breaks the rules of OpenAPI is found", async () => {
  const whole = await openApi();
  const broken = (change: (doc: Any) => void) => {
    const doc: Any = structuredClone(whole);
    change(doc);
    return faults(doc).length;
  };
  assert.ok(broken((doc) => doc.openapi = "3.0.0") > 0);
  assert.ok(broken((doc) => doc.paths["/api/apps"].get.operationId = "get_apps_ref") > 0);
  assert.ok(broken((doc) => doc.paths["/api/apps/{ref}"].get.parameters.pop()) > 0);
  assert.ok(broken((doc) => delete doc.components.responses.E401) > 0);
  assert.ok(broken((doc) => delete doc.paths["/api/apps"].get.responses["200"]) > 0);
});

Deno.test("a schema is the one that the route checks with", async () => {
  const doc: Any = await openApi();
  const body = doc.paths["/api/redirects"].post.requestBody.content["application/json"].schema;
  assert.deepEqual(body.required, ["url"]);
  assert.equal(body.additionalProperties, false);
  assert.equal(body.properties.url.maxLength, 2048);
  const limit = doc.paths["/api/logs"].get.parameters.find(({ name }: Any) => name === "limit");
  assert.deepEqual(limit.schema, { type: "integer", minimum: 0 });
  assert.equal(limit.required, false);
});
