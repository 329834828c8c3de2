// Runs every test and closes with one line that says how many there were.
const flags = [
  "--no-prompt",
  "--allow-all",
  "--v8-flags=--disallow-code-generation-from-strings,--expose-gc,--no-turboshaft-loop-unrolling",
];
const EVERYTHING = ["kernel", "runtime", "admin", "cli", "tests", ".build"];
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", ...flags, ...(Deno.args.length > 0 ? Deno.args : EVERYTHING)],
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
  env: { NO_COLOR: "1" },
}).spawn();

let text = "";
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  await Deno.stdout.write(chunk);
  text = (text + decoder.decode(chunk, { stream: true })).slice(-2000);
}
const { code } = await child.status;
const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0);
console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("ignored")} skipped`);
Deno.exit(code);
