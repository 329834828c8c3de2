import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { inFolder } from "./testing/temp_folder.ts";
import { walk } from "./walk.ts";

const pathsOf = async (folder: string) => (await walk(folder)).files.map((file) => file.path);

Deno.test("walk ships dot-folders and never history, dependencies or secrets", async () => {
  await inFolder({
    "index.html": "hi",
    ".well-known/security.txt": "x",
    ".git/config": "x",
    "node_modules/a/index.js": "x",
    "lib/node_modules/b.js": "x",
    ".env": "KEY=1",
    ".env.local": "KEY=1",
    "sub/.ENV": "KEY=1",
    ".fazt/data.db": "x",
    ".faztignore": "!.env\n!node_modules",
    "a b/ü.txt": "x",
  }, async (folder) => {
    assert.deepEqual(await pathsOf(folder), [
      ".well-known/security.txt",
      "a b/ü.txt",
      "index.html",
    ]);
  });
});

Deno.test("walk: .faztignore has the last word over .gitignore", async () => {
  await inFolder({
    ".gitignore": "dist\n*.log\n",
    ".faztignore": "!dist\ndrafts/\n",
    "dist/app.js": "x",
    "dist/debug.log": "x",
    "drafts/a.md": "x",
    "a.md": "x",
  }, async (folder) => assert.deepEqual(await pathsOf(folder), ["a.md", "dist/app.js"]));
});

Deno.test("walk: nested ignore files speak of their own folder", async () => {
  await inFolder({
    ".gitignore": "*.tmp",
    "a/.gitignore": "!keep.tmp\n/local.txt",
    "a/keep.tmp": "x",
    "a/b/keep.tmp": "x",
    "a/local.txt": "x",
    "a/b/local.txt": "x",
    "keep.tmp": "x",
  }, async (folder) => {
    assert.deepEqual(await pathsOf(folder), ["a/b/keep.tmp", "a/b/local.txt", "a/keep.tmp"]);
  });
});

Deno.test("walk leaves out links that leave the folder, and says so", async () => {
  await inFolder({ "site/a.txt": "x", "site/.env": "x", "secret.txt": "x" }, async (folder) => {
    const site = join(folder, "site");
    symlinkSync("../secret.txt", join(site, "out.txt"));
    symlinkSync("..", join(site, "up"));
    symlinkSync(".", join(site, "self"));
    symlinkSync("nothing", join(site, "broken"));
    symlinkSync(".env", join(site, "env.txt"));
    symlinkSync("a.txt", join(site, "b.txt"));
    const { files, warnings } = await walk(site);
    assert.deepEqual(files.map((file) => file.path), ["a.txt", "b.txt"]);
    assert.equal(warnings.length, 5);
    assert.ok(warnings.some((text) => text.includes("out.txt") && text.includes("leaves")));
  });
});

Deno.test("walk follows a link to a folder inside, and not for ever", async () => {
  await inFolder({ "real/a.txt": "x" }, async (folder) => {
    symlinkSync("real", join(folder, "copy"));
    symlinkSync("../real", join(folder, "real", "loop"));
    assert.deepEqual(await pathsOf(folder), ["copy/a.txt", "real/a.txt"]);
  });
});

Deno.test("walk gives names in NFC and refuses two that are one", async () => {
  await inFolder({ "cafe\u0301.txt": "x" }, async (folder) => {
    assert.deepEqual(await pathsOf(folder), ["caf\u00e9.txt"]);
    writeFileSync(join(folder, "caf\u00e9.txt"), "y");
    await assert.rejects(walk(folder), (e) => e instanceof FaztError && e.code === "PATH_INVALID");
  });
});

Deno.test("walk says what is wrong with a missing folder and with a file", async () => {
  await inFolder({ "a.txt": "x" }, async (folder) => {
    await assert.rejects(walk(join(folder, "nope")), { code: "NOT_FOUND", status: 404 });
    await assert.rejects(walk(join(folder, "a.txt")), /it is a file/);
  });
});

const hasGit = (() => {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

Deno.test({ name: "walk leaves out exactly what git leaves out", ignore: !hasGit }, async () => {
  const segment = fc.constantFrom("a", "b", "log", "x.tmp", "y.log", "dist", "q [1]!");
  const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((s) =>
    [...s, "f.txt"].join("/")
  );
  const pattern = fc.constantFrom(
    ...["a", "b/", "/a", "*.log", "!y.log", "**/dist", "a/**", "!a/", "a/b", "log/*", "!x.tmp"],
    ...["*.tmp", "!f.txt", "# note", "", "dist/", "!dist/"],
  );
  const rules = fc.array(pattern, { maxLength: 4 }).map((lines) => lines.join("\n"));
  const folder = fc.record({
    paths: fc.array(path, { minLength: 1, maxLength: 8 }),
    top: rules,
    a: rules,
  });
  await fc.assert(
    fc.asyncProperty(folder, async ({ paths, top, a }) => {
      const files: Record<string, string> = { ".gitignore": top, "a/.gitignore": a };
      for (const one of paths) files[one] = "x";
      await inFolder(files, async (at) => {
        execFileSync("git", ["init", "-q"], { cwd: at });
        const listed = execFileSync(
          "git",
          ["-c", "core.excludesFile=", "ls-files", "-z", "-o", "--exclude-standard"],
          { cwd: at, encoding: "utf8" },
        ).split("\0").filter((one) => one !== "" && !one.endsWith(".gitignore"));
        assert.deepEqual(await pathsOf(at), listed.sort());
      });
    }),
    { numRuns: 60 },
  );
});
