// Every route of the API, asked what its own description allows and what it does not.
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  api,
  deploy,
  hostileText,
  nearly,
  startNode,
  type TestNode,
  visitHost,
} from "../helpers/mod.ts";

// deno-lint-ignore no-explicit-any -- a document of any shape is looked at
type Any = any;

/** Requests of each route; more with `FAZT_FUZZ=100`. */
const RUNS = Number(Deno.env.get("FAZT_FUZZ") ?? 4);
const SEED = Number(Deno.env.get("FAZT_SEED") ?? 20261130);
/** Requests at a time. */
const LANES = 6;
/** What parameters of a path may be so that something is there. */
const THERE: Readonly<Record<string, readonly string[]>> = {
  ref: ["mine"],
  app: ["mine"],
  collection: ["notes"],
  key: ["a", "a/b"],
  path: ["index.html", "a"],
  n: ["0", "1"],
  slug: ["go"],
  label: ["mine", "other"],
};

interface Call {
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly type?: string;
  readonly allowed: readonly string[];
}

function calls(doc: Any): Call[] {
  const all: Call[] = [];
  for (const [path, item] of Object.entries<Any>(doc.paths)) {
    for (const [method, operation] of Object.entries<Any>(item)) {
      if (operation["x-fazt-unsafe"] === undefined) {
        all.push(...callsOf(operation, method.toUpperCase(), path));
      }
    }
  }
  // What removes things comes last.
  return all.sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
}

function callsOf(operation: Any, method: string, path: string): Call[] {
  const removesApp = method === "DELETE" && path === "/api/apps/{ref}";
  const inPath = fc.record(Object.fromEntries(
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
      const there = removesApp ? ["nothing"] : THERE[name!] ?? ["1"];
      return [name!, fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...there) }, hostileText)];
    }),
  ));
  const query = fc.record(
    Object.fromEntries(
      (operation.parameters ?? []).filter((parameter: Any) => parameter.in === "query")
        .map(({ name, schema }: Any) => [name, nearly(schema)]),
    ),
    { requiredKeys: [] },
  );
  const content = operation.requestBody?.content ?? {};
  const json = content["application/json"]?.schema;
  const body = json === undefined
    ? fc.uint8Array({ maxLength: 200 })
    : fc.oneof({ weight: 6, arbitrary: nearly(json).map((value) => JSON.stringify(value)) }, {
      weight: 1,
      arbitrary: fc.constantFrom("{", "", "\ud800", `[${"[".repeat(2000)}`),
    });
  const calls = fc.sample(fc.tuple(inPath, query, body), { seed: SEED, numRuns: RUNS });
  return calls.map(([names, asked, sent]) => ({
    route: `${method} ${path}`,
    method,
    path: path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(wellFormed(names[name]!))) +
      queryOf(asked),
    allowed: Object.keys(operation.responses).filter((status) => Number(status) > 503),
    ...operation.requestBody === undefined ? {} : {
      body: typeof sent === "string" ? sent : new Uint8Array(sent),
      type: Object.keys(content)[0]!,
    },
  }));
}

const wellFormed = (text: string) => text.toWellFormed() || "_";

function queryOf(asked: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(asked).map(([name, value]) =>
    `${name}=${
      encodeURIComponent((typeof value === "string" ? value : JSON.stringify(value)).toWellFormed())
    }`
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&").slice(0, 20_000)}`;
}

/** What is wrong with how the node answered; undefined when nothing is. */
async function fault(node: TestNode, call: Call): Promise<string | undefined> {
  const ended = new AbortController();
  const response = await fetch(`${node.url}${call.path}`, {
    method: call.method,
    headers: {
      authorization: `Bearer ${node.token}`,
      ...call.type === undefined ? {} : { "content-type": call.type },
    },
    body: call.body ?? null,
    redirect: "manual",
    signal: ended.signal,
  });
  const shown = () =>
    `${call.method} ${call.path.slice(0, 300)} ${String(call.body).slice(0, 300)}`;
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    ended.abort();
    return undefined;
  }
  const text = await response.text();
  const { status } = response;
  // Work that one at a time may do says that it is busy.
  const busy = status === 503 && /BUSY$/.test(parsed(text)?.error?.code);
  if (status >= 500 && !busy && !call.allowed.includes(String(status))) {
    return `${status} ${text.slice(0, 300)}: ${shown()}`;
  }
  if (status >= 400) {
    const error = parsed(text)?.error;
    if (typeof error?.code !== "string" || typeof error.message !== "string") {
      return `${status} without the envelope, ${text.slice(0, 200)}: ${shown()}`;
    }
  }
  return undefined;
}

function parsed(text: string): Any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

Deno.test("every route answers whatever it is sent in the one shape, and never with 5xx", async () => {
  await using node = await startNode({ settings: { "limits.sandbox.seconds": "2" } });
  await deploy(node, "mine", {
    "index.html": "x",
    "api/main.js": "export default () => ({ ok: true })",
  });
  await api(node, "POST", "/api/redirects", { body: { slug: "go", url: "https://example.com" } });
  await api(node, "PUT", "/api/storage/mine/kv/a", { body: { value: 1 } });
  await api(node, "POST", "/api/storage/mine/ds/notes", { body: { documents: [{ a: 1 }] } });
  const { text } = await visitHost(node, `admin.localhost:${node.port}`, "/openapi.json");
  const waiting = calls(JSON.parse(text));
  const asked = waiting.length;
  const faults: string[] = [];
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      const found = await fault(node, call);
      if (found !== undefined) faults.push(found);
    }
  }));
  assert.deepEqual(faults, []);
  assert.ok(asked > 450, `only ${asked} requests were made`);
});

Deno.test("the documents of the node are there for everybody, and say nothing of what is on it", async () => {
  await using node = await startNode();
  await deploy(node, "hidden", { "index.html": "x" });
  const admin = `admin.localhost:${node.port}`;
  const doc = await visitHost(node, admin, "/openapi.json");
  assert.equal(doc.status, 200);
  assert.equal(JSON.parse(doc.text).openapi, "3.1.0");
  assert.doesNotMatch(doc.text, /hidden/);
  const again = await visitHost(node, admin, "/openapi.json", {
    headers: { "if-none-match": doc.headers.get("etag")! },
  });
  assert.equal(again.status, 304);
  const same = await visitHost(node, `127.0.0.1:${node.port}`, "/api/openapi.json");
  assert.equal(same.text, doc.text);
  const manifest = JSON.parse((await visitHost(node, admin, "/schemas/app.json")).text);
  assert.equal(manifest.properties.name.type, "string");
  assert.equal((await visitHost(node, admin, "/schemas/nothing.json")).status, 404);
});
