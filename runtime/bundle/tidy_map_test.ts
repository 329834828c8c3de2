import assert from "node:assert/strict";
import { tidyMap } from "./tidy_map.ts";

Deno.test("source map: the app's files have paths and text, the library neither", () => {
  const map = {
    version: 3,
    mappings: "AAAA;ACAA",
    sources: ["fazt:zod", "app:api/main.ts", "entry:entry"],
    sourcesContent: ["library", "app", "entry"],
    names: ["x"],
  };
  assert.deepEqual(JSON.parse(tidyMap(JSON.stringify(map), 3)), {
    version: 3,
    mappings: ";;;AAAA;ACAA",
    sources: ["fazt:zod", "api/main.ts", "entry:entry"],
    sourcesContent: [null, "app", null],
    names: ["x"],
  });
});
