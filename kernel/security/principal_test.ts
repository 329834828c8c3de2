import assert from "node:assert/strict";
import { authorize, checkScope, isAllowed, type Need, type Principal } from "./principal.ts";

const blog = { id: "app_blog11111111", name: "blog" };
const shop = { id: "app_shop11111111", name: "shop" };

const key = (...scopes: string[]): Principal => ({ kind: "key", id: "key_1", name: "ci", scopes });

/** What may be asked, in the order of the table's columns. */
const NEEDS: readonly Need[] = [
  { scope: "admin" },
  { scope: "deploy" },
  { scope: "read" },
  { scope: "admin", app: blog },
  { scope: "deploy", app: blog },
  { scope: "read", app: blog },
  { scope: "admin", app: shop },
  { scope: "deploy", app: shop },
  { scope: "read", app: shop },
];

/** Scopes of a principal, and for each of {@link NEEDS} whether it may (`a`dmin, `d`eploy, `r`ead). */
const MATRIX: readonly [string, string, string, string][] = [
  // scopes, of the node, of blog, of shop
  ["admin", "adr", "adr", "adr"],
  ["deploy", "-dr", "-dr", "-dr"],
  ["read", "--r", "--r", "--r"],
  ["mcp", "---", "---", "---"],
  ["", "---", "---", "---"],
  ["deploy:blog", "---", "-dr", "---"],
  [`deploy:${blog.id}`, "---", "-dr", "---"],
  ["deploy:blog read", "--r", "-dr", "--r"],
  ["deploy:blog deploy:shop", "---", "-dr", "-dr"],
  ["deploy:blo", "---", "---", "---"],
  ["deploy:Blog", "---", "---", "---"],
  ["deploy:undefined", "---", "---", "---"],
  ["mcp admin", "adr", "adr", "adr"],
];

Deno.test("what each scope allows, of the node, of its app and of another app", () => {
  for (const [scopes, ...columns] of MATRIX) {
    const principal = key(...scopes.split(" ").filter(Boolean));
    const got = NEEDS.map((need) => isAllowed(principal, need) ? need.scope[0] : "-").join("");
    assert.equal(got, columns.join(""), `scopes "${scopes}"`);
  }
});

Deno.test("the kind of a principal gives no right of its own: only scopes do", () => {
  for (const kind of ["owner", "local", "key"] as const) {
    assert.equal(isAllowed({ ...key(), kind }, { scope: "read" }), false, kind);
    assert.equal(isAllowed({ ...key("admin"), kind }, { scope: "admin" }), true, kind);
  }
});

Deno.test("a refusal is 403, says what is missing and how to get it", () => {
  authorize(key("read"), { scope: "read", app: blog });
  assert.throws(() => authorize(key("read"), { scope: "deploy", app: blog }), {
    code: "FORBIDDEN",
    status: 403,
    message: /"deploy blog"/,
    hint: /fazt server create-key/,
  });
  assert.throws(() => authorize(key("deploy"), { scope: "admin" }), { message: /"admin"/ });
});

Deno.test("only scopes there are can be given, and a slip is answered with the nearest", () => {
  for (const scope of ["admin", "deploy", "read", "mcp", "deploy:blog", `deploy:${blog.id}`]) {
    assert.equal(checkScope(scope), scope);
  }
  const bad = [
    "",
    "Admin",
    "admin ",
    "deploy:",
    "deploy:*",
    "deploy:a b",
    "deploy:a\nb",
    "deploy:a\n",
    `deploy:${"x".repeat(65)}`,
    "read:blog",
    "__proto__",
  ];
  for (const scope of bad) {
    assert.throws(() => checkScope(scope), { code: "INVALID", status: 422 }, JSON.stringify(scope));
  }
  assert.throws(() => checkScope("admn"), { hint: "did you mean admin?" });
  assert.throws(() => checkScope("elephant"), { hint: /deploy:<app>/ });
});
