// The self-extracting file, on a machine that has neither Node nor Deno nor this checkout.
import assert from "node:assert/strict";
import { ROOT, until } from "../helpers/mod.ts";
import { build } from "./build.ts";
import { mainJob } from "./main_job.ts";
import { serviceJob } from "./service_job.ts";
import { upgradeJob } from "./upgrade_job.ts";

/** What the file's own script calls; a POSIX machine with tar and gzip has them. */
const TOOLS = ["cut", "gzip", "id", "mkdir", "mktemp", "mv", "rm", "sha256sum", "tail", "tar"];

/** A folder whose only programs are the script's tools. */
async function toolsOnly(folder: string): Promise<string> {
  await Deno.mkdir(folder);
  for (const tool of TOOLS) {
    const found = ["/usr/bin", "/bin"].map((dir) => `${dir}/${tool}`).find(exists);
    assert.ok(found, `this machine has no ${tool}`);
    await Deno.symlink(found, `${folder}/${tool}`);
  }
  return folder;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Every file below a folder with its size and time, to see whether somebody wrote there. */
function look(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    const { size, mtime } = Deno.statSync(path);
    return [`${path} ${size} ${mtime?.getTime()}`, ...isDirectory ? look(path) : []];
  }).sort();
}

Deno.test("the portable file does the main job on a machine without Node or Deno", async (t) => {
  const top = await Deno.makeTempDir({ prefix: "fazt-portable-" });
  const place = `${top}/opt`;
  const home = `${top}/home`;
  const db = `${top}/data/data.db`;
  const file = `${place}/fazt`;
  try {
    for (const folder of [place, home]) await Deno.mkdir(folder);
    const path = await toolsOnly(`${top}/bin`);
    const built = await build(["--portable", "--output", file]);
    assert.equal(built.code, 0, built.stderr);
    assert.match(built.stdout, /\/fazt: \d+ MB/);
    await Deno.chmod(place, 0o555);
    const before = look(place);

    // What is started gets exactly this environment.
    const bare = ["-i", `PATH=${path}`, `HOME=${home}`, `FAZT_DB=${db}`];
    const program = { command: "/usr/bin/env", args: [...bare, file] };
    const run = async (command: string, ...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("/usr/bin/env", {
        args: [...bare, command, ...args],
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    };

    await t.step(
      "two that start at once on a new machine both work and leave one copy",
      async () => {
        const both = await Promise.all([run(file, "--version"), run(file, "--version")]);
        for (const { code, stdout, stderr } of both) {
          assert.deepEqual([code, stderr], [0, ""]);
          assert.match(stdout, /\d+\.\d+\.\d+/);
        }
        assert.equal([...Deno.readDirSync(`${home}/.cache/fazt`)].length, 1);
      },
    );
    await mainJob(t, { program, db });
    await t.step("it wrote beside its database and in its cache, nowhere else", () => {
      assert.deepEqual(look(place), before);
      assert.deepEqual([...Deno.readDirSync(home)].map(({ name }) => name), [".cache"]);
      assert.deepEqual([...Deno.readDirSync(`${home}/.cache`)].map(({ name }) => name), ["fazt"]);
    });
    await t.step("its code tells nothing of the machine it was built on", () => {
      const cache = `${home}/.cache/fazt`;
      const code = look(cache).map((line) => line.split(" ")[0]!).filter((name) =>
        name.endsWith(".js")
      );
      assert.ok(code.length > 4);
      for (const name of code) {
        const text = Deno.readTextFileSync(name);
        for (const place of [ROOT, "/deno/npm/", Deno.env.get("HOME") + "/"]) {
          assert.ok(!text.includes(place), `${name} has ${place}`);
        }
      }
    });
    await t.step("a damaged copy says so and unpacks nothing", async () => {
      const bytes = await Deno.readFile(file);
      bytes[bytes.length - 1000]! ^= 1;
      const damaged = `${top}/damaged`;
      const cache = `${top}/empty`;
      await Deno.writeFile(damaged, bytes, { mode: 0o755 });
      const { code, stderr } = await run(`FAZT_CACHE=${cache}`, damaged, "--version");
      assert.equal(code, 1);
      assert.match(stderr, /^error: Cannot start: this file is damaged\nhint: copy it again\n$/);
      await until(() => [...Deno.readDirSync(cache)].length === 0);
    });
    await t.step("it upgrades, goes back and returns, on its own and when told to", async (t) => {
      const [place] = [...Deno.readDirSync(`${home}/.cache/fazt`)];
      await upgradeJob(t, { top, unpacked: `${home}/.cache/fazt/${place!.name}` });
    });
    await t.step("it becomes a service, and stops being one", (t) => {
      return serviceJob(t, { top, file, cache: `${home}/.cache/fazt` });
    });
    await t.step("with no folder to unpack to it says which setting helps", async () => {
      const { code, stderr } = await run(
        "FAZT_CACHE=/proc/fazt",
        `TMPDIR=/proc`,
        file,
        "--version",
      );
      assert.equal(code, 1);
      assert.match(stderr, /no folder to unpack to\nhint: FAZT_CACHE=/);
    });
  } finally {
    await Deno.chmod(place, 0o755);
    await Deno.remove(top, { recursive: true });
  }
});
