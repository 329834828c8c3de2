import assert from "node:assert/strict";
import { corsRule, judgeCors, markCors } from "./cors.ts";

const rule = corsRule({
  origins: ["https://one.example", "https://*.friend.example", "http://localhost:3000"],
  methods: ["GET", "PUT"],
  headers: ["x-a"],
  expose: ["x-b"],
  credentials: true,
  maxAge: 3_600_000,
});

function ask(origin: string | undefined, { method = "GET", asks }: {
  readonly method?: string;
  readonly asks?: string;
} = {}): Request {
  const headers = new Headers();
  if (origin !== undefined) headers.set("origin", origin);
  if (asks !== undefined) headers.set("access-control-request-method", asks);
  return new Request("https://web.example/api", { method, headers });
}

const allowed = (origin: string, by = rule) =>
  new Map(judgeCors(by, ask(origin)).fields).get("access-control-allow-origin");

Deno.test("only the origins that an app names may read it, each by its own name", () => {
  for (
    const origin of [
      "https://one.example",
      "https://a.friend.example",
      "https://a.b.friend.example",
      "http://localhost:3000",
    ]
  ) assert.equal(allowed(origin), origin);
  for (
    const origin of [
      "http://one.example",
      "https://one.example.evil.example",
      "https://evilfriend.example",
      "https://friend.example",
      "https://evil.example/.friend.example",
      "https://evil.example#.friend.example",
      "https://user@a.friend.example",
      "https://ONE.example",
      "http://localhost:3001",
      "null",
      "",
    ]
  ) assert.equal(allowed(origin), undefined, origin);
  assert.deepEqual(judgeCors(rule, ask(undefined)).fields, [["vary", "origin"]]);
});

Deno.test("an app that lets everybody read it says so, and never with credentials", () => {
  const open = corsRule({ origins: ["*"] });
  assert.equal(allowed("https://any.example", open), "*");
  assert.deepEqual(judgeCors(open, ask("null")).fields, [["access-control-allow-origin", "*"]]);
});

Deno.test("a preflight is answered without the app; who may not ask is told nothing", () => {
  const yes = judgeCors(rule, ask("https://one.example", { method: "OPTIONS", asks: "PUT" }))
    .preflight!;
  assert.equal(yes.status, 204);
  assert.deepEqual(Object.fromEntries(yes.headers), {
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "x-a",
    "access-control-allow-methods": "GET, PUT",
    "access-control-allow-origin": "https://one.example",
    "access-control-max-age": "3600",
    vary: "origin",
  });
  const no = judgeCors(rule, ask("https://evil.example", { method: "OPTIONS", asks: "PUT" }))
    .preflight!;
  assert.equal(no.status, 403);
  assert.deepEqual(Object.fromEntries(no.headers), { vary: "origin" });
  // Without its question it is the app's own.
  assert.equal(
    judgeCors(rule, ask("https://one.example", { method: "OPTIONS" })).preflight,
    undefined,
  );
});

Deno.test("the rule is the last word, whatever the app's code says", () => {
  const careless = new Response("x", {
    headers: { "access-control-allow-origin": "*", vary: "accept" },
  });
  const marked = markCors(careless, judgeCors(rule, ask("https://evil.example")));
  assert.equal(marked.headers.get("access-control-allow-origin"), null);
  assert.equal(marked.headers.get("vary"), "accept, origin");
  const other = markCors(new Response("x"), judgeCors(rule, ask("https://one.example")));
  assert.equal(other.headers.get("access-control-expose-headers"), "x-b");
});
