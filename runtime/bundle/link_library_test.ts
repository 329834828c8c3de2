import assert from "node:assert/strict";
import { LIBRARY, linkLibrary } from "./link_library.ts";
import { scriptForm } from "./script_form.ts";
import { load } from "./testing.ts";

const MODULES: Record<string, string> = {
  "node:path": `globalThis.ran = (globalThis.ran ?? 0) + 1; exports.p = this === exports;`,
  "node:util": `exports.before = 1; exports.path = require("node:path"); require("node:url");`,
  "node:url": `exports.seen = require("node:util").before; exports.text = 'require("x")';`,
};
const read = (key: string) => Promise.resolve(MODULES[key]);

Deno.test("link: modules come with what they need, run once and may be circular", async () => {
  const text = await linkLibrary(["node:util"], read);
  const { main } = await load({
    code: scriptForm(`${text}const main = [${LIBRARY}("node:util"), ${LIBRARY}("node:path"),
      ${LIBRARY}("node:url").seen, globalThis.ran];
export { main };`),
  });
  const [util, path, seen, ran] = main as unknown as [{ path: unknown }, { p: boolean }, 1, 1];
  assert.equal(util.path, path);
  assert.deepEqual([path.p, seen, ran], [true, 1, 1]);
});

Deno.test("link: nothing used, nothing added", async () => {
  assert.equal(await linkLibrary([], read), "");
});

Deno.test("link: a hole in the library is an error", async () => {
  await assert.rejects(linkLibrary(["node:buffer"], read), /lacks "node:buffer"/);
});
