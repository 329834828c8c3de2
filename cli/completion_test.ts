import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { completionScript } from "./completion.ts";
import { commandsUnder, loadCommands } from "./registry.ts";

function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const commands = await loadCommands(commandsUnder([]));

/** What bash offers at the end of a line. */
function offers(line: string): string[] {
  const words = line.split(" ");
  const script = `${completionScript("bash", commands)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_fazt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8", cwd: "/" })
    .trim().split("\n").sort();
}

Deno.test({ name: "bash completes nouns, verbs, flags and files", ignore: !has("bash") }, () => {
  assert.deepEqual(offers("fazt pe"), ["peer"]);
  assert.deepEqual(offers("fazt peer "), ["add", "default", "list", "remove", "status"]);
  assert.deepEqual(offers("fazt @prod app env "), ["list", "set", "unset"]);
  assert.deepEqual(offers("fazt --db x.db app rol"), ["rollback"]);
  assert.deepEqual(offers("fazt deploy --dry"), ["--dry-run"]);
  assert.ok(offers("fazt deploy et").includes("etc"));
});

Deno.test("every shell's script names every command", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const script = completionScript(shell, commands);
    for (const { name } of commands) {
      for (const word of name.split(" ")) assert.ok(script.includes(word), `${shell}: ${word}`);
    }
  }
});

Deno.test({ name: "fish reads its script (apt-get install fish)", ignore: !has("fish") }, () => {
  execFileSync("fish", ["--no-execute"], { input: completionScript("fish", commands) });
});

Deno.test({ name: "zsh reads its script (apt-get install zsh)", ignore: !has("zsh") }, () => {
  execFileSync("zsh", ["-n"], { input: completionScript("zsh", commands) });
});
