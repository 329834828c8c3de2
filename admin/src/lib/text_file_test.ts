import assert from "node:assert/strict";
import { imageType, textOfBytes } from "./text_file.ts";

Deno.test("only UTF-8 is text, and saving it again gives the same bytes", () => {
  const text = "\ufeffüber\r\n";
  assert.equal(textOfBytes(new TextEncoder().encode(text)), text);
  assert.equal(textOfBytes(new Uint8Array([0xff, 0xfe, 0x41])), undefined);
  assert.equal(textOfBytes(new Uint8Array([65, 0, 66])), undefined);
});

Deno.test("images are known by their endings", () => {
  assert.equal(imageType("a/B.PNG"), "image/png");
  assert.equal(imageType("page.html"), undefined);
});
