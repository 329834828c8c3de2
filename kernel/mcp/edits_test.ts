import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { applyEdits, type Draft, type Edit } from "./edits.ts";

const encoder = new TextEncoder();
const bytes = (text: string): Draft => ({ bytes: encoder.encode(text) });
const textOf = (draft: Draft) => new TextDecoder().decode((draft as { bytes: Uint8Array }).bytes);

async function edited(files: Record<string, string>, ...edits: Edit[]) {
  const drafts = new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)]));
  await applyEdits(drafts, { edits, readText: (_path, draft) => Promise.resolve(textOf(draft)) });
  return Object.fromEntries([...drafts].map(([path, draft]) => [path, textOf(draft)]));
}

Deno.test("edits happen in their order, and each sees what those before it did", async () => {
  const files = await edited(
    { "a.txt": "one two two", "b.txt": "b" },
    {
      path: "a.txt",
      replace: [{ find: "one", with: "two" }, { find: "two", with: "2", all: true }],
    },
    { path: "b.txt", rename: "c/b.txt" },
    { path: "b.txt", text: "new" },
    { path: "c/b.txt", replace: [{ find: "b", with: "$&$1" }] },
  );
  assert.deepEqual(files, { "a.txt": "2 2 2", "b.txt": "new", "c/b.txt": "$&$1" });
});

Deno.test("text that is not there once is not replaced, and the error says how often it is", async () => {
  for (const [find, found] of [["x", 0], ["a", 2]] as const) {
    await assert.rejects(
      edited({ f: "a a" }, { path: "f", replace: [{ find, with: "" }] }),
      (error: FaztError) =>
        error.code === "INVALID" && (error.details as { found: number }).found === found,
    );
  }
});

Deno.test("an edit is exactly one change of a file that is there", async () => {
  const bad: [Edit, string][] = [
    [{ path: "f" }, "INVALID"],
    [{ path: "f", text: "a", remove: true }, "INVALID"],
    [{ path: "f", text: "a", base64: "" }, "INVALID"],
    [{ path: "gone", remove: true }, "NOT_FOUND"],
    [{ path: "f", rename: "g" }, "CONFLICT"],
    [{ path: "f", rename: "../g" }, "PATH_INVALID"],
    [{ path: "f/../g", text: "" }, "PATH_INVALID"],
  ];
  for (const [edit, code] of bad) {
    await assert.rejects(
      edited({ f: "f", g: "g" }, edit),
      (error: FaztError) => error.code === code,
      JSON.stringify(edit),
    );
  }
});
