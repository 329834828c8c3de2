import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { discard, install, lockExecutable, stagedPath, stagePrevious } from "./executable.ts";

/** A folder with an executable in it. */
async function withExecutable(
  use: (path: string, read: () => Record<string, string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fazt-executable-" });
  const path = `${folder}/fazt`;
  await Deno.writeTextFile(path, "one", { mode: 0o755 });
  const read = () =>
    Object.fromEntries(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort().map((name) => [
        name,
        Deno.readTextFileSync(`${folder}/${name}`),
      ]),
    );
  try {
    await use(path, read);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("installing keeps the one of before, and going back swaps the two", async () => {
  await withExecutable(async (path, read) => {
    const executable = { path, kind: "portable" } as const;
    const staged = stagedPath(path);
    await Deno.writeTextFile(staged, "two", { mode: 0o755 });
    // What a process that was killed left in the way.
    await Deno.writeTextFile(`${path}.previous.part`, "half");
    await install(executable, staged);
    assert.deepEqual(read(), { fazt: "two", "fazt.previous": "one" });
    assert.equal(await stagePrevious(executable), staged);
    assert.deepEqual(read(), { fazt: "two", "fazt.new": "one", "fazt.previous": "one" });
    await install(executable, staged);
    assert.deepEqual(read(), { fazt: "one", "fazt.previous": "two" });
    await Deno.writeTextFile(staged, "three");
    await discard(staged, executable);
    assert.deepEqual(read(), { fazt: "one", "fazt.previous": "two" });
  });
});

Deno.test("without one of before there is nothing to go back to", async () => {
  await withExecutable(async (path, read) => {
    await assert.rejects(
      stagePrevious({ path, kind: "portable" }),
      (error: FaztError) => error.code === "NOT_FOUND",
    );
    assert.deepEqual(read(), { fazt: "one" });
  });
});

Deno.test("one process at a time replaces an executable", async () => {
  await withExecutable(async (path) => {
    const executable = { path, kind: "portable" } as const;
    const first = await lockExecutable(executable);
    await assert.rejects(
      lockExecutable(executable),
      (error: FaztError) => error.code === "CONFLICT",
    );
    first.release();
    (await lockExecutable(executable)).release();
  });
});
