import assert from "node:assert/strict";
import { lockFile } from "./lock_file.ts";
import { withDb } from "./testing/fixture.ts";

/** Another process that takes the lock, says so and keeps it until it is ended. */
async function holder(path: string): Promise<Deno.ChildProcess> {
  const module = new URL("./lock_file.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      `data:text/javascript,${
        encodeURIComponent(
          `import { lockFile } from "${module}";
           await lockFile(${JSON.stringify(path)});
           console.log("held");
           setInterval(() => {}, 1000);`,
        )
      }`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.equal(new TextDecoder().decode(value).trim(), "held");
  await reader.cancel();
  return child;
}

Deno.test(
  "the second to come is told who holds the lock and what to do",
  withDb(async (f) => {
    const lock = await lockFile(f.path);
    const before = new Date();
    await assert.rejects(() => lockFile(f.path), (error: Error & { hint: string }) => {
      const { code, status } = error as unknown as { code: string; status: number };
      assert.deepEqual([code, status], ["LOCKED", 409]);
      const told = /^Cannot open (.*): it is in use by process (\d+), started (.*)$/.exec(
        error.message,
      );
      assert.ok(told, error.message);
      assert.deepEqual([told[1], told[2]], [f.path, String(Deno.pid)]);
      assert.ok(Math.abs(Date.parse(told[3]!) - before.getTime()) < 60_000);
      assert.match(error.hint, /--db/);
      return true;
    });
    lock.release();
  }),
);

Deno.test(
  "a lock that was released can be taken, by whoever it names then",
  withDb(async (f) => {
    // Longer than what is written over it: nothing of it may stay.
    await Deno.writeTextFile(`${f.path}.lock`, `process 999999999, started ${"x".repeat(200)}\n`);
    const lock = await lockFile(f.path);
    await assert.rejects(
      () => lockFile(f.path),
      new RegExp(`in use by process ${Deno.pid}, started [^x]*$`),
    );
    lock.release();
    (await lockFile(f.path)).release();
  }),
);

Deno.test(
  "the lock of one file is not another's",
  withDb(async (f) => {
    const locks = [await lockFile(f.path), await lockFile(`${f.dir}/other.db`)];
    for (const lock of locks) lock.release();
  }),
);

Deno.test(
  "a holder without a name yet is still a holder",
  withDb(async (f) => {
    const file = await Deno.open(`${f.path}.lock`, { create: true, write: true });
    await file.lock(true);
    await assert.rejects(() => lockFile(f.path), { code: "LOCKED", message: /an unknown process/ });
    file.close();
  }),
);

Deno.test(
  "a process that is killed lets go of its lock",
  withDb(async (f) => {
    const child = await holder(f.path);
    await assert.rejects(() => lockFile(f.path), {
      code: "LOCKED",
      message: new RegExp(`in use by process ${child.pid}, started `),
    });
    child.kill("SIGKILL");
    await child.status;
    (await lockFile(f.path)).release();
  }),
);
