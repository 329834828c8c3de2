// `deno task compile`: what it puts into the executable, and what the executable does.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { ASSETS, built, RUN_FLAGS, WORKERS } from "../../.build/bundle.ts";
import { STDLIB_NAMES } from "../../runtime/stdlib/mod.ts";
import project from "../../deno.json" with { type: "json" };
import { ROOT } from "../helpers/mod.ts";
import { build } from "./build.ts";
import { type Executable, readExecutable } from "./executable.ts";
import { mainJob } from "./main_job.ts";

/** Smaller than any real runtime stub, larger than a stand-in. */
const STUB_BYTES = 20_000_000;

/** A real runtime stub on this machine, as an environment for the build; undefined without one. */
function realStub(): Record<string, string> | undefined {
  const set = Deno.env.get("DENORT_BIN");
  if (set && sizeOf(set) > STUB_BYTES) return { DENORT_BIN: set };
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  const zip = `${cache}/dl/release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  return sizeOf(zip) > STUB_BYTES ? {} : undefined;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(`${folder}/${name}`);
    else if (name.endsWith(".ts") && !name.includes("test")) yield `${folder}/${name}`;
  }
}

/** Lines of a text that a bundler writes into a string as they are. */
async function plainLines(path: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(path)).split("\n").map((line) => line.trim());
  return lines.filter((line) => line.length > 5 && /^[ -~]+$/.test(line) && !/["'`\\$]/.test(line));
}

Deno.test("every module and asset that is opened by its path is among what is built", async () => {
  const known = new Set([...WORKERS, ...ASSETS]);
  const opened = new Set<string>();
  for (const ring of ["kernel", "runtime", "admin", "cli"]) {
    for await (const path of sources(ROOT + ring)) {
      const text = await Deno.readTextFile(path);
      if (!text.includes("moduleUrl(")) continue;
      for (const [, module] of text.matchAll(/(?:moduleUrl|worker)\("([\w./]+)"\)/g)) {
        opened.add(module!);
      }
    }
  }
  assert.deepEqual([...opened].sort(), [...known].sort());
});

Deno.test("every way to start the product gives it the same permissions and V8 flags", () => {
  // The checkout's unstable features stand in deno.json.
  const flags = RUN_FLAGS.filter((flag) => !flag.startsWith("--unstable-"));
  const features = RUN_FLAGS.filter((flag) => flag.startsWith("--unstable-"));
  assert.deepEqual(features.sort(), project.unstable.map((name) => `--unstable-${name}`).sort());
  for (const task of ["start", "fazt"] as const) {
    const given = project.tasks[task].command.split(" ").filter((word) => word.startsWith("--"));
    assert.deepEqual(given.filter((flag) => flag !== "--db"), flags, task);
  }
});

Deno.test("an executable carries everything it needs, for every target", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-compile-" });
  try {
    const stub = `${folder}/denort`;
    await Deno.copyFile("/bin/true", stub);
    const made: Executable[] = [];
    for (const target of [[], ["--target", "aarch64-unknown-linux-gnu"]]) {
      const output = `${folder}/out/fazt${target.at(-1) ?? ""}`;
      const { code, stdout, stderr } = await build([...target, "--output", output], {
        DENORT_BIN: stub,
      });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /: \d+ MB\n$/);
      assert.ok(Deno.statSync(output).mode! & 0o100, "it can be started");
      made.push(readExecutable(await Deno.readFile(output)));
    }
    const { metadata, files } = made[0]!;

    await t.step("the modules, the workers and the assets, and nothing else", () => {
      assert.deepEqual(
        [...files.keys()].sort(),
        ["main.js", ...WORKERS.map(built), ...ASSETS].sort(),
      );
      for (const worker of WORKERS) assert.ok(files.get(built(worker))!.length > 500, worker);
    });
    await t.step("esbuild as its package has it", async () => {
      const path = fileURLToPath(import.meta.resolve("esbuild-wasm/esbuild.wasm"));
      assert.deepEqual(hash(files.get("assets/esbuild.wasm")!), hash(await Deno.readFile(path)));
    });
    await t.step("the whole standard library", () => {
      const library = JSON.parse(textOf(files, "assets/stdlib.json"));
      for (const name of STDLIB_NAMES) {
        assert.ok(library[name]?.length > 0, `there is no ${name}`);
      }
    });
    await t.step("the whole dashboard, compressed", () => {
      const packed = JSON.parse(textOf(files, "assets/dashboard.json"));
      const names: string[] = packed.map(({ name }: { name: string }) => name);
      for (const name of [/^index\.html$/, /^icon\.svg$/, /^assets\/app-\w+\.js$/]) {
        assert.ok(names.some((one) => name.test(one)), String(name));
      }
      for (const { name, brotli } of packed) assert.ok(brotli.length > 0, name);
    });
    await t.step("the migrations, in the code", async () => {
      const main = textOf(files, "main.js");
      const texts = [
        ...[...Deno.readDirSync(`${ROOT}kernel/db/migrations`)].map(({ name }) =>
          `kernel/db/migrations/${name}`
        ),
        "cli/welcome/index.html",
      ];
      for (const path of texts) {
        const lines = await plainLines(ROOT + path);
        assert.ok(lines.length > 0, path);
        for (const line of lines) assert.ok(main.includes(line), `${path}: ${line}`);
      }
    });
    await t.step("the flags it must run with", () => {
      const { permissions, v8_flags, unstable_config } = metadata;
      assert.ok(v8_flags.includes("--disallow-code-generation-from-strings"));
      assert.equal(permissions.prompt, false);
      for (const name of ["read", "write", "net", "env", "sys", "run"]) {
        assert.deepEqual(permissions[`allow_${name}`], [], name);
      }
      assert.equal(permissions.allow_ffi, null);
      assert.deepEqual(unstable_config.features.sort(), ["no-legacy-abort", "worker-options"]);
    });
    await t.step("no name of a folder of this machine", () => {
      for (const name of ["main.js", ...WORKERS.map(built)]) {
        const text = textOf(files, name);
        for (const place of [ROOT, folder, "/deno/npm/"]) {
          assert.ok(!text.includes(place), `${name} has ${place}`);
        }
      }
    });
    await t.step("the same bytes for another target, built again", () => {
      const sums = ({ files }: Executable) =>
        [...files].map(([path, bytes]) => [path, hash(bytes)]);
      assert.deepEqual(sums(made[1]!), sums(made[0]!));
      assert.deepEqual(made[1]!.metadata.permissions, metadata.permissions);
      assert.deepEqual(made[1]!.metadata.v8_flags, metadata.v8_flags);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function textOf(files: Executable["files"], path: string): string {
  return new TextDecoder().decode(files.get(path));
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const real = realStub();

Deno.test({
  name: "a compiled executable does the main job on a machine without Node or Deno",
  ignore: real === undefined,
  fn: async (t) => {
    const top = await Deno.makeTempDir({ prefix: "fazt-compiled-" });
    try {
      const file = `${top}/opt/fazt`;
      const home = `${top}/home`;
      const db = `${top}/data/data.db`;
      const { code, stderr } = await build(["--output", file], real);
      assert.equal(code, 0, stderr);
      await Deno.mkdir(home);
      await Deno.chmod(`${top}/opt`, 0o555);
      const bare = ["-i", `PATH=${home}`, `HOME=${home}`, `FAZT_DB=${db}`, file];
      await mainJob(t, { program: { command: "/usr/bin/env", args: bare }, db });
      await t.step("it wrote beside its database, nowhere else", () => {
        assert.deepEqual([...Deno.readDirSync(`${top}/opt`)].map(({ name }) => name), ["fazt"]);
        assert.deepEqual([...Deno.readDirSync(home)], []);
      });
    } finally {
      await Deno.chmod(`${top}/opt`, 0o755);
      await Deno.remove(top, { recursive: true });
    }
  },
});
