import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../lib/fazt_error.ts";
import { appEventType, sourceOf, systemEventType } from "./event_type.ts";
import { matchesType, parsePattern } from "./pattern.ts";

const code = (run: () => unknown): string => {
  try {
    run();
    return "ok";
  } catch (error) {
    assert.ok(error instanceof FaztError);
    return error.code;
  }
};

Deno.test("an app's event carries the app's name", () => {
  assert.equal(appEventType("shop", "order.completed"), "app:shop.order.completed");
  assert.equal(appEventType("shop", "app:shop.order.completed"), "app:shop.order.completed");
  assert.equal(appEventType("shop", "ping"), "app:shop.ping");
  assert.equal(sourceOf("app:shop.order.completed"), "app:shop");
});

Deno.test("an app emits nothing in another's name", () => {
  for (const type of ["system.limit.warning", "system", "app:blog.post", "app:shop-2.x", "app:x"]) {
    assert.equal(code(() => appEventType("shop", type)), "PERMISSION", type);
  }
});

Deno.test("whatever an app writes, an emitted type is under its own prefix", () => {
  const own = parsePattern("app:shop.*");
  const hostile = fc.oneof(
    fc.string(),
    fc.string().map((s) => `app:shop.${s}`),
    fc.constantFrom("..", "app:shop.app:blog.x", "a.b\n", "a..b", ".a", "a.", "*", "a.*", "A.b"),
  );
  fc.assert(fc.property(hostile, (type) => {
    try {
      assert.ok(matchesType(own, appEventType("shop", type)));
    } catch (error) {
      assert.ok(error instanceof FaztError, String(error));
    }
  }));
});

Deno.test("types that are not dotted lower-case segments are refused", () => {
  for (const type of ["", "Order", "a b", "a..b", "a.", "*", `${"a.".repeat(16)}a`, "é"]) {
    assert.equal(code(() => appEventType("shop", type)), "INVALID", type);
  }
  assert.equal(code(() => appEventType("shop", "x".repeat(191))), "ok");
  assert.equal(code(() => appEventType("shop", "x".repeat(192))), "INVALID");
});

Deno.test("the kernel's events begin with system", () => {
  assert.equal(systemEventType("system.limit.warning"), "system.limit.warning");
  assert.equal(sourceOf("system.limit.warning"), "system");
  for (const type of ["limit.warning", "system", "system.", "app:shop.x", "system.Limit"]) {
    assert.equal(code(() => systemEventType(type)), "INVALID", type);
  }
});
