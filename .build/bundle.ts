// Folds the product into a folder that needs no source, no package and no cache:
// main.js, one file for each worker, and the assets that are read at run time.
import { fileURLToPath } from "node:url";
import { builtDashboard } from "../admin/checkout.ts";
import { createBundler } from "../runtime/bundle/mod.ts";

/** Modules that start a thread of their own; everything else is folded into main.js. */
export const WORKERS = [
  "kernel/writer.ts",
  "kernel/background.ts",
  "kernel/guard/watchdog_worker.ts",
  "kernel/http/listener/tls_thread.ts",
  "kernel/long_tasks.ts",
  "kernel/security/worker.ts",
  "kernel/sources/git_reader.ts",
  "runtime/host/realm.ts",
  "runtime/bundle/worker.ts",
  "runtime/sandbox/check_worker.ts",
];
/** What is read from beside main.js at run time. */
export const ASSETS = ["assets/dashboard.json", "assets/esbuild.wasm", "assets/stdlib.json"];

/** Unstable features, V8 flags and permissions the product runs with, however it is started. */
export const RUN_FLAGS = [
  "--no-prompt",
  "--unstable-worker-options",
  "--unstable-no-legacy-abort",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--v8-flags=--disallow-code-generation-from-strings,--expose-gc,--no-turboshaft-loop-unrolling",
];

/** Entries as they are named in what is built. */
export const built = (path: string): string => path.replace(/\.ts$/, ".js");

const root = new URL("../", import.meta.url);

/** Runs Deno and fails with what it said. */
export async function deno(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: fileURLToPath(root),
    env,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`deno ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

/** The same program in Latin-1: of a source with any other letter V8 keeps two bytes for each. */
function oneByte(code: string): string {
  return code.replace(
    /[\u0100-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** How Deno's bundler names a package's files: by the way from here to its cache. */
const CACHED = /(?:\.\.\/)+[^\s"]*?\/npm\/registry\.npmjs\.org\//g;

/** What a build is told to be. */
export interface Stamp {
  /** Instead of the one in deno.json. */
  readonly version?: string;
  /** Public keys of whoever may sign what replaces it. */
  readonly releaseKeys?: readonly string[];
}

/** Writes into a built folder what it is; again, for another one. */
export async function stamp(folder: string, build: Stamp): Promise<void> {
  const path = `${folder}/main.js`;
  const code = await Deno.readTextFile(path);
  const line = `globalThis.FAZT_BUILD = ${JSON.stringify(build)};\n`;
  await Deno.writeTextFile(path, line + code.replace(/^globalThis\.FAZT_BUILD = .*\n/, ""));
}

/** Builds the folder. */
export async function bundle(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/assets`, { recursive: true });
  for (const entry of ["main.ts", ...WORKERS]) {
    const output = `${folder}/${built(entry)}`;
    await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
    await deno(["bundle", "--platform", "deno", "--quiet", "--output", output, entry]);
    // The same sources give the same bytes on every machine, and no machine's folders are told.
    const code = (await Deno.readTextFile(output)).replaceAll(CACHED, "npm/");
    // Tells the code that its workers and assets lie beside it.
    const head = entry === "main.ts" ? "globalThis.FAZT_BUNDLED = true;\n" : "";
    await Deno.writeTextFile(output, head + oneByte(code));
  }
  await Deno.copyFile(
    fileURLToPath(import.meta.resolve("esbuild-wasm/esbuild.wasm")),
    `${folder}/assets/esbuild.wasm`,
  );
  await Deno.writeTextFile(`${folder}/assets/dashboard.json`, await builtDashboard());
  const bundler = createBundler();
  try {
    await Deno.writeTextFile(
      `${folder}/assets/stdlib.json`,
      JSON.stringify(await bundler.packStdlib()),
    );
  } finally {
    bundler.close();
  }
}
