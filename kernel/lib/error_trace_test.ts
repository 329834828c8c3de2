import assert from "node:assert/strict";
import { errorTrace } from "./error_trace.ts";

Deno.test("an error is told with its stack, unless the process is out of files", () => {
  assert.match(errorTrace(new Error("odd")), /^Error: odd\n {4}at /);
  assert.equal(errorTrace("thrown"), "thrown");
  assert.equal(errorTrace(undefined), "undefined");
  for (const code of ["EMFILE", "ENFILE"]) {
    const error = Object.defineProperty(Object.assign(new Error("full"), { code }), "stack", {
      get: () => assert.fail("its stack was asked for"),
    });
    assert.equal(errorTrace(error), "Error: full");
  }
});
