import assert from "node:assert/strict";
import { FaztError, toFaztError } from "./fazt_error.ts";

Deno.test("a code has its HTTP status unless another is given", () => {
  const status = (code: string) => new FaztError(code, "x").status;
  assert.deepEqual(
    ["INVALID", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "TOO_LARGE", "QUOTA"].map(
      status,
    ),
    [422, 401, 403, 404, 409, 413, 429],
  );
  assert.deepEqual(["INTERNAL", "BUSY", "TIMEOUT", "DISK_FULL"].map(status), [500, 503, 504, 507]);
  assert.equal(status("ANYTHING_ELSE"), 400);
  assert.equal(new FaztError("NOT_FOUND", "x", { status: 410 }).status, 410);
});

Deno.test("what leaves the process has neither cause nor stack, nor empty fields", () => {
  const full = new FaztError("QUOTA", "Cannot store more", {
    hint: "ask the owner",
    details: { max: 1 },
    cause: new Error("secret"),
  });
  assert.deepEqual(full.toBody(), {
    code: "QUOTA",
    message: "Cannot store more",
    hint: "ask the owner",
    details: { max: 1 },
  });
  assert.deepEqual(new FaztError("QUOTA", "no").toBody(), { code: "QUOTA", message: "no" });
  assert.doesNotMatch(JSON.stringify(full.toBody()), /secret|stack/);
});

Deno.test("an error that crossed a boundary is the same on the other side", () => {
  for (
    const error of [
      new FaztError("CONFLICT", "no", { hint: "h", details: [0], status: 418 }),
      new FaztError("NOT_FOUND", "gone"),
    ]
  ) {
    const back = FaztError.from(JSON.parse(JSON.stringify(error.toBody())), error.status);
    assert.deepEqual(back.toBody(), error.toBody());
    assert.equal(back.status, error.status);
  }
  assert.equal(FaztError.from({ code: "NOT_FOUND", message: "gone" }).status, 404);
});

Deno.test("a FaztError stays itself, anything else becomes INTERNAL and keeps its cause", () => {
  const own = new FaztError("BUSY", "later");
  assert.equal(toFaztError(own), own);
  for (const thrown of [new TypeError("secret"), "text", null, undefined, 7, {}]) {
    const error = toFaztError(thrown);
    assert.deepEqual([error.code, error.status, error.cause], ["INTERNAL", 500, thrown]);
    assert.doesNotMatch(JSON.stringify(error.toBody()), /secret|text/);
  }
});

Deno.test("a full disk is called so, whoever noticed", () => {
  for (
    const thrown of [
      Object.assign(new Error("x"), { errcode: 13 }),
      Object.assign(new Error("x"), { code: "ENOSPC" }),
      new Error("database or disk is full"),
      new Error("No space left on device (os error 28)"),
    ]
  ) {
    const error = toFaztError(thrown);
    assert.deepEqual([error.code, error.status, error.cause], ["DISK_FULL", 507, thrown]);
  }
});
