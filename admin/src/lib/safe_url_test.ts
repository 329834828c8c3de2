import assert from "node:assert/strict";
import { safeUrl } from "./safe_url.ts";

Deno.test("only pages of the web can be linked to", () => {
  assert.equal(safeUrl("https://example.com/a b"), "https://example.com/a%20b");
  for (
    const text of [
      "javascript:alert(1)",
      " java\nscript:alert(1)",
      "data:text/html,<script>",
      "//evil.example",
      "/relative",
      "vbscript:x",
      "",
    ]
  ) assert.equal(safeUrl(text), undefined, text);
});
