import assert from "node:assert/strict";
import fc from "fast-check";
import type { FaztError } from "../lib/fazt_error.ts";
import { formatSource, type ParsedSource, parseSource, sameRepository } from "./source_text.ts";

const git = (url: string, path = "", ref?: string): ParsedSource => ({
  kind: "git",
  url,
  path,
  ...(ref === undefined ? {} : { ref }),
});

Deno.test("sources are read as people write them", () => {
  const cases: [string, ParsedSource][] = [
    ["github.com/u/r", git("https://github.com/u/r")],
    ["github.com/u/r/", git("https://github.com/u/r")],
    ["GitHub.com/u/r/apps/notes@v1.2", git("https://github.com/u/r", "apps/notes", "v1.2")],
    ["github.com/u/r@feature/x", git("https://github.com/u/r", "", "feature/x")],
    ["git.example.org/a/b/c.git/app", git("https://git.example.org/a/b/c.git", "app")],
    ["git.example.org:8443/u/r", git("https://git.example.org:8443/u/r")],
    ["https://host.example/x.git", git("https://host.example/x.git")],
    ["https://host.example/x.git#a/b@main", git("https://host.example/x.git", "a/b", "main")],
    ["https://host.example/%40u/x@v1", git("https://host.example/%40u/x", "", "v1")],
    ["http://127.0.0.1:3000/x.git@v1", git("http://127.0.0.1:3000/x.git", "", "v1")],
    ["github.com/u/r@pkg%401.0.0", git("https://github.com/u/r", "", "pkg@1.0.0")],
    ["notes", { kind: "market", app: "notes" }],
    ["acme/notes@v2", { kind: "market", market: "acme", app: "notes", ref: "v2" }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseSource(text), expected, text);
});

Deno.test("what is no source is refused with what to write instead", () => {
  const hint = (text: string) => {
    try {
      parseSource(text);
    } catch (error) {
      assert.equal((error as FaztError).code, "SOURCE_INVALID", text);
      return (error as FaztError).hint!;
    }
    throw new assert.AssertionError({ message: `${text} was taken` });
  };
  assert.match(hint("git@github.com:u/r.git"), /https:\/\/github\.com\/u\/r\.git/);
  assert.match(hint("ssh://git@github.com/u/r.git"), /https:\/\/github\.com\/u\/r\.git/);
  assert.match(hint("https://u:hunter2@github.com/u/r"), /fazt secret set/);
  assert.match(hint("https://github.com/u/r/tree/main/a/b"), /github\.com\/u\/r\/a\/b@main/);
  for (
    const text of [
      ...["", "github.com", "github.com/u", "https://github.com", "file:///etc", "ftp://a.b/c"],
      ...["github.com/u/r@", "github.com/u/r@a..b", "github.com/u/r@-x", "github.com/u/r@a b"],
      ...["github.com/u/r/../x", "https://a.b/c?x=1", "https://a.b/c#x#y", "A B", "a/b/c"],
      ...["github.com/u/r@%zz", "github.com//r", "x".repeat(3000), "github.com/u/r@x.lock"],
    ]
  ) hint(text);
  try {
    parseSource("https://u:hunter2@github.com/u/r?x");
  } catch (error) {
    assert.ok(!String((error as Error).message).includes("hunter2"));
  }
});

Deno.test("what is read, written and read again is the same", () => {
  const word = fc.stringMatching(/^[a-z0-9][a-z0-9_@#% .-]{0,8}[a-z0-9]$/);
  const ref = fc.stringMatching(/^[a-z0-9][a-z0-9_@#%-]{0,8}(\/[a-z0-9]{1,5})?$/);
  const arbitrary = fc.record({
    host: fc.constantFrom("github.com", "git.example.org", "127.0.0.1:3000"),
    scheme: fc.constantFrom("https", "http"),
    repo: fc.array(word, { minLength: 1, maxLength: 4 }),
    dotGit: fc.boolean(),
    path: fc.array(word, { maxLength: 3 }),
    ref: fc.option(ref, { nil: undefined }),
  });
  fc.assert(fc.property(arbitrary, ({ host, scheme, repo, dotGit, path, ref }) => {
    const at = repo.map((part) => encodeURIComponent(part)).join("/") + (dotGit ? ".git" : "");
    const source = git(new URL(`${scheme}://${host}/${at}`).href, path.join("/"), ref);
    assert.deepEqual(parseSource(formatSource(source)), source);
  }));
});

Deno.test("any text is read or refused, never more", () => {
  const pieces = fc.constantFrom(
    ...["https://", "http://", "git.example.org", "host", "/", "//", ".git", "@", "#", ":", "%40"],
    ...["..", ".", "?", "a", "B", "é", " ", "127.1", "[::1]", "refs/heads/x", "%", "\\", "~"],
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(pieces).map((all) => all.join(""))), (text) => {
      try {
        const source = parseSource(text);
        assert.deepEqual(parseSource(formatSource(source)), source);
      } catch (error) {
        assert.equal((error as FaztError).code, "SOURCE_INVALID");
      }
    }),
  );
});

Deno.test("a slash or .git at its end makes no other repository", () => {
  assert.ok(sameRepository("https://a.b/u/r", "https://a.b/u/r.git"));
  assert.ok(sameRepository("https://a.b/u/r/", "https://a.b/u/r"));
  assert.ok(!sameRepository("https://a.b/u/r", "https://a.b/u/r2"));
});
