// Runs every test, or those under the paths it is given, and closes with one line that says how many
// there were. Folders are tested side by side, one for each core; attacks are tested alone, since
// they take whatever the machine has.
import { dirname, join } from "node:path";

const flags = [
  "--no-prompt",
  "--allow-all",
  // `deno task check` looks at types; here each of some seventy processes would again.
  "--no-check",
  "--v8-flags=--disallow-code-generation-from-strings,--expose-gc,--no-turboshaft-loop-unrolling",
];
const EVERYTHING = ["kernel", "runtime", "admin", "cli", "tests", ".build"];
/** Test files that one process takes at most: a process costs a second, a long one holds a lane. */
const MOST = 12;
const ALONE = "tests/attack";

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each test that failed. */
  readonly failures: readonly string[];
  readonly code: number;
}

function filesUnder(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return [...Deno.readDirSync(path)].flatMap((entry) =>
    entry.isDirectory
      ? filesUnder(join(path, entry.name))
      : entry.name.endsWith("_test.ts")
      ? [join(path, entry.name)]
      : []
  );
}

/** Files of a folder together, but no more than {@link MOST}. */
function groupsOf(files: readonly string[]): string[][] {
  const folders = Map.groupBy([...files].sort(), dirname);
  return [...folders.values()].flatMap((inFolder) => {
    const parts = Math.ceil(inFolder.length / MOST);
    const size = Math.ceil(inFolder.length / parts);
    return Array.from({ length: parts }, (_, n) => inFolder.slice(n * size, (n + 1) * size));
  }).sort((a, b) => weight(b) - weight(a));
}

/** What takes longest comes first, so that no lane waits for another: whole nodes, then numbers. */
const weight = (files: readonly string[]) =>
  files.length + (files[0]!.startsWith("tests/") ? MOST : 0) +
  (files[0]!.startsWith("tests/build/") ? MOST : 0);

/** Runs some files; what they print comes out in one piece, unless they are the only ones. */
async function run(files: readonly string[], streamed = false): Promise<Result> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...flags, ...files],
    stdin: "null",
    stdout: "piped",
    stderr: streamed ? "inherit" : "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  let text = "";
  const read = async (from: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const part of from) {
      text += decoder.decode(part, { stream: true });
      if (streamed) await Deno.stdout.write(part);
    }
  };
  await Promise.all([read(child.stdout), streamed ? undefined : read(child.stderr)]);
  const { code } = await child.status;
  if (!streamed) console.log(text.trimEnd());
  // Tests of the product print such lines too: the last is the runner's own.
  const summary = text.slice(text.lastIndexOf(" passed") - 20);
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  const failures = /\n FAILURES \n([^]*?)\nFAILED \|/.exec(text)?.[1]?.trim().split("\n") ?? [];
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("ignored"),
    failures,
    code,
  };
}

const files = (Deno.args.length > 0 ? Deno.args : EVERYTHING).flatMap(filesUnder);
const results: Result[] = [];
if (files.length <= MOST) results.push(await run(files, true));
else {
  // Built once and kept: else every node that starts meanwhile would build the dashboard itself.
  await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, ".build/admin.ts"],
    stdout: "null",
  }).output();
  const queue = groupsOf(files.filter((file) => !file.startsWith(ALONE)));
  const lane = async () => {
    for (let group = queue.shift(); group; group = queue.shift()) results.push(await run(group));
  };
  await Promise.all(Array.from({ length: Math.max(1, navigator.hardwareConcurrency) }, lane));
  for (const group of groupsOf(files.filter((file) => file.startsWith(ALONE)))) {
    results.push(await run(group));
  }
}
const failures = results.flatMap((result) => result.failures);
if (failures.length > 0 && results.length > 1) console.log(`\nFAILED\n${failures.join("\n")}`);
const sum = (of: (result: Result) => number) => results.reduce((total, one) => total + of(one), 0);
console.log(
  `${sum((one) => one.passed)} passed, ${sum((one) => one.failed)} failed, ` +
    `${sum((one) => one.skipped)} skipped`,
);
Deno.exit(Math.max(0, ...results.map((one) => one.code)));
